"""Providers with ways of their own get requests that they accept."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from agents_sahara.diagnostics.finding import Place
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say, Tool, Use, When
from agents_sahara.emulator.wire import Pace
from agents_sahara.errors import BadRequestError
from agents_sahara.events import RunFinished
from agents_sahara.graph.values import AgentGraph, Endpoint, ModelTarget
from agents_sahara.retry import Clock, RetryPolicy
from agents_sahara.routing.traits import Traits, adapted
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from tests.teams import edge, graph, node, solo

PLACE = Place("f", 1, 1, 1, 1)
BEDROCK = ModelTarget("bedrock", "claude")


@pytest.fixture
def gateway() -> Iterator[LocalGateway]:
    with LocalGateway(pairs=[("bedrock", "claude")]) as running:
        yield running


def _with(made: AgentGraph, **traits: Any) -> AgentGraph:
    own = [Endpoint(name, None, None, PLACE, **traits) for name in ("bedrock", "openai")]
    return replace(made, endpoints={endpoint.name: endpoint for endpoint in own})


async def _no_sleep(_: float) -> None:
    return None


def _bodies(gateway: LocalGateway, made: AgentGraph, way: str = "run") -> list[Any]:
    async def go() -> None:
        clock = Clock(sleep=_no_sleep)
        async with Team(made, Settings.local(gateway.base_url), clock=clock) as team:
            if way == "run":
                await team.run("Hello!")
            else:
                events = [event async for event in team.stream("Hello!")]
                assert isinstance(events[-1], RunFinished)

    asyncio.run(go())
    return [call.body for call in gateway.calls]


def test_history_without_tools_reaches_an_agent_that_has_none(gateway: LocalGateway) -> None:
    """Bedrock refuses tool messages without `tools`: pydantic-ai issue 1966, litellm issue 40735."""
    made = _with(graph(node("a", edge("b")), node("b", target=BEDROCK)), history="no_tools")
    gateway.script([
        Rule(Use((Tool("no_such"),), text="One moment."), When(system="the a desk"), times=1),
        Rule(Use((Tool("transfer_to_b"),)), When(system="the a desk")),
        Rule(Say("Hello from b.")),
    ])  # fmt: skip
    bodies = _bodies(gateway, made)
    with_tools, messages = bodies[1]["messages"], bodies[-1]["messages"]
    assert [message["role"] for message in with_tools] == ["system", "user", "assistant", "tool"]
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    assert messages[2] == {"role": "assistant", "content": "One moment."}
    assert messages[3]["content"].startswith("[no_such({}) returned: ")


def test_full_history_is_the_default(gateway: LocalGateway) -> None:
    made = _with(graph(node("a", edge("b")), node("b", target=BEDROCK)))
    gateway.script([Rule(Use((Tool("transfer_to_b"),)), When(system="the a desk")), Rule(Say("Hello."))])
    messages = _bodies(gateway, made)[-1]["messages"]
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "tool"]


@pytest.mark.parametrize("strict", [True, False])
def test_tools_are_strict_unless_the_provider_cannot_take_it(gateway: LocalGateway, strict: bool) -> None:
    made = _with(graph(node("a", edge("b")), node("b")), strict_tools=strict)
    gateway.script([Rule(Say("Hello."))])
    [tool] = _bodies(gateway, made)[0]["tools"]
    assert ("strict" in tool["function"]) is strict


def test_usage_is_not_asked_of_a_provider_that_should_not_be(gateway: LocalGateway) -> None:
    assert "stream_options" not in _bodies(gateway, _with(solo(), include_usage=False), "stream")[0]
    assert "stream_options" in _bodies(gateway, _with(solo()), "stream")[1]


def test_a_refusal_of_stream_options_is_learned(gateway: LocalGateway) -> None:
    refusal = {"error": {"message": "Unsupported parameter: stream_options"}}
    gateway.script([Rule(Fail(400, refusal), times=1), Rule(Say("Hello."))])

    async def go() -> None:
        async with Team(solo(), Settings.local(gateway.base_url)) as team:
            for _ in range(2):
                events = [event async for event in team.stream("Hello!")]
                assert isinstance(events[-1], RunFinished)

    asyncio.run(go())
    bodies: list[Any] = [call.body for call in gateway.calls]
    assert ["stream_options" in body for body in bodies] == [True, False, False]


def test_no_more_calls_are_under_way_than_a_provider_allows() -> None:
    under_way, most = 0, 0

    async def busy(_: float) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.01)
        under_way -= 1

    with LocalGateway(sleep=busy, script=[Rule(Say("Hello."), pace=Pace(delay_s=1.0))]) as running:

        async def go() -> None:
            async with Team(_with(solo(), max_concurrency=3), Settings.local(running.base_url)) as team:
                results = await asyncio.gather(*(team.run("Hello!") for _ in range(20)))
                assert len(results) == 20
                streams = [team.stream("Hello!") for _ in range(6)]

                async def read(stream: Any) -> None:
                    async for _ in stream:
                        pass

                await asyncio.gather(*map(read, streams))

        asyncio.run(go())
    assert most == 3


def test_a_request_is_never_changed_in_place() -> None:
    request: dict[str, Any] = {
        "messages": [{"role": "user", "content": "x"}],
        "tools": [{"type": "function", "function": {"name": "t", "strict": True}}],
        "stream_options": {"include_usage": True},
    }
    made = adapted(request, Traits("no_tools", strict_tools=False, include_usage=False), asks_usage=True)
    assert request["tools"][0]["function"]["strict"] is True
    assert "stream_options" in request
    assert made == {
        "messages": request["messages"],
        "tools": [{"type": "function", "function": {"name": "t"}}],
    }


def test_calls_that_are_refused_at_once_all_go_on_without_stream_options() -> None:
    refusal = {"error": {"message": "Unsupported parameter: stream_options"}}
    came, have_all_come = itertools.count(1), asyncio.Event()

    async def until_all_have_come(_: float) -> None:
        if next(came) == 4:
            have_all_come.set()
        await have_all_come.wait()

    async def read(team: Team) -> object:
        return [event async for event in team.stream("Hello!")][-1]

    async def go(base_url: str) -> None:
        async with Team(solo(), Settings.local(base_url)) as team:
            ends = await asyncio.gather(*(read(team) for _ in range(4)))
        assert all(isinstance(end, RunFinished) for end in ends)

    refused = Rule(Fail(400, refusal), pace=Pace(delay_s=1.0), times=4)
    with LocalGateway(sleep=until_all_have_come, script=[refused, Rule(Say("Hello."))]) as running:
        asyncio.run(go(running.base_url))
        assert len(running.calls) == 8


def test_a_refusal_of_stream_options_is_learned_even_from_the_only_attempt(gateway: LocalGateway) -> None:
    refusal = {"error": {"message": "Unsupported parameter: stream_options"}}
    gateway.script([Rule(Fail(400, refusal), times=1), Rule(Say("Hello."))])

    async def go() -> None:
        once = RetryPolicy(attempts=1)
        async with Team(solo(), Settings.local(gateway.base_url), policy=once) as team:
            with pytest.raises(BadRequestError):
                _ = [event async for event in team.stream("Hello!")]
            events = [event async for event in team.stream("Hello!")]
            assert isinstance(events[-1], RunFinished)

    asyncio.run(go())
    bodies: list[Any] = [call.body for call in gateway.calls]
    assert ["stream_options" in body for body in bodies] == [True, False]
