"""When a call tries, waits, rests and gives up: to the second, under a clock that the test turns."""

from __future__ import annotations

import asyncio
import itertools
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say
from agents_sahara.emulator.wire import Pace
from agents_sahara.errors import DeadlineError, RateLimitError, ServerError
from agents_sahara.graph.values import Fallback
from agents_sahara.retry import Clock, RetryPolicy
from agents_sahara.routing.calls import Caller
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from tests.talking import talking
from tests.test_routing.asking import BOTH, ask
from tests.test_routing.pooling import FIRST, ON_FIRST, SECOND, THIRD, WAYS, Turns, ask_team, pooled
from tests.warp import run_warped


@pytest.fixture
def gateway() -> Iterable[LocalGateway]:
    pairs = [(target.provider, target.model) for target in (FIRST, SECOND, THIRD)]
    with LocalGateway(pairs=pairs) as running:
        yield running


async def _went(team: Team, way: str) -> list[str]:
    return (await ask_team(team, way))[1]


@WAYS
@pytest.mark.parametrize(
    ("asked_s", "deadline_s", "slept"),
    [("8", 10.0, [8.0]), ("119", 121.0, [119.0]), ("10", 10.0, []), ("10.001", 10.0, [])],
)
def test_a_wait_that_was_asked_for_is_kept_exactly_inside_the_deadline_and_never_past_it(
    gateway: LocalGateway, way: str, asked_s: str, deadline_s: float, slept: list[float]
) -> None:
    turns = Turns()
    gateway.script([Rule(Fail(429, headers={"retry-after": asked_s}), times=1), Rule(Say("Fine."))])

    async def go() -> None:
        made = pooled(fallback=Fallback(deadline_s=deadline_s))
        async with Team(made, Settings.local(gateway.base_url), clock=turns.clock()) as team:
            if slept:
                assert await _went(team, way) == ["together", "together"]
            else:
                with pytest.raises(RateLimitError):
                    await _went(team, way)

    asyncio.run(go())
    assert (turns.slept, len(gateway.calls)) == (slept, 1 + len(slept))


@pytest.mark.parametrize(
    ("jitter", "slept"),
    [
        (0.0, [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]),
        (1.0, [0.375, 0.75, 1.5, 3.0, 6.0, 6.0]),
        (0.5, [0.4375, 0.875, 1.75, 3.5, 7.0, 7.0]),
    ],
)
def test_waits_double_to_their_limit_and_jitter_takes_up_to_a_quarter(
    gateway: LocalGateway, jitter: float, slept: list[float]
) -> None:
    turns = Turns()
    gateway.script([Rule(Fail(500))])

    async def go() -> None:
        clock = replace(turns.clock(), jitter=lambda: jitter)
        made = pooled(fallback=Fallback(attempts=7))
        async with Team(made, Settings.local(gateway.base_url), clock=clock) as team:
            with pytest.raises(ServerError):
                await team.run("Hello!")

    asyncio.run(go())
    assert turns.slept == slept


def test_waits_end_before_the_deadline(gateway: LocalGateway) -> None:
    turns = Turns()
    gateway.script([Rule(Fail(500))])

    async def go() -> None:
        made = pooled(fallback=Fallback(attempts=9, deadline_s=4.0))
        async with Team(made, Settings.local(gateway.base_url), clock=turns.clock()) as team:
            with pytest.raises(ServerError):
                await team.run("Hello!")

    asyncio.run(go())
    assert (turns.slept, turns.time, len(gateway.calls)) == ([0.5, 1.0, 2.0], 3.5, 4)


def test_a_wait_that_outlasted_the_deadline_is_followed_by_no_call(gateway: LocalGateway) -> None:
    """A busy event loop wakes late."""
    turns = Turns()
    gateway.script([Rule(Fail(500))])

    async def late(seconds: float) -> None:
        turns.time += seconds + 5.0

    async def go() -> None:
        clock = replace(turns.clock(), sleep=late)
        made = pooled(fallback=Fallback(deadline_s=5.0))
        async with Team(made, Settings.local(gateway.base_url), clock=clock) as team:
            with pytest.raises(ServerError) as caught:
                await team.run("Hello!")
        assert caught.value.attempts == 1

    asyncio.run(go())
    assert len(gateway.calls) == 1


def test_a_member_that_stays_down_is_asked_after_15_then_30_then_60_seconds_up_to_300(
    gateway: LocalGateway,
) -> None:
    turns = Turns()
    gateway.script([Rule(Fail(500), ON_FIRST), Rule(Say("Fine."))])

    async def go() -> list[float]:
        asked: list[float] = []
        async with Team(pooled(SECOND), Settings.local(gateway.base_url), clock=turns.clock()) as team:
            for second in range(0, 1100, 5):
                turns.time = float(second)
                if "together" in (await _went(team, "run")):
                    asked.append(turns.time)
        return [later - earlier for earlier, later in itertools.pairwise(asked)]

    assert asyncio.run(go()) == [15.0, 30.0, 60.0, 120.0, 240.0, 300.0, 300.0]


