"""Pools over real HTTP: a member that fails does not matter while another can answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Raw, Rule, Say, Tool, Use
from agents_sahara.emulator.wire import Cut, Pace
from agents_sahara.errors import (
    AccessError,
    BadRequestError,
    GatewayError,
    HostError,
    SaharaError,
    ServerError,
)
from agents_sahara.events import AttemptFailed, ProviderSwitched, RunFinished
from agents_sahara.graph.values import Fallback
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from tests.teams import edge, graph, node
from tests.test_routing.pooling import FIRST, ON_FIRST, SECOND, THIRD, WAYS, Turns, ask_pool, ask_team, pooled


@pytest.fixture
def gateway() -> Iterable[LocalGateway]:
    pairs = [(target.provider, target.model) for target in (FIRST, SECOND, THIRD)]
    with LocalGateway(pairs=pairs) as running:
        yield running


MOVES: dict[str, Rule] = {
    "500": Rule(Fail(500), ON_FIRST),
    "503 with Retry-After": Rule(Fail(503, headers={"retry-after": "3600"}), ON_FIRST),
    "429": Rule(Fail(429), ON_FIRST),
    "429 of a quota": Rule(Fail(429, {"error": {"code": "insufficient_quota"}}), ON_FIRST),
    "404": Rule(Fail(404), ON_FIRST),
    "400 of a capability": Rule(Fail(400, {"error": {"message": "tools are not supported"}}), ON_FIRST),
    "400 of a full window": Rule(
        Fail(400, {"error": {"message": "maximum context length is 8000"}}), ON_FIRST
    ),
    "413": Rule(Fail(413), ON_FIRST),
    "hung up": Rule(None, ON_FIRST, Pace(cut=Cut())),
    "reset": Rule(None, ON_FIRST, Pace(cut=Cut(how="reset"))),
    "empty 200": Rule(Raw(b""), ON_FIRST),
}


@pytest.mark.parametrize("case", MOVES)
@WAYS
def test_a_failed_member_is_left_for_the_next_at_once(gateway: LocalGateway, case: str, way: str) -> None:
    turns = Turns()
    text, providers, events = ask_pool(gateway, pooled(SECOND), [MOVES[case], Rule(Say("Fine."))], way, turns)
    assert (text, providers, turns.slept) == ("Fine.", ["together", "lepton"], [])
    if way == "stream":
        [failed] = [event for event in events if isinstance(event, AttemptFailed)]
        [moved] = [event for event in events if isinstance(event, ProviderSwitched)]
        assert failed.retry_in_s == 0.0
        assert moved.to_json() == {
            "version": 1,
            "type": "provider_switched",
            "agent": "solo",
            "from": {"provider": "together", "model": FIRST.model},
            "to": {"provider": "lepton", "model": SECOND.model},
            "reason": failed.attempt.error,
        }
    assert [call.model for call in gateway.calls] == [FIRST.model, SECOND.model]


STAYS: dict[str, tuple[Rule, type[GatewayError]]] = {
    "400": (
        Rule(Fail(400, {"error": {"message": "temperature is out of range"}}), ON_FIRST),
        BadRequestError,
    ),
    "401": (Rule(Fail(401), ON_FIRST), AccessError),
    "403": (Rule(Fail(403), ON_FIRST), AccessError),
    "402": (Rule(Fail(402), ON_FIRST), GatewayError),
    "302": (Rule(Fail(302, headers={"location": "http://127.0.0.1:9/"}), ON_FIRST), HostError),
}


@pytest.mark.parametrize("case", STAYS)
def test_what_every_member_would_refuse_stops_the_run(gateway: LocalGateway, case: str) -> None:
    rule, kind = STAYS[case]
    with pytest.raises(kind):
        ask_pool(gateway, pooled(SECOND), [rule])
    assert len(gateway.calls) == 1


def test_a_conversation_that_is_too_long_goes_only_to_a_larger_window(gateway: LocalGateway) -> None:
    full = Rule(Fail(400, {"error": {"message": "this is longer than the maximum context length"}}), ON_FIRST)
    smaller = replace(SECOND, context=4_000)
    with pytest.raises(BadRequestError):
        ask_pool(gateway, pooled(smaller), [full, Rule(Say("Fine."))])
    text, providers, _ = ask_pool(gateway, pooled(smaller, THIRD), [full, Rule(Say("Fine."))])
    assert (text, providers) == ("Fine.", ["together", "openai"])


def test_a_stream_that_has_shown_text_does_not_move(gateway: LocalGateway) -> None:
    cut = Rule(Say("One two three four."), ON_FIRST, Pace(cut=Cut(after_chunks=2, how="end")))
    with pytest.raises(GatewayError) as caught:
        ask_pool(gateway, pooled(SECOND), [cut, Rule(Say("Fine."))], "stream")
    assert caught.value.partial_text.startswith("One")
    assert len(gateway.calls) == 1
    assert ask_pool(gateway, pooled(SECOND), [cut, Rule(Say("Fine."))], "run")[0] == "Fine."


@WAYS
def test_when_all_fail_the_error_names_each_and_attempts_are_kept(gateway: LocalGateway, way: str) -> None:
    turns = Turns()
    rules = [Rule(Fail(500), ON_FIRST), Rule(Fail(429))]
    with pytest.raises(SaharaError) as caught:
        ask_pool(gateway, pooled(SECOND, fallback=Fallback(attempts=4)), rules, way, turns)
    assert isinstance(caught.value, GatewayError)
    assert caught.value.attempts == 4
    assert [call.provider for call in gateway.calls] == ["together", "lepton", "together", "lepton"]
    assert "server_error" in caught.value.message
    assert "rate_limited" in caught.value.message
    assert turns.slept == [0.5, 1.0]


def test_one_attempt_is_one_call(gateway: LocalGateway) -> None:
    with pytest.raises(ServerError):
        ask_pool(gateway, pooled(SECOND, fallback=Fallback(attempts=1)), [Rule(Fail(500), ON_FIRST)])
    assert len(gateway.calls) == 1


def test_a_member_that_is_down_is_not_asked_again_until_it_has_rested(gateway: LocalGateway) -> None:
    turns = Turns()
    gateway.script([Rule(Fail(500), ON_FIRST), Rule(Say("Fine."))])

    async def go() -> list[list[str]]:
        settings = Settings.local(gateway.base_url)
        async with Team(pooled(SECOND), settings, clock=turns.clock()) as team:
            seen = [(await ask_team(team, "run"))[1] for _ in range(3)]
            turns.time += 16
            return [*seen, (await ask_team(team, "run"))[1], (await ask_team(team, "run"))[1]]

    assert asyncio.run(go()) == [
        ["together", "lepton"], ["lepton"], ["lepton"], ["together", "lepton"], ["lepton"],
    ]  # fmt: skip


@pytest.mark.parametrize("is_sticky", [True, False])
def test_a_sticky_conversation_stays_with_the_member_that_answered(
    gateway: LocalGateway, is_sticky: bool
) -> None:
    turns = Turns()
    gateway.script([
        Rule(Fail(500), ON_FIRST, times=1),
        Rule(Use((Tool("transfer_to_solo"),)), times=1),
        Rule(Say("Fine.")),
    ])  # fmt: skip
    made = graph(replace(node("solo", edge("solo"), target=FIRST), backups=(SECOND,), is_sticky=is_sticky,
                         fallback=Fallback(cooldown_s=0.000001)))  # fmt: skip

    async def go() -> list[str]:
        clock = replace(turns.clock(), now=lambda: turns.time)

        async with Team(made, Settings.local(gateway.base_url), clock=clock) as team:
            providers: list[str] = []
            async for event in team.stream("Hello!"):
                turns.time += 1.0
                if isinstance(event, RunFinished):
                    providers = [attempt.provider for attempt in event.result.attempts]
            return providers

    assert asyncio.run(go()) == ["together", "lepton", "lepton" if is_sticky else "together"]
