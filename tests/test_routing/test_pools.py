"""Pools over real HTTP: a member that fails does not matter while another can answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from agents_sahara.clients.pool import ClientPool
from agents_sahara.diagnostics.finding import Place
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Raw, Rule, Say, Tool, Use, When
from agents_sahara.emulator.wire import Cut, Pace
from agents_sahara.errors import (
    AccessError,
    BadRequestError,
    GatewayError,
    HostError,
    NotFoundError,
    SaharaError,
    ServerError,
)
from agents_sahara.events import AttemptFailed, ProviderSwitched, RunEvent, RunFinished, TextDelta
from agents_sahara.graph.values import AgentGraph, Endpoint, Fallback, ModelTarget
from agents_sahara.retry import Clock, RetryPolicy
from agents_sahara.routing.calls import Caller
from agents_sahara.routing.health import Pair
from agents_sahara.routing.pool import Member, Pool
from agents_sahara.routing.tries import RoutingState
from agents_sahara.runner.team import Team
from agents_sahara.settings import Secret, Settings
from agents_sahara.usage import Ledger, current_ledger
from tests.leftovers import nothing_left
from tests.teams import edge, graph, node

FIRST = ModelTarget("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo", context=8_000)
SECOND = ModelTarget("lepton", "llama3-3-70b", context=32_000)
THIRD = ModelTarget("openai", "gpt-4o")
ON_FIRST = When(provider="together")
WAYS = pytest.mark.parametrize("way", ["run", "stream"])


class Turns:
    """A clock whose sleeps pass at once and count as time."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def clock(self) -> Clock:
        return Clock(now=lambda: self.time, sleep=self.sleep, jitter=lambda: 0.0)


def _solo(*backups: ModelTarget, fallback: Fallback | None = None, is_sticky: bool = False) -> AgentGraph:
    made = node("solo", target=FIRST)
    return graph(replace(made, backups=backups, fallback=fallback or Fallback(), is_sticky=is_sticky))


async def _ask(team: Team, way: str) -> tuple[str, list[str], list[RunEvent]]:
    """Output, the provider of each attempt, events."""
    if way == "run":
        result = await team.run("Hello!")
        return result.output, [attempt.provider for attempt in result.attempts], []
    events = [event async for event in team.stream("Hello!")]
    finished = events[-1]
    assert isinstance(finished, RunFinished)
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert text == finished.result.output
    return text, [attempt.provider for attempt in finished.result.attempts], events


def _go(
    gateway: LocalGateway,
    made: AgentGraph,
    rules: Iterable[Rule],
    way: str = "run",
    turns: Turns | None = None,
) -> tuple[str, list[str], list[RunEvent]]:
    gateway.script(rules)

    async def go() -> tuple[str, list[str], list[RunEvent]]:
        settings = Settings.local(gateway.base_url)
        async with Team(made, settings, clock=(turns or Turns()).clock()) as team:
            answer = await _ask(team, way)
            await nothing_left()
            return answer

    return asyncio.run(go())


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
    text, providers, events = _go(gateway, _solo(SECOND), [MOVES[case], Rule(Say("Fine."))], way, turns)
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
        _go(gateway, _solo(SECOND), [rule])
    assert len(gateway.calls) == 1


def test_a_conversation_that_is_too_long_goes_only_to_a_larger_window(gateway: LocalGateway) -> None:
    full = Rule(Fail(400, {"error": {"message": "this is longer than the maximum context length"}}), ON_FIRST)
    smaller = replace(SECOND, context=4_000)
    with pytest.raises(BadRequestError):
        _go(gateway, _solo(smaller), [full, Rule(Say("Fine."))])
    text, providers, _ = _go(gateway, _solo(smaller, THIRD), [full, Rule(Say("Fine."))])
    assert (text, providers) == ("Fine.", ["together", "openai"])


def test_a_stream_that_has_shown_text_does_not_move(gateway: LocalGateway) -> None:
    cut = Rule(Say("One two three four."), ON_FIRST, Pace(cut=Cut(after_chunks=2, how="end")))
    with pytest.raises(GatewayError) as caught:
        _go(gateway, _solo(SECOND), [cut, Rule(Say("Fine."))], "stream")
    assert caught.value.partial_text.startswith("One")
    assert len(gateway.calls) == 1
    assert _go(gateway, _solo(SECOND), [cut, Rule(Say("Fine."))], "run")[0] == "Fine."


@WAYS
def test_when_all_fail_the_error_names_each_and_attempts_are_kept(gateway: LocalGateway, way: str) -> None:
    turns = Turns()
    rules = [Rule(Fail(500), ON_FIRST), Rule(Fail(429))]
    with pytest.raises(SaharaError) as caught:
        _go(gateway, _solo(SECOND, fallback=Fallback(attempts=4)), rules, way, turns)
    assert isinstance(caught.value, GatewayError)
    assert caught.value.attempts == 4
    assert [call.provider for call in gateway.calls] == ["together", "lepton", "together", "lepton"]
    assert "server_error" in caught.value.message
    assert "rate_limited" in caught.value.message
    assert turns.slept == [0.5, 1.0]


