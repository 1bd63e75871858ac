"""With many runs under way the collector looks less often, and as the program wants it before and after."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.runner.crowd import CALM, MANY, Crowd, crowd
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from tests.teams import solo

OWN = (700, 10, 10)


@pytest.fixture(autouse=True)
def thresholds() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(*OWN)
    yield
    gc.set_threshold(*before)


def _enter(some: Crowd, count: int) -> None:
    for _ in range(count):
        some.__enter__()


def _leave(some: Crowd, count: int) -> None:
    for _ in range(count):
        some.__exit__(None, None, None)


def test_many_runs_calm_the_collector_until_few_are_left() -> None:
    some = Crowd()
    _enter(some, MANY - 1)
    assert gc.get_threshold() == OWN
    _enter(some, 1)
    assert gc.get_threshold() == (CALM, 10, 10)
    _leave(some, MANY // 2)
    assert gc.get_threshold() == (CALM, 10, 10)
    _leave(some, 1)
    assert gc.get_threshold() == OWN


@pytest.mark.parametrize("own", [(0, 10, 10), (CALM, 5, 5), (50_000, 20, 100)])
def test_a_program_that_has_calmed_it_itself_is_left_alone(own: tuple[int, int, int]) -> None:
    gc.set_threshold(*own)
    some = Crowd()
    _enter(some, 2 * MANY)
    assert gc.get_threshold() == own
    _leave(some, 2 * MANY)
    assert gc.get_threshold() == own


def test_what_the_program_sets_meanwhile_stays() -> None:
    some = Crowd()
    _enter(some, MANY)
    gc.set_threshold(123, 4, 5)
    _leave(some, MANY)
    assert gc.get_threshold() == (123, 4, 5)


@pytest.mark.parametrize("is_fast", [True, False])
def test_runs_are_counted_unless_that_is_switched_off(gateway: LocalGateway, is_fast: bool) -> None:
    settings = Settings.from_environ({
        "SAHARA_API_KEY": "k", "SAHARA_BASE_URL": gateway.base_url, "SAHARA_FAST": "on" if is_fast else "off",
    })  # fmt: skip
    seen: set[int] = set()

    async def go() -> None:
        async with Team(solo(), settings) as team:
            runs = [asyncio.create_task(team.run("Hello!")) for _ in range(MANY)]
            while not all(run.done() for run in runs):
                await asyncio.sleep(0)
                seen.add(gc.get_threshold()[0])

    asyncio.run(go())
    assert (CALM in seen) is is_fast
    assert gc.get_threshold() == OWN
    assert crowd._under_way == 0
