"""One team on several event loops: one after the other, at once, nested, and with many callers when a member dies."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import uvloop

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say
from agents_sahara.events import RunFinished, RunResult
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from tests.leftovers import nothing_left
from tests.teams import triage
from tests.test_routing.pooling import FIRST, ON_FIRST, SECOND, WAYS, Turns, pooled

HOLA = "Hola, ¿Cómo te llamas?"
LOOPS = pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])


@pytest.fixture
def gateway() -> Iterable[LocalGateway]:
    with LocalGateway(pairs=[(target.provider, target.model) for target in (FIRST, SECOND)]) as running:
        yield running


async def _result(team: Team, way: str) -> RunResult:
    if way == "run":
        return await team.run(HOLA)
    *_, last = [event async for event in team.stream(HOLA)]
    assert isinstance(last, RunFinished)
    return last.result


@WAYS
@LOOPS
def test_one_loop_after_the_other(
    gateway: LocalGateway, run: Callable[[Coroutine[Any, Any, RunResult]], RunResult], way: str
) -> None:
    team = Team(triage(), Settings.local(gateway.base_url))
    for _ in range(3):
        assert "James" in run(_result(team, way)).output
    team.close()


def _here(
    run: Callable[[Coroutine[Any, Any, list[str]]], list[str]],
    work: Callable[[], Coroutine[Any, Any, list[str]]],
) -> list[str]:
    return run(work())


@WAYS
def test_loops_on_several_threads_at_once(gateway: LocalGateway, way: str) -> None:
    team = Team(triage(), Settings.local(gateway.base_url))

    async def several() -> list[str]:
        results = await asyncio.gather(*(_result(team, way) for _ in range(5)))
        await nothing_left()
        return [str(result.output) for result in results]

    with ThreadPoolExecutor(4) as threads:
        kinds: list[Callable[[Coroutine[Any, Any, list[str]]], list[str]]] = [asyncio.run, uvloop.run] * 2
        futures = [threads.submit(_here, run, several) for run in kinds]
        outputs = [output for future in futures for output in future.result(30)]
    team.close()
    assert len(outputs) == 20
    assert all("James" in output for output in outputs)


def test_a_loop_that_runs_while_another_thread_uses_run_sync(gateway: LocalGateway) -> None:
    async def go() -> list[RunResult]:
        async with Team(triage(), Settings.local(gateway.base_url)) as team:
            elsewhere = [asyncio.to_thread(team.run_sync, HOLA) for _ in range(4)]
            return await asyncio.gather(*elsewhere, *(team.run(HOLA) for _ in range(4)))

    assert all("James" in result.output for result in asyncio.run(go()))


def test_nested_runs_of_one_team_as_in_a_notebook(gateway: LocalGateway) -> None:
    """The multi-agent sample of the API documentation calls `nest_asyncio.apply()` and then `asyncio.run`."""
    code = f"""
import asyncio
import nest_asyncio
from agents_sahara import Settings, load_team
nest_asyncio.apply()
team = load_team("configs/language_triage.yaml", settings=Settings.local({gateway.base_url!r}))

async def streamed():
    return [event async for event in team.stream({HOLA!r})][-1].result

async def cell():
    for _ in range(2):
        for work in (team.run({HOLA!r}), streamed()):
            assert "James" in asyncio.run(work).output
        assert "James" in (await team.run({HOLA!r})).output
        assert "James" in team.run_sync({HOLA!r}).output
    await team.aclose()

asyncio.run(cell())
assert "James" in team.run_sync({HOLA!r}).output
team.close()
print("ok")
"""
    argv = [sys.executable, "-W", "error::RuntimeWarning", "-c", code]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("ok", "")


@WAYS
def test_when_a_member_dies_under_fifty_callers_only_calls_under_way_are_made_twice(
    gateway: LocalGateway, way: str
) -> None:
    turns = Turns()
    gateway.script([Rule(Say("Fine."), ON_FIRST, times=30), Rule(Fail(500), ON_FIRST), Rule(Say("Fine."))])

    async def caller(team: Team) -> list[str]:
        """Two runs, one after the other."""
        return [str((await _result(team, way)).output) for _ in range(2)]

    async def go() -> list[list[str]]:
        async with Team(pooled(SECOND), Settings.local(gateway.base_url), clock=turns.clock()) as team:
            outputs = await asyncio.gather(*(caller(team) for _ in range(50)))
            asked = Counter(call.provider for call in gateway.calls)
            assert asked["lepton"] == 100 - 30
            assert 1 <= asked["together"] - 30 <= 50
            turns.time += 15.0
            before = len(gateway.calls)
            outputs += await asyncio.gather(*(caller(team) for _ in range(50)))
            probes = [call for call in gateway.calls[before:] if call.provider == "together"]
            assert (len(probes), len(gateway.calls) - before) == (1, 101)
            await nothing_left()
            return outputs

    assert {output for outputs in asyncio.run(go()) for output in outputs} == {"Fine."}
    assert turns.slept == []