def test_one_attempt_is_one_call(gateway: LocalGateway) -> None:
    with pytest.raises(ServerError):
        _go(gateway, _solo(SECOND, fallback=Fallback(attempts=1)), [Rule(Fail(500), ON_FIRST)])
    assert len(gateway.calls) == 1


def test_a_member_that_is_down_is_not_asked_again_until_it_has_rested(gateway: LocalGateway) -> None:
    turns = Turns()
    gateway.script([Rule(Fail(500), ON_FIRST), Rule(Say("Fine."))])

    async def go() -> list[list[str]]:
        settings = Settings.local(gateway.base_url)
        async with Team(_solo(SECOND), settings, clock=turns.clock()) as team:
            seen = [(await _ask(team, "run"))[1] for _ in range(3)]
            turns.time += 16
            return [*seen, (await _ask(team, "run"))[1], (await _ask(team, "run"))[1]]

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


def test_each_member_gets_its_own_settings_and_model(gateway: LocalGateway) -> None:
    first = replace(FIRST, settings={"temperature": 0.1, "max_tokens": 5, "stop": ["X"]})
    second = replace(SECOND, settings={"temperature": 0.9, "top_logprobs": 2, "reasoning": {"effort": "low"}})
    made = graph(replace(node("solo", target=first), backups=(second,)))
    _go(gateway, made, [Rule(Fail(500), ON_FIRST), Rule(Say("Fine."))])
    bodies: list[Any] = [call.body for call in gateway.calls]
    settings = [{k: v for k, v in body.items() if k != "messages"} for body in bodies]
    assert settings == [
        {"model": FIRST.model, "temperature": 0.1, "max_tokens": 5, "stop": ["X"]},
        {
            "model": SECOND.model,
            "temperature": 0.9,
            "top_logprobs": 2,
            "logprobs": True,
            "reasoning_effort": "low",
        },
    ]


def test_a_choice_of_tools_that_the_sdk_took_back_is_not_brought_back(gateway: LocalGateway) -> None:
    settings: dict[str, Any] = {"tool_choice": "required"}
    made = graph(
        replace(
            node("solo", edge("solo"), target=replace(FIRST, settings=settings)),
            backups=(replace(SECOND, settings={"tool_choice": "transfer_to_solo"}),),
        )
    )
    _go(gateway, made, [
        Rule(Fail(500), ON_FIRST),
        Rule(Use((Tool("unknown_tool"),)), times=1),
        Rule(Say("Fine.")),
    ])  # fmt: skip
    sent = [
        (call.provider, dict(call.body).get("tool_choice"))
        for call in gateway.calls
        if isinstance(call.body, dict)
    ]
    named = {"type": "function", "function": {"name": "transfer_to_solo"}}
    assert sent[:2] == [("together", "required"), ("lepton", named)]
    assert sent[2][0] == "lepton"


def test_an_unreachable_host_is_left_only_for_another_host(gateway: LocalGateway) -> None:
    with LocalGateway() as gone:
        nowhere = gone.base_url
    place = Place("f", 1, 1, 1, 1)
    endpoints = {
        "away": Endpoint("away", nowhere, None, place),
        "near": Endpoint("near", nowhere, None, place),
    }
    away = ModelTarget("away", "x")
    made = replace(
        graph(replace(node("solo", target=away), backups=(ModelTarget("near", "y"), THIRD))),
        endpoints=endpoints,
    )
    gateway.script([Rule(Say("Fine."))])

    async def go() -> list[str]:
        settings = Settings(api_key=Secret("k"), base_url=gateway.base_url)
        async with Team(made, settings, clock=Turns().clock()) as team:
            return [attempt.provider for attempt in (await team.run("Hello!")).attempts]

    assert asyncio.run(go()) == ["away", "openai"]


def test_fifty_callers_when_a_member_dies_are_all_served(gateway: LocalGateway) -> None:
    gateway.script([Rule(Fail(500), ON_FIRST), Rule(Say("Fine."))])

    async def go() -> None:
        async with Team(_solo(SECOND), Settings.local(gateway.base_url)) as team:
            results = await asyncio.gather(*(team.run("Hello!") for _ in range(50)))
            assert {result.output for result in results} == {"Fine."}
            before = len(gateway.calls)
            assert before <= 100
            await asyncio.gather(*(team.run("Hello!") for _ in range(50)))
            assert len(gateway.calls) - before == 50

    asyncio.run(go())


def test_a_model_that_a_provider_lacks_is_left_for_another(gateway: LocalGateway) -> None:
    made = graph(replace(node("solo", target=ModelTarget("bedrock", "gpt-4o")), backups=(THIRD,)))
    text, providers, _ = _go(gateway, made, [])
    assert text
    assert providers == ["bedrock", "openai"]
    with pytest.raises(NotFoundError):
        _go(gateway, graph(node("solo", target=ModelTarget("bedrock", "gpt-4o"))), [])


