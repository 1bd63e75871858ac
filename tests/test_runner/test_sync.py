"""`run_sync` wherever a program may stand, and the opt-in for nested asyncio."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor

import pytest
import uvloop

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.errors import UsageError
from agents_sahara.notebook import allow_nested_asyncio
from agents_sahara.runner.loop_thread import run_here
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from tests.teams import triage

HOLA = "Hola, ¿Cómo te llamas?"


@pytest.fixture
def team(gateway: LocalGateway) -> Team:
    return Team(triage(), Settings.local(gateway.base_url))


def test_in_a_script(team: Team) -> None:
    assert "James" in team.run_sync(HOLA).output
    team.close()


def test_inside_a_running_loop(team: Team) -> None:
    async def go() -> None:
        assert "James" in team.run_sync(HOLA).output
        assert "James" in (await team.run(HOLA)).output
        await team.aclose()

    asyncio.run(go())


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_closing_inside_a_running_loop_ends_though_that_loop_has_connections(
    team: Team, run: Callable[[Coroutine[object, object, None]], None]
) -> None:
    """As a notebook's cells do: `await team.run(...)` in one, `team.close()` in the next."""

    async def go() -> None:
        assert "James" in (await team.run(HOLA)).output
        team.close()

    thread = threading.Thread(target=lambda: run(go()), daemon=True)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()


def test_under_uvloop(team: Team) -> None:
    async def go() -> None:
        assert "James" in team.run_sync(HOLA).output
        assert "James" in (await team.run(HOLA)).output
        await team.aclose()

    uvloop.run(go())


def test_from_many_threads(team: Team) -> None:
    with ThreadPoolExecutor(8) as threads:
        results = list(threads.map(lambda _: team.run_sync(HOLA), range(24)))
    assert all("James" in result.output for result in results)
    team.close()


def test_from_inside_a_run_it_is_refused(team: Team) -> None:
    async def inside() -> None:
        team.run_sync(HOLA)

    with pytest.raises(UsageError, match="inside a run"):
        run_here(inside())


def test_its_errors_are_those_of_run(team: Team) -> None:
    with pytest.raises(UsageError):
        team.run_sync("")


def test_nested_asyncio_under_uvloop_points_to_what_works() -> None:
    async def go() -> None:
        with pytest.raises(UsageError) as caught:
            allow_nested_asyncio()
        assert "run_sync" in caught.value.mend
        assert "await" in caught.value.mend

    uvloop.run(go())


def test_nested_asyncio_works_once_asked_for_and_says_what_it_costs() -> None:
    """In a process of its own: it changes asyncio for good."""
    code = """
import asyncio, warnings
import agents_sahara.notebook as notebook
before = asyncio.run
async def inner(): return 7
async def outer():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        notebook.allow_nested_asyncio()
    assert [str(w.message) for w in told] == [notebook.COSTS]
    assert asyncio.run is not before
    return asyncio.run(inner())
assert asyncio.run(outer()) == 7
print("ok")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("ok", "")