def test_rest_begins_at_15_seconds_again_for_a_member_that_stayed_well(gateway: LocalGateway) -> None:
    turns = Turns()

    async def go() -> list[list[str]]:
        async with Team(pooled(SECOND), Settings.local(gateway.base_url), clock=turns.clock()) as team:
            gateway.script([Rule(Fail(500), ON_FIRST, times=2), Rule(Say("Fine."))])
            seen = [await _went(team, "run")]
            for passed in (15.0, 30.0):
                turns.time += passed
                seen.append(await _went(team, "run"))
            gateway.script([Rule(Fail(500), ON_FIRST, times=1), Rule(Say("Fine."))])
            turns.time += 30.0
            seen.append(await _went(team, "run"))
            for passed in (14.9, 0.1):
                turns.time += passed
                seen.append(await _went(team, "run"))
        return seen

    both, first, second = ["together", "lepton"], ["together"], ["lepton"]
    assert asyncio.run(go()) == [both, both, first, both, second, first]


@WAYS
@pytest.mark.parametrize("is_well_again", [True, False])
def test_of_twenty_calls_at_once_one_probes_a_member_whose_rest_is_over(
    gateway: LocalGateway, way: str, is_well_again: bool
) -> None:
    turns, others = Turns(), threading.Semaphore(0)

    async def until_the_others_are_answered(_: float) -> None:
        for _ in range(19):
            assert await asyncio.to_thread(others.acquire, True, 10)

    async def one(team: Team) -> list[str]:
        went = await _went(team, way)
        others.release()
        return went

    async def go(base_url: str, script: Callable[[Iterable[Rule]], None]) -> list[list[str]]:
        async with Team(pooled(SECOND), Settings.local(base_url), clock=turns.clock()) as team:
            script([Rule(Fail(500), ON_FIRST), Rule(Say("Fine."))])
            await _went(team, way)
            turns.time += 15.0
            probed = Rule(Say("Fine.") if is_well_again else Fail(500), ON_FIRST, Pace(delay_s=1.0))
            script([probed, Rule(Say("Fine."))])
            return await asyncio.gather(*(one(team) for _ in range(20)))

    pairs = [(target.provider, target.model) for target in (FIRST, SECOND)]
    with LocalGateway(pairs=pairs, sleep=until_the_others_are_answered) as holding:
        went = asyncio.run(go(holding.base_url, holding.script))
    probe = ["together"] if is_well_again else ["together", "lepton"]
    assert sorted(went) == sorted([probe, *[["lepton"]] * 19])


def test_when_all_rest_a_call_still_goes_to_the_one_that_is_soonest_well(gateway: LocalGateway) -> None:
    turns = Turns()
    gateway.script([
        Rule(Fail(503, headers={"retry-after": "60"}), ON_FIRST, times=1),
        Rule(Fail(503, headers={"retry-after": "20"}), times=1),
        Rule(Say("Fine.")),
    ])  # fmt: skip

    async def go() -> list[str]:
        made = pooled(SECOND, fallback=Fallback(attempts=2))
        async with Team(made, Settings.local(gateway.base_url), clock=turns.clock()) as team:
            with pytest.raises(ServerError):
                await team.run("Hello!")
            return await _went(team, "run")

    assert asyncio.run(go()) == ["lepton"]
    assert turns.slept == []


def _silent(connection: socket.socket) -> None:
    connection.settimeout(60)
    while connection.recv(65536):
        pass


@WAYS
@pytest.mark.parametrize(
    ("deadline_s", "each_s", "calls"), [(5.0, 2.0, 3), (5.0, 30.0, 1), (60.0, 15.0, 3), (5.0, 2.5, 2)]
)
def test_members_that_all_hang_end_at_the_deadline(
    way: str, deadline_s: float, each_s: float, calls: int
) -> None:
    fallback = Fallback(deadline_s=deadline_s, attempt_timeout_s=each_s, first_token_s=each_s)

    async def go(base_url: str) -> tuple[float, int]:
        loop = asyncio.get_running_loop()
        clock = Clock(now=loop.time, jitter=lambda: 0.0)
        made = pooled(SECOND, THIRD, fallback=fallback)
        async with Team(made, Settings.local(base_url), clock=clock) as team:
            began = loop.time()
            with pytest.raises(DeadlineError) as caught:
                await ask_team(team, way)
            return loop.time() - began, caught.value.attempts

    with talking(_silent) as base_url:
        took_s, attempts = run_warped(go(base_url))
    assert took_s == pytest.approx(min(deadline_s, 3 * each_s), abs=1.0)
    assert attempts == calls