def test_the_agents_own_name_does_not_make_a_refusal_one_of_its_tools(gateway: LocalGateway) -> None:
    refused = Rule(Fail(400, {"error": {"message": "temperature is out of range"}}), ON_FIRST)
    made = graph(replace(node("tool_context_desk", target=FIRST), backups=(SECOND,)))
    with pytest.raises(BadRequestError):
        _go(gateway, made, [refused, Rule(Say("Fine."))])
    assert len(gateway.calls) == 1


def test_an_empty_purse_ends_the_call_whoever_failed_before(gateway: LocalGateway) -> None:
    with pytest.raises(GatewayError) as caught:
        _go(gateway, _solo(SECOND), [Rule(Fail(500), ON_FIRST), Rule(Fail(402))])
    assert caught.value.status == 402
    assert len(gateway.calls) == 2


def test_a_probe_whose_call_is_cancelled_before_it_is_made_is_left_to_the_next(gateway: LocalGateway) -> None:
    turns, told = Turns(), asyncio.Event()
    first, second = Pair(FIRST.provider, FIRST.model), Pair(SECOND.provider, SECOND.model)
    gateway.script([Rule(Fail(500), ON_FIRST)])

    async def never(_: object) -> None:
        told.set()
        await asyncio.Event().wait()

    async def go() -> None:
        state = RoutingState.begin(turns.clock())
        state.health.failed(second, ServerError("x"), 15.0)
        turns.time += 15.0
        clients = ClientPool(Settings.local(gateway.base_url), {})
        pool = Pool("solo", (Member(first), Member(second)))
        current_ledger.set(Ledger(on_trouble=never))
        request = {"model": FIRST.model, "messages": [{"role": "user", "content": "Hello!"}]}
        call = asyncio.create_task(Caller(pool, clients, RetryPolicy(), state).answer(request))
        await asyncio.wait_for(told.wait(), 10)
        call.cancel()
        await asyncio.wait([call])
        await clients.aclose()
        assert state.health.first([second, Pair("openai", "gpt-4o")]) == second

    asyncio.run(go())


ENDS = '{"choices": [{"index": 0, "finish_reason": "%s", "message": {"content": "On"}}]}'


@pytest.mark.parametrize(
    "rule",
    [
        Rule(Raw(ENDS % "length"), ON_FIRST),
        Rule(Raw(ENDS % "content_filter"), ON_FIRST),
        Rule(Fail(402), ON_FIRST),
    ],
    ids=["length", "filter", "402"],
)
def test_a_member_does_not_rest_for_what_is_not_its_fault(gateway: LocalGateway, rule: Rule) -> None:
    gateway.script([rule, Rule(Say("Fine."))])

    async def go() -> None:
        settings = Settings.local(gateway.base_url)
        async with Team(_solo(SECOND), settings, clock=Turns().clock()) as team:
            for _ in range(3):
                before = len(gateway.calls)
                with contextlib.suppress(GatewayError):
                    await team.run("Hello!")
                assert gateway.calls[before].provider == FIRST.provider

    asyncio.run(go())


def test_another_path_on_an_unreachable_host_is_not_another_host(gateway: LocalGateway) -> None:
    with LocalGateway() as gone:
        nowhere = gone.base_url
    place = Place("f", 1, 1, 1, 1)
    endpoints = {
        "away": Endpoint("away", nowhere, None, place),
        "near": Endpoint("near", f"{nowhere}/other", None, place),
    }
    backups = (ModelTarget("near", "y"), THIRD)
    made = graph(replace(node("solo", target=ModelTarget("away", "x")), backups=backups))
    gateway.script([Rule(Say("Fine."))])

    async def go() -> list[str]:
        settings = Settings(api_key=Secret("k"), base_url=gateway.base_url)
        async with Team(replace(made, endpoints=endpoints), settings, clock=Turns().clock()) as team:
            return [attempt.provider for attempt in (await team.run("Hello!")).attempts]

    assert asyncio.run(go()) == ["away", "openai"]


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_refused_key_is_left_for_a_member_with_another_key(gateway: LocalGateway, status: int) -> None:
    with LocalGateway(script=[Rule(Fail(status))]) as own:
        endpoints = {"own": Endpoint("own", own.base_url, "OWN_KEY", Place("f", 1, 1, 1, 1))}
        backups = (ModelTarget("own", "y"), THIRD)
        made = graph(replace(node("solo", target=ModelTarget("own", "x")), backups=backups))
        gateway.script([Rule(Say("Fine."))])

        async def go() -> list[str]:
            settings = Settings(Secret("k"), gateway.base_url, environ={"OWN_KEY": "other"})
            async with Team(replace(made, endpoints=endpoints), settings, clock=Turns().clock()) as team:
                return [attempt.provider for attempt in (await team.run("Hello!")).attempts]

        assert asyncio.run(go()) == ["own", "openai"]
