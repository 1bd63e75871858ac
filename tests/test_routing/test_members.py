"""What each member of a pool is sent, what counts against it, and what it shares with the others."""

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
from agents_sahara.emulator.script import Fail, Raw, Rule, Say, Tool, Use
from agents_sahara.errors import (
    BadRequestError,
    GatewayError,
    NotFoundError,
    ServerError,
)
from agents_sahara.graph.values import Endpoint, ModelTarget
from agents_sahara.retry import RetryPolicy
from agents_sahara.routing.calls import Caller
from agents_sahara.routing.health import Pair
from agents_sahara.routing.pool import Member, Pool
from agents_sahara.routing.tries import RoutingState
from agents_sahara.runner.team import Team
from agents_sahara.settings import Secret, Settings
from agents_sahara.usage.ledger import Ledger, current_ledger
from tests.teams import edge, graph, node
from tests.test_routing.pooling import FIRST, ON_FIRST, SECOND, THIRD, Turns, ask_pool, pooled


@pytest.fixture
def gateway() -> Iterable[LocalGateway]:
    pairs = [(target.provider, target.model) for target in (FIRST, SECOND, THIRD)]
    with LocalGateway(pairs=pairs) as running:
        yield running


def test_each_member_gets_its_own_settings_and_model(gateway: LocalGateway) -> None:
    first = replace(FIRST, settings={"temperature": 0.1, "max_tokens": 5, "stop": ["X"]})
    second = replace(SECOND, settings={"temperature": 0.9, "top_logprobs": 2, "reasoning": {"effort": "low"}})
    made = graph(replace(node("solo", target=first), backups=(second,)))
    ask_pool(gateway, made, [Rule(Fail(500), ON_FIRST), Rule(Say("Fine."))])
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
    ask_pool(gateway, made, [
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
    assert sent[2] == ("lepton", None)


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
        async with Team(pooled(SECOND), Settings.local(gateway.base_url)) as team:
            results = await asyncio.gather(*(team.run("Hello!") for _ in range(50)))
            assert {result.output for result in results} == {"Fine."}
            before = len(gateway.calls)
            assert before <= 100
            await asyncio.gather(*(team.run("Hello!") for _ in range(50)))
            assert len(gateway.calls) - before == 50

    asyncio.run(go())


def test_a_model_that_a_provider_lacks_is_left_for_another(gateway: LocalGateway) -> None:
    made = graph(replace(node("solo", target=ModelTarget("bedrock", "gpt-4o")), backups=(THIRD,)))
    text, providers, _ = ask_pool(gateway, made, [])
    assert text
    assert providers == ["bedrock", "openai"]
    with pytest.raises(NotFoundError):
        ask_pool(gateway, graph(node("solo", target=ModelTarget("bedrock", "gpt-4o"))), [])


def test_the_agents_own_name_does_not_make_a_refusal_one_of_its_tools(gateway: LocalGateway) -> None:
    refused = Rule(Fail(400, {"error": {"message": "temperature is out of range"}}), ON_FIRST)
    made = graph(replace(node("tool_context_desk", target=FIRST), backups=(SECOND,)))
    with pytest.raises(BadRequestError):
        ask_pool(gateway, made, [refused, Rule(Say("Fine."))])
    assert len(gateway.calls) == 1


def test_an_empty_purse_ends_the_call_whoever_failed_before(gateway: LocalGateway) -> None:
    with pytest.raises(GatewayError) as caught:
        ask_pool(gateway, pooled(SECOND), [Rule(Fail(500), ON_FIRST), Rule(Fail(402))])
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
        async with Team(pooled(SECOND), settings, clock=Turns().clock()) as team:
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