def test_a_member_that_had_little_time_left_does_not_rest_for_that(gateway: LocalGateway) -> None:
    """The first hangs for 4 of 5 seconds; the second, which has one left, is asked first the next time."""
    fallback = Fallback(deadline_s=5.0, attempt_timeout_s=4.0)

    async def go(base_url: str) -> list[str | None]:
        loop = asyncio.get_running_loop()
        clock = Clock(now=loop.time, jitter=lambda: 0.0)
        made = pooled(SECOND, fallback=fallback)
        async with Team(made, Settings.local(base_url), clock=clock) as team:
            providers: list[str | None] = []
            for _ in range(2):
                with pytest.raises(DeadlineError) as caught:
                    await team.run("Hello!")
                providers.append(caught.value.provider)
            return providers

    with talking(_silent) as base_url:
        assert run_warped(go(base_url)) == ["lepton", "together"]


def test_a_member_that_hung_for_the_whole_deadline_rests() -> None:
    fallback = Fallback(deadline_s=5.0, attempt_timeout_s=30.0)

    async def go(base_url: str) -> list[str | None]:
        clock = Clock(now=asyncio.get_running_loop().time, jitter=lambda: 0.0)
        providers: list[str | None] = []
        async with Team(pooled(SECOND, fallback=fallback), Settings.local(base_url), clock=clock) as team:
            for _ in range(2):
                with pytest.raises(DeadlineError) as caught:
                    await team.run("Hello!")
                providers.append(caught.value.provider)
        return providers

    with talking(_silent) as base_url:
        assert run_warped(go(base_url)) == ["together", "lepton"]


def test_of_members_that_all_failed_the_one_that_may_be_asked_soonest_is_asked_again(
    gateway: LocalGateway,
) -> None:
    turns = Turns()
    gateway.script([
        Rule(Fail(429, headers={"retry-after": "5"}), ON_FIRST, times=1),
        Rule(Fail(500), times=1),
        Rule(Say("Fine.")),
    ])  # fmt: skip

    async def go() -> list[str]:
        async with Team(pooled(SECOND), Settings.local(gateway.base_url), clock=turns.clock()) as team:
            return await _went(team, "run")

    assert asyncio.run(go()) == ["together", "lepton", "lepton"]
    assert turns.slept == [0.5]


def test_repeats_of_a_long_outage_are_few(gateway: LocalGateway) -> None:
    """Ten are saved up, and eight are earned by a hundred calls."""
    turns = Turns()
    gateway.script([Rule(Fail(500))])

    async def go() -> None:
        async with Team(pooled(), Settings.local(gateway.base_url), clock=turns.clock()) as team:
            for _ in range(50):
                with pytest.raises(ServerError):
                    await team.run("Hello!")

    asyncio.run(go())
    assert 50 + 10 <= len(gateway.calls) <= 50 + 10 + 4


@WAYS
def test_a_probe_that_is_cancelled_is_left_to_the_next_call(gateway: LocalGateway, way: str) -> None:
    turns, reached = Turns(), threading.Event()

    async def hang(_: float) -> None:
        reached.set()
        await asyncio.Event().wait()

    async def go(base_url: str, script: Callable[[Iterable[Rule]], None]) -> list[str]:
        async with Team(pooled(SECOND), Settings.local(base_url), clock=turns.clock()) as team:
            script([Rule(Fail(500), ON_FIRST), Rule(Say("Fine."))])
            await _went(team, way)
            turns.time += 15.0
            script([Rule(Say("Fine."), ON_FIRST, Pace(delay_s=1.0), times=1), Rule(Say("Fine."))])
            probe = asyncio.create_task(_went(team, way))
            assert await asyncio.to_thread(reached.wait, 10)
            probe.cancel()
            await asyncio.wait([probe])
            return await _went(team, way)

    pairs = [(target.provider, target.model) for target in (FIRST, SECOND)]
    with LocalGateway(pairs=pairs, sleep=hang) as holding:
        assert asyncio.run(go(holding.base_url, holding.script)) == ["together"]


def test_the_wall_clock_may_jump(gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = time.time, 0

    def jumping() -> float:
        nonlocal calls
        calls += 1
        return real() + (3600.0 if calls % 2 else -3600.0)

    monkeypatch.setattr(time, "time", jumping)
    turns = Turns()
    gateway.script([Rule(Fail(500), ON_FIRST), Rule(Say("Fine."))])

    async def go() -> list[list[str]]:
        seen = []
        async with Team(pooled(SECOND), Settings.local(gateway.base_url), clock=turns.clock()) as team:
            for passed in (0.0, 14.9, 0.1):
                turns.time += passed
                seen.append(await _went(team, "run"))
        return seen

    assert asyncio.run(go()) == [["together", "lepton"], ["lepton"], ["together", "lepton"]]


@BOTH
def test_the_wall_clock_may_jump_while_an_answer_is_waited_for(
    gateway: LocalGateway, how: Callable[[Caller], Awaitable[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: 0.0)
    policy = RetryPolicy(attempts=1, attempt_timeout_s=0.2, first_token_s=0.2)
    with LocalGateway() as slow:
        asked = ask(slow, [Rule(pace=Pace(delay_s=5.0))], how=how, policy=policy)
    assert isinstance(asked.error, DeadlineError)
    assert 0.2 <= asked.ledger.attempts[0].seconds < 2.0
