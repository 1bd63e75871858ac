"""Runs of whole teams against the local gateway, through the public door of a team."""

from __future__ import annotations

import asyncio
import dataclasses
from decimal import Decimal
from typing import Any

import agents
import pytest
from agents import tracing

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say, Tool, Use, When
from agents_sahara.errors import (
    LimitError,
    SaharaError,
    ServerError,
    UsageError,
)
from agents_sahara.events import (
    RunFailed,
    RunFinished,
    ToolCalled,
    ToolReturned,
)
from agents_sahara.graph.values import AgentGraph
from agents_sahara.runner.team import Team
from agents_sahara.types import Price
from tests.leftovers import nothing_left
from tests.teams import edge, graph, node, solo, triage
from tests.test_runner.runs import events_of, team_on


def test_the_documented_example_hands_off_and_answers_in_spanish(gateway: LocalGateway) -> None:
    """Sahara API documentation, "Multi-Agent Integration (OpenAI Agents SDK)"."""

    async def go() -> None:
        async with team_on(gateway, triage()) as team:
            result = await team.run("Hola, ¿Cómo te llamas?")
            assert "James" in result.output
            assert result.path == ("triage", "spanish")
            assert result.last_agent == "spanish"
            assert result.simulated is True
            assert [(a.agent, a.provider, a.model, a.outcome) for a in result.attempts] == [
                ("triage", "openai", "gpt-4o", "answered"),
                ("spanish", "together", "deepseek-ai/DeepSeek-V3", "answered"),
            ]
            assert result.usage.requests == 2
            assert set(result.usage.by_agent) == {"triage", "spanish"}
            assert set(result.usage.by_provider) == {"openai", "together"}
            assert set(result.usage.by_model) == {"gpt-4o", "deepseek-ai/DeepSeek-V3"}
            assert result.usage.total_tokens == sum(t.total_tokens for t in result.usage.by_agent.values())
            assert "Jesse" in (await team.run("Hi, what is your name?")).output
            await nothing_left()
        assert [call.provider for call in gateway.calls[:2]] == ["openai", "together"]

    asyncio.run(go())


def test_cost_is_known_only_when_every_price_is(gateway: LocalGateway) -> None:
    price = Price(Decimal("2.50"), Decimal(10))

    async def cost(made: AgentGraph) -> tuple[Decimal | None, Decimal | None]:
        async with team_on(gateway, made) as team:
            result = await team.run("Hello!")
        usage = result.usage
        return result.cost_usd, (
            price.input * usage.input_tokens + price.output * usage.output_tokens
        ) / 1_000_000

    priced, expected = asyncio.run(cost(solo(price=price)))
    assert priced == expected
    assert asyncio.run(cost(solo()))[0] is None


def test_control_may_move_several_times_and_in_a_circle(gateway: LocalGateway) -> None:
    made = graph(node("a", edge("b")), node("b", edge("c")), node("c", edge("a"), edge("c")))
    gateway.script([
        Rule(Use((Tool("transfer_to_b"),)), When(system="the a desk"), times=1),
        Rule(Use((Tool("transfer_to_c"),)), When(system="the b desk"), times=1),
        Rule(Use((Tool("transfer_to_a"),)), When(system="the c desk"), times=1),
        Rule(Say("Back at a.")),
    ])  # fmt: skip

    async def go() -> None:
        async with team_on(gateway, made) as team:
            result = await team.run("go")
        assert result.path == ("a", "b", "c", "a")
        assert result.output == "Back at a."

    asyncio.run(go())


def test_agents_that_share_a_name_are_told_apart(gateway: LocalGateway) -> None:
    first, second = node("a", edge("b")), node("b")
    made = graph(first, dataclasses.replace(second, name="a"))
    gateway.script([Rule(Use((Tool("transfer_to_b"),)), times=1), Rule(Say("From b."))])

    async def go() -> None:
        async with team_on(gateway, made) as team:
            assert (await team.run("go")).path == ("a", "b")

    asyncio.run(go())


