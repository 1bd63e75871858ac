"""Where an attempt begins: places that are taken, keys that are not set, and what they do not count as."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from agents_sahara.diagnostics.finding import Place
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say
from agents_sahara.emulator.wire import Pace
from agents_sahara.errors import AccessError, DeadlineError, GatewayError, ServerError, SettingsError
from agents_sahara.events import ProviderSwitched, RunResult
from agents_sahara.graph.values import AgentGraph, Endpoint, Fallback
from agents_sahara.runner.team import Team
from agents_sahara.settings import Secret, Settings
from tests.leftovers import nothing_left
from tests.test_routing.pooling import FIRST, ON_FIRST, SECOND, THIRD, Turns, pooled

HERE = Place("team.yaml", 1, 1, 1, 1)
IMPATIENT = Fallback(attempts=3, deadline_s=0.4, first_token_s=0.05)


class Busy:
    """A gateway whose answers come when they are let go."""

    def __init__(self) -> None:
        self.is_let_go = False
        self.waiting = 0

    async def sleep(self, _: float) -> None:
        self.waiting += 1
        while not self.is_let_go:  # noqa: ASYNC110  it waits on another event loop than the test
            await asyncio.sleep(0.001)
        self.waiting -= 1


@pytest.fixture
def busy() -> Busy:
    return Busy()


@pytest.fixture
def gateway(busy: Busy) -> Iterable[LocalGateway]:
    pairs = [(target.provider, target.model) for target in (FIRST, SECOND, THIRD)]
    with LocalGateway(pairs=pairs, sleep=busy.sleep) as running:
        yield running
        busy.is_let_go = True


def _limited(made: AgentGraph, **limits: int) -> AgentGraph:
    endpoints = {
        name: Endpoint(name, None, None, HERE, max_concurrency=most) for name, most in limits.items()
    }
    return replace(made, endpoints=endpoints)


async def _with_one_under_way(
    gateway: LocalGateway, busy: Busy, made: AgentGraph, work: Callable[[Team], Awaitable[None]], **more: Any
) -> RunResult:
    """Do `work` while a call at the first member waits for its answer, which comes after."""
    gateway.script(
        [Rule(Say("Slow."), replace(ON_FIRST, message="slow"), Pace(delay_s=1.0)), Rule(Say("Fine."))]
    )
    settings = replace(Settings.local(gateway.base_url), **more)
    async with Team(made, settings) as team:
        slow = asyncio.create_task(team.run("slow"))
        async with asyncio.timeout(5):
            while not busy.waiting:  # noqa: ASYNC110  what is waited for is on another loop
                await asyncio.sleep(0.001)
        await work(team)
        busy.is_let_go = True
        result = await slow
        await nothing_left()
        return result


def test_a_call_without_a_place_moves_to_a_member_that_has_one(gateway: LocalGateway, busy: Busy) -> None:
    made = _limited(pooled(SECOND, fallback=Fallback(deadline_s=10.0, first_token_s=0.7)), together=1)

    async def work(team: Team) -> None:
        events = [event async for event in team.stream("Hello!")]
        switches = [event for event in events if isinstance(event, ProviderSwitched)]
        assert [(event.to_provider, event.reason) for event in switches] == [("lepton", "busy")]
        assert [call.provider for call in gateway.calls] == ["together", "lepton"]
        result = await team.run("Hello!")
        assert [(attempt.provider, attempt.outcome) for attempt in result.attempts] == [
            ("lepton", "answered")
        ]

    slow = asyncio.run(_with_one_under_way(gateway, busy, made, work))
    assert [attempt.provider for attempt in slow.attempts] == ["together"]


def test_waiting_for_a_place_until_the_deadline_is_our_own_limit_and_rests_nobody(
    gateway: LocalGateway, busy: Busy
) -> None:
    made = _limited(pooled(fallback=replace(IMPATIENT, deadline_s=10.0)), together=1)
    hurried = pooled(fallback=IMPATIENT)
    other = replace(hurried.agents["solo"], key="hurried", name="hurried")
    made = replace(made, agents={**made.agents, "hurried": other})

    async def work(team: Team) -> None:
        with pytest.raises(DeadlineError) as caught:
            await team.run("Hello!", agent="hurried")
        assert "could begin within 0.4 s, by a limit of our own" in caught.value.message
        assert "max_concurrency of 'together' is 1" in caught.value.message
        assert caught.value.attempts == 0
        assert caught.value.is_retryable
        busy.is_let_go = True
        result = await team.run("Hello!", agent="hurried")
        assert [attempt.outcome for attempt in result.attempts] == ["answered"]

    asyncio.run(_with_one_under_way(gateway, busy, made, work))


def test_the_process_has_a_limit_for_all_teams_that_the_operator_sets(
    gateway: LocalGateway, busy: Busy
) -> None:
    made = pooled(SECOND, fallback=replace(IMPATIENT, deadline_s=10.0))

    async def work(_: Team) -> None:
        settings = replace(Settings.local(gateway.base_url), max_in_flight=1)
        async with Team(pooled(SECOND, fallback=IMPATIENT), settings) as second:
            with pytest.raises(DeadlineError) as caught:
                await second.run("Hello!")
        assert "the process has 1 calls under way at once" in caught.value.message
        assert "SAHARA_MAX_IN_FLIGHT" in caught.value.mend

    asyncio.run(_with_one_under_way(gateway, busy, made, work))


def test_a_call_that_is_cancelled_while_it_waits_leaves_the_line(gateway: LocalGateway, busy: Busy) -> None:
    made = _limited(pooled(), together=1)

    async def work(team: Team) -> None:
        waiting = [asyncio.create_task(team.run("Hello!")) for _ in range(3)]
        await asyncio.sleep(0.05)
        for task in waiting:
            task.cancel()
        for task in waiting:
            with pytest.raises(asyncio.CancelledError):
                await task
        busy.is_let_go = True
        assert (await team.run("Hello!")).output == "Fine."

    asyncio.run(_with_one_under_way(gateway, busy, made, work))
    assert len(gateway.calls) == 2


def _own(gateway: LocalGateway, name: str, variable: str | None) -> Endpoint:
    return Endpoint(name, f"{gateway.base_url}", variable, HERE)


def _ask(
    gateway: LocalGateway,
    made: AgentGraph,
    environ: dict[str, str],
    *,
    key: str | None = "sk-planted-1",
    times: int = 1,
) -> list[str]:
    """The provider of each attempt of the last of `times` runs."""

    async def go() -> list[str]:
        settings = Settings(Secret(key) if key else None, gateway.base_url, environ)
        async with Team(made, settings, clock=Turns().clock()) as team:
            for _ in range(times):
                result = await team.run("Hello!")
        return [attempt.provider for attempt in result.attempts]

    return asyncio.run(go())


def test_a_backup_without_its_key_does_not_hide_what_the_first_member_said(
    gateway: LocalGateway, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.script([Rule(Fail(503))])
    made = replace(pooled(SECOND), endpoints={"lepton": _own(gateway, "lepton", "LEPTON_KEY")})
    with caplog.at_level(logging.WARNING, "agents_sahara.routing"), pytest.raises(ServerError) as caught:
        _ask(gateway, made, {})
    assert caught.value.provider == "together"
    assert f"{SECOND.model!r} on 'lepton' was not asked: the variable LEPTON_KEY" in caught.value.message
    [said] = [record.getMessage() for record in caplog.records]
    assert said.startswith("the provider 'lepton' is passed over: the variable LEPTON_KEY")
    assert len(gateway.calls) == 3


def test_members_without_a_key_are_passed_over_and_that_is_said_once(
    gateway: LocalGateway, caplog: pytest.LogCaptureFixture
) -> None:
    gateway.script([Rule(Fail(503), ON_FIRST), Rule(Say("Fine."))])
    made = replace(pooled(SECOND, THIRD), endpoints={"lepton": _own(gateway, "lepton", "LEPTON_KEY")})
    with caplog.at_level(logging.WARNING, "agents_sahara.routing"):
        assert _ask(gateway, made, {}) == ["together", "openai"]
        caplog.clear()
        first = replace(made, agents={"solo": replace(made.agents["solo"], target=SECOND, backups=(THIRD,))})
        assert _ask(gateway, first, {}, times=3) == ["openai"]
    assert len(caplog.records) == 1


def test_without_a_key_for_any_member_there_is_a_settings_error(gateway: LocalGateway) -> None:
    made = replace(pooled(SECOND), endpoints={"lepton": _own(gateway, "lepton", "LEPTON_KEY")})
    with pytest.raises(SettingsError) as caught:
        _ask(gateway, made, {}, key=None)
    assert caught.value.where == "SAHARA_API_KEY"
    assert gateway.calls == []


@pytest.mark.parametrize("status", [400, 401])
def test_a_later_refusal_that_says_nothing_of_the_first_member_lets_it_be_asked_again(
    gateway: LocalGateway, status: int
) -> None:
    gateway.script([
        Rule(Fail(503), ON_FIRST, times=1), Rule(Say("Fine."), ON_FIRST), Rule(Fail(status)),
    ])  # fmt: skip
    made = replace(pooled(SECOND), endpoints={"lepton": _own(gateway, "lepton", "LEPTON_KEY")})
    assert _ask(gateway, made, {"LEPTON_KEY": "another-key"}) == ["together", "lepton", "together"]


def test_a_refused_key_is_not_used_again_and_the_error_names_all(gateway: LocalGateway) -> None:
    gateway.script([Rule(Fail(503), ON_FIRST), Rule(Fail(401))])
    with pytest.raises(AccessError) as caught:
        _ask(gateway, pooled(SECOND), {})
    assert len(gateway.calls) == 2
    assert "'together': server_error" in caught.value.message
    made = replace(pooled(SECOND), endpoints={"lepton": _own(gateway, "lepton", "LEPTON_KEY")})
    with pytest.raises(GatewayError) as repeated:
        _ask(gateway, made, {"LEPTON_KEY": "another-key"})
    assert isinstance(repeated.value, ServerError)
    assert "'lepton': access_denied" in repeated.value.message


def test_the_limit_of_a_provider_holds_over_threads_and_event_loops() -> None:
    under_way, most = 0, 0

    async def answer(_: float) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.005)
        under_way -= 1

    pairs = [(FIRST.provider, FIRST.model)]
    with LocalGateway(
        pairs=pairs, sleep=answer, script=[Rule(Say("Hi."), pace=Pace(delay_s=1.0))]
    ) as gateway:
        team = Team(_limited(pooled(), together=2), Settings.local(gateway.base_url))

        async def some() -> None:
            await asyncio.gather(*(team.run("Hello!") for _ in range(5)))

        with ThreadPoolExecutor(4) as threads:
            done: list[Future[Any]] = [threads.submit(asyncio.run, some()) for _ in range(3)]
            done += [threads.submit(team.run_sync, "Hello!") for _ in range(5)]
            for one in done:
                one.result()
        team.close()
    assert most == 2


def test_a_call_that_waits_while_the_team_is_closed_goes_on_over_a_new_connection(
    gateway: LocalGateway, busy: Busy
) -> None:
    async def close(team: Team) -> None:
        waiting = asyncio.create_task(team.run("quick"))
        await asyncio.sleep(0.02)
        await team.aclose()
        busy.is_let_go = True
        assert (await waiting).output == "Fine."
        await team.aclose()

    async def go() -> None:
        gateway.script(
            [Rule(Say("Slow."), replace(ON_FIRST, message="slow"), Pace(delay_s=1.0)), Rule(Say("Fine."))]
        )
        async with Team(
            _limited(pooled(FIRST), **{FIRST.provider: 1}), Settings.local(gateway.base_url)
        ) as team:
            slow = asyncio.create_task(team.run("slow"))
            while not busy.waiting:  # noqa: ASYNC110  it waits on another event loop than the test
                await asyncio.sleep(0.001)
            await close(team)
            await asyncio.gather(slow, return_exceptions=True)

    asyncio.run(go())