def test_a_run_that_never_ends_stops_at_its_turns(gateway: LocalGateway) -> None:
    made = graph(node("a", edge("b")), node("b", edge("a")))
    gateway.script([
        Rule(Use((Tool("transfer_to_b"),)), When(system="the a desk")),
        Rule(Use((Tool("transfer_to_a"),)), When(system="the b desk")),
    ])  # fmt: skip

    async def go() -> None:
        async with team_on(gateway, made) as team:
            for turns in (1, 5):
                before = len(gateway.calls)
                with pytest.raises(LimitError) as caught:
                    await team.run("go", max_turns=turns)
                assert len(gateway.calls) - before == turns
                assert caught.value.exit_code == 5
                assert f"{turns} of {turns} turns used" in caught.value.message
                events, error = await events_of(team, "go", max_turns=turns)
                assert isinstance(error, LimitError)
                assert events[-1] == RunFailed(error)
            before = len(gateway.calls)
            with pytest.raises(LimitError):
                await team.run("go")
            assert len(gateway.calls) - before == 20

    asyncio.run(go())


def test_an_unknown_tool_goes_back_to_the_model(gateway: LocalGateway) -> None:
    def spoil() -> None:
        gateway.script(
            [Rule(Use((Tool("no_such_tool", {"x": 1}),)), times=1), Rule(Say("Sorry, I meant hello."))]
        )

    async def go() -> None:
        async with team_on(gateway, triage()) as team:
            spoil()
            result = await team.run("go")
            assert result.output == "Sorry, I meant hello."
            assert [(call.agent, call.tool, call.outcome, call.error) for call in result.tool_calls] == [
                ("triage", "no_such_tool", "failed", "the agent has no such tool")
            ]
            spoil()
            events, error = await events_of(team, "go")
        assert error is None
        assert [event for event in events if isinstance(event, ToolCalled | ToolReturned)] == [
            ToolCalled("triage", "no_such_tool", '{"x":1}'),
            ToolReturned("triage", "no_such_tool", "the agent has no such tool"),
        ]

    asyncio.run(go())


@pytest.mark.parametrize("way", ["run", "stream"])
def test_a_provider_that_numbers_every_answers_calls_alike_is_understood(
    gateway: LocalGateway, way: str
) -> None:
    """The SDK refuses an id that was used before in the run."""
    made = graph(node("a", edge("b")), node("b", edge("a")))
    gateway.script([
        Rule(Use((Tool("transfer_to_b", id="call_0"),)), When(system="the a desk"), times=1),
        Rule(Use((Tool("no_such", id="call_0"), Tool("transfer_to_a", id="call_0"))), When(system="the b desk")),
        Rule(Say("Back at a.")),
    ])  # fmt: skip

    async def go() -> None:
        async with team_on(gateway, made) as team:
            if way == "run":
                assert (await team.run("go")).path == ("a", "b", "a")
            else:
                events, error = await events_of(team, "go")
                assert error is None
                assert isinstance(events[-1], RunFinished)
                assert events[-1].result.path == ("a", "b", "a")

    asyncio.run(go())


def test_a_handoff_that_is_not_enabled_is_not_offered(gateway: LocalGateway) -> None:
    made = graph(node("a", edge("b", enabled=False), edge("c")), node("b"), node("c"))

    async def go() -> None:
        async with team_on(gateway, made) as team:
            await team.run("Hello!")

    asyncio.run(go())
    body: Any = gateway.calls[0].body
    assert [tool["function"]["name"] for tool in body["tools"]] == ["transfer_to_c"]


def test_a_failure_names_the_agent_and_is_the_same_in_both_ways(gateway: LocalGateway) -> None:
    gateway.script([Rule(Use((Tool("transfer_to_spanish"),)), When(provider="openai")), Rule(Fail(500))])

    async def go() -> None:
        async with team_on(gateway, triage()) as team:
            with pytest.raises(ServerError) as caught:
                await team.run("go")
            events, error = await events_of(team, "go")
            await nothing_left()
        assert caught.value.agent == "spanish"
        assert caught.value.provider == "together"
        assert isinstance(error, ServerError)
        assert _without_seconds(error.to_json()) == _without_seconds(caught.value.to_json())
        assert events[-1] == RunFailed(error)

    asyncio.run(go())


def _without_seconds(error: Any) -> Any:
    return error | {"attempts": [attempt | {"seconds": 0} for attempt in error["attempts"]]}


@pytest.mark.parametrize(
    ("message", "options", "kind"),
    [
        ("", {}, UsageError),
        ("  \n", {}, UsageError),
        ([], {}, UsageError),
        (5, {}, UsageError),
        (None, {}, UsageError),
        (b"hi", {}, UsageError),
        ("half \ud800", {}, UsageError),
        ([{"role": "user", "content": "half \ud800"}], {}, UsageError),
        ([{"role": "user", "content": [{"type": "input_text", "text": "half \ud800"}]}], {}, UsageError),
        (["hi"], {}, UsageError),
        ([{"role": "user"}], {}, UsageError),
        ([{"role": "user", "content": None}], {}, UsageError),
        ([{"role": "user", "content": [5]}], {}, UsageError),
        ([{"role": "robot", "content": "hi"}], {}, UsageError),
        ([{"role": [], "content": "hi"}], {}, UsageError),
        ([{"type": "no_such"}], {}, UsageError),
        ("hi", {"agent": "nobody"}, UsageError),
        ("hi", {"max_turns": 0}, UsageError),
        ("hi", {"max_turns": "3"}, UsageError),
        ("hi", {"max_turns": 1.5}, UsageError),
        ("hi", {"session": ""}, UsageError),
        ("hi", {"session": 42}, UsageError),
        ("hi", {"session": "x" * 1025}, UsageError),
        ("hi", {"session": "half \ud800"}, UsageError),
        ("hi", {"session": "line\nbreak"}, UsageError),
        ("hi", {"session": "a", "owner": " "}, UsageError),
        ("hi", {"session": "a", "message_id": ""}, UsageError),
        ("hi", {"owner": "tenant"}, UsageError),
        ("hi", {"message_id": "update-77"}, UsageError),
    ],
)
def test_a_call_that_cannot_be_meant_is_refused(
    gateway: LocalGateway, message: Any, options: dict[str, Any], kind: type[SaharaError]
) -> None:
    async def go() -> None:
        async with team_on(gateway, solo()) as team:
            with pytest.raises(kind) as caught:
                await team.run(message, **options)
            assert caught.value.exit_code == 2
            with pytest.raises(kind):
                team.stream(message, **options)

    asyncio.run(go())
    assert gateway.calls == []


def test_a_run_may_start_at_any_agent_and_with_a_conversation(gateway: LocalGateway) -> None:
    async def go() -> None:
        async with team_on(gateway, triage()) as team:
            assert (await team.run("Hello!", agent="english")).path == ("english",)
            earlier = [
                {"role": "user", "content": "Hola"},
                {"role": "assistant", "content": "¡Hola!"},
                {"role": "user", "content": "¿Cómo te llamas?"},
            ]
            assert "James" in (await team.run(earlier)).output

    asyncio.run(go())


def test_nothing_of_the_sdk_is_changed_for_others(
    gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-trap")
    exported: list[object] = []

    class Spy(tracing.TracingProcessor):
        def on_trace_start(self, trace: Any) -> None:
            exported.append(trace)

        def on_trace_end(self, trace: Any) -> None:
            exported.append(trace)

        def on_span_start(self, span: Any) -> None:
            exported.append(span)

        def on_span_end(self, span: Any) -> None:
            exported.append(span)

        def shutdown(self) -> None:
            return None

        def force_flush(self) -> None:
            return None

    agents.set_trace_processors([Spy()])
    try:
        with _closing(team_on(gateway, triage())) as team:
            team.run_sync("Hola")
    finally:
        agents.set_trace_processors([])
    assert exported == []


class _closing:  # noqa: N801
    """A team for code that is not async."""

    def __init__(self, team: Team) -> None:
        self._team = team

    def __enter__(self) -> Team:
        return self._team

    def __exit__(self, *_: object) -> None:
        self._team.close()


def test_many_runs_at_once_never_mix(gateway: LocalGateway) -> None:
    async def go() -> None:
        async with team_on(gateway, triage()) as team:
            asked = ["Hola, ¿Cómo te llamas?", "Hello, what is your name?"] * 25
            results = await asyncio.gather(*(team.run(message) for message in asked))
        for place, result in enumerate(results):
            assert ("James" if place % 2 == 0 else "Jesse") in result.output
            assert result.usage.requests == 2
            assert len(result.attempts) == 2
        assert len({result.trace_id for result in results}) == 50

    asyncio.run(go())
