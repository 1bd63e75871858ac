"""Handoffs at work: arguments, what the next agent sees, and control that comes back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from agents import RunConfig, Runner

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say, Tool, Use, When
from agents_sahara.errors import LimitError, SaharaError, UnusableAnswerError
from agents_sahara.events import (
    AgentStarted,
    HandedOff,
    RunEvent,
    RunFinished,
    RunResult,
    TextDelta,
    ToolCalled,
)
from agents_sahara.graph.values import AgentGraph, HandoffEdge
from agents_sahara.types import Budget, JsonObject
from tests.teams import edge, graph, node
from tests.test_runner.runs import events_of, team_on
from tests.wellformed import problems

WAYS = pytest.mark.parametrize("way", ["run", "stream"])
ORDER: JsonObject = {"type": "object", "required": ["order"], "properties": {"order": {"type": "integer"}}}
QUESTION = "Where is order 7?"


@pytest.fixture
def gateway() -> Iterator[LocalGateway]:
    with LocalGateway() as running:
        yield running


def at(key: str) -> When:
    return When(system=f"the {key} desk")


def to(target: str, text: str | None = None, **arguments: Any) -> Use:
    return Use((Tool(f"transfer_to_{target}", arguments),), text)


def full(target: str, **fields: Any) -> HandoffEdge:
    return replace(edge(target), **fields)


def play(
    gateway: LocalGateway, rules: Iterable[Rule], made: AgentGraph, way: str = "run", **options: Any
) -> tuple[RunResult | SaharaError, list[Any], list[RunEvent]]:
    """What a run gave, what was sent (each of it well formed), and its events."""
    gateway.script(rules)

    async def go() -> tuple[RunResult | SaharaError, list[RunEvent]]:
        async with team_on(gateway, made) as team:
            if way == "stream":
                seen, failure = await events_of(team, QUESTION, **options)
                last = seen[-1]
                return (last.result if isinstance(last, RunFinished) else failure or SaharaError("")), seen
            try:
                return await team.run(QUESTION, **options), []
            except SaharaError as error:
                return error, []

    gave, seen = asyncio.run(go())
    bodies: list[Any] = [call.body for call in gateway.calls]
    assert [problems(body) for body in bodies] == [[]] * len(bodies)
    return gave, bodies, seen


def result(gave: RunResult | SaharaError) -> RunResult:
    assert isinstance(gave, RunResult), gave
    return gave


RETURNING = graph(node("front", full("orders", returns=True)), node("orders"))


@WAYS
def test_the_answer_and_control_come_back(gateway: LocalGateway, way: str) -> None:
    rules = [
        Rule(to("orders", "One moment."), at("front"), times=1),
        Rule(Say("It is lost."), at("orders")),
        Rule(Say("I am sorry: it is lost."), at("front")),
    ]
    gave, bodies, seen = play(gateway, rules, RETURNING, way)
    done = result(gave)
    assert (done.output, done.path, done.last_agent) == (
        "I am sorry: it is lost.",
        ("front", "orders", "front"),
        "front",
    )
    assert [attempt.agent for attempt in done.attempts] == ["front", "orders", "front"]
    assert "tools" not in bodies[1]
    asked, answered = bodies[2]["messages"][-2:]
    assert asked["tool_calls"][0]["function"]["name"] == "transfer_to_orders"
    assert answered["content"] == "It is lost."
    assert [tool["function"]["name"] for tool in bodies[2]["tools"]] == ["transfer_to_orders"]
    if way == "stream":
        moves = [event for event in seen if isinstance(event, HandedOff | AgentStarted)]
        assert moves == [
            AgentStarted("front"),
            HandedOff("front", "orders"),
            AgentStarted("orders"),
            HandedOff("orders", "front", answer="It is lost."),
            AgentStarted("front"),
        ]
        shown = [(event.agent, event.text) for event in seen if isinstance(event, TextDelta)]
        assert {agent for agent, _ in shown} == {"front"}
        assert "".join(text for _, text in shown) == "One moment.I am sorry: it is lost."


@WAYS
def test_it_may_be_asked_again_and_the_budget_counts(gateway: LocalGateway, way: str) -> None:
    rules = [Rule(to("orders"), at("front")), Rule(Say("Lost."), at("orders"))]
    made = replace(RETURNING, budget=Budget(handoffs_per_edge=2))
    gave, bodies, _ = play(gateway, rules, made, way)
    assert isinstance(gave, LimitError)
    assert gave.limit == "handoffs_per_edge"
    assert len(bodies) == 5


@WAYS
def test_returns_are_nested_and_whoever_ends_the_talk_answers(gateway: LocalGateway, way: str) -> None:
    made = graph(
        node("front", full("orders", returns=True)),
        node("orders", full("stock", returns=True), edge("billing")),
        node("stock"),
        node("billing"),
    )
    rules = [
        Rule(to("orders"), at("front"), times=1),
        Rule(to("stock"), at("orders"), times=1),
        Rule(Say("None left."), at("stock")),
        Rule(to("billing"), at("orders"), times=1),
        Rule(Say("Refunded."), at("billing")),
        Rule(Say("You get it back."), at("front")),
    ]
    gave, bodies, _ = play(gateway, rules, made, way)
    assert result(gave).path == ("front", "orders", "stock", "orders", "billing", "front")
    assert bodies[3]["messages"][-1]["content"] == "None left."
    assert bodies[5]["messages"][-1]["content"] == "Refunded."
    assert [message["role"] for message in bodies[5]["messages"]] == ["system", "user", "assistant", "tool"]


def test_an_agent_that_hands_back_by_itself_is_not_waited_for(gateway: LocalGateway) -> None:
    made = graph(node("front", full("orders", returns=True)), node("orders", edge("front")))
    rules = [
        Rule(to("orders"), at("front"), times=1),
        Rule(to("front"), at("orders")),
        Rule(Say("Done."), at("front")),
    ]
    gave, bodies, _ = play(gateway, rules, made)
    assert result(gave).path == ("front", "orders", "front")
    assert len(bodies) == 3


def test_outside_of_such_a_talk_the_agent_answers_the_user(gateway: LocalGateway) -> None:
    gave, bodies, seen = play(gateway, [Rule(Say("Lost."))], RETURNING, "stream", agent="orders")
    assert (result(gave).output, result(gave).path) == ("Lost.", ("orders",))
    assert "".join(event.text for event in seen if isinstance(event, TextDelta)) == "Lost."
    assert "tools" not in bodies[0]


@WAYS
def test_the_last_answer_of_a_budget_goes_to_the_user(gateway: LocalGateway, way: str) -> None:
    made = replace(RETURNING, budget=Budget(turns=1, on_exceed="wrap_up"))
    rules = [Rule(to("orders"), at("front")), Rule(Say("What I know."), at("orders"))]
    gave, _, _ = play(gateway, rules, made, way)
    assert (result(gave).output, result(gave).path) == ("What I know.", ("front", "orders"))


def test_a_model_cannot_give_control_back_by_itself(gateway: LocalGateway) -> None:
    stray = Use((Tool("hand_back_to_caller", {"agent": "front"}),))
    gave, bodies, _ = play(gateway, [Rule(stray)], RETURNING, agent="orders")
    assert isinstance(gave, UnusableAnswerError)
    assert "a tool that was not offered" in gave.message
    assert len(bodies) == 3


@WAYS
def test_an_answer_with_a_schema_comes_back_as_its_json(gateway: LocalGateway, way: str) -> None:
    shape: JsonObject = {
        "type": "object",
        "required": ["status"],
        "properties": {"status": {"const": "lost"}},
    }
    made = graph(node("front", full("orders", returns=True)), replace(node("orders"), output=shape))
    rules = [
        Rule(to("orders"), at("front"), times=1),
        Rule(Say("Lost."), at("orders"), times=1),
        Rule(Say('```json\n{"status": "lost"}\n```'), at("orders")),
        Rule(Say("Lost, sorry."), at("front")),
    ]
    gave, bodies, _ = play(gateway, rules, made, way)
    assert result(gave).output == "Lost, sorry."
    assert bodies[-1]["messages"][-1]["content"] == '{"status": "lost"}'


@WAYS
def test_a_stream_of_such_an_agent_that_breaks_is_asked_for_again(gateway: LocalGateway, way: str) -> None:
    rules = [
        Rule(to("orders"), at("front"), times=1),
        Rule(Fail(500), at("orders"), times=1),
        Rule(Say("Lost."), at("orders")),
        Rule(Say("Sorry."), at("front")),
    ]
    assert result(play(gateway, rules, RETURNING, way)[0]).output == "Sorry."


WITH_INPUT = graph(node("front", full("orders", input=ORDER)), node("orders"))


@WAYS
def test_what_a_model_hands_over_with_reaches_the_next_agent(gateway: LocalGateway, way: str) -> None:
    rules = [Rule(to("orders", order=7), at("front")), Rule(Say("Lost."))]
    gave, bodies, seen = play(gateway, rules, WITH_INPUT, way)
    assert result(gave).output == "Lost."
    function = bodies[0]["tools"][0]["function"]
    assert (function["parameters"], function["strict"]) == (ORDER, False)
    assert json.loads(bodies[1]["messages"][-1]["content"]) == {"assistant": "orders", "input": {"order": 7}}
    if way == "stream":
        assert HandedOff("front", "orders", {"order": 7}) in seen


@WAYS
@pytest.mark.parametrize("arguments", ['{"order": "seven"}', "{}", '{"order": 1e999}'])
def test_wrong_arguments_go_back_to_the_model(gateway: LocalGateway, way: str, arguments: str) -> None:
    wrong = Use((Tool("transfer_to_orders", arguments),))
    rules = [
        Rule(wrong, at("front"), times=1),
        Rule(to("orders", order=7), at("front")),
        Rule(Say("Lost."), at("orders")),
    ]
    gave, bodies, seen = play(gateway, rules, WITH_INPUT, way)
    assert (result(gave).output, result(gave).path) == ("Lost.", ("front", "orders"))
    assert bodies[1]["messages"][-1]["role"] == "tool"
    assert "The handoff was not made: its arguments do not fit" in bodies[1]["messages"][-1]["content"]
    if way == "stream":
        assert [event for event in seen if isinstance(event, HandedOff)] == [
            HandedOff("front", "orders", {"order": 7})
        ]
        assert ToolCalled("front", "transfer_to_orders", arguments) in seen


def test_a_model_that_never_learns_is_stopped(gateway: LocalGateway) -> None:
    made = replace(WITH_INPUT, budget=Budget(handoffs_per_edge=3))
    gave, bodies, _ = play(gateway, [Rule(to("orders"))], made)
    assert isinstance(gave, LimitError)
    assert len(bodies) == 4


def test_a_budget_that_hands_over_needs_no_arguments(gateway: LocalGateway) -> None:
    made = graph(
        node("front", full("orders", input=ORDER, returns=True), edge("other")), node("orders"), node("other")
    )
    made = replace(made, budget=Budget(turns=1, on_exceed="handoff", handoff_to="orders"))
    rules = [
        Rule(to("other"), at("front")),
        Rule(to("front"), at("other")),
        Rule(Say("What is known."), at("orders")),
    ]
    gave, _, _ = play(gateway, rules, made, agent="front")
    assert result(gave).output == "What is known."


MODES = {
    "full": ["system", "user", "assistant", "tool", "assistant", "tool"],
    "no_tools": ["system", "user", "assistant", "user"],
    "summary": ["system", "user", "user"],
    "last_message": ["system", "user"],
}


@WAYS
@pytest.mark.parametrize("mode", MODES)
def test_the_next_agent_sees_what_the_handoff_lets_through(
    gateway: LocalGateway, way: str, mode: Any
) -> None:
    made = graph(node("front", full("orders", history=mode)), node("orders"))
    rules = [
        Rule(Use((Tool("no_such"),), "Let me see."), at("front"), times=1),
        Rule(to("orders", "One moment."), at("front")),
        Rule(Say("Lost.")),
    ]
    gave, bodies, _ = play(gateway, rules, made, way)
    assert result(gave).output == "Lost."
    assert [message["role"] for message in bodies[-1]["messages"]] == MODES[mode]


def test_a_later_agent_sees_no_more_than_the_one_before(gateway: LocalGateway) -> None:
    made = graph(
        node("front", full("orders", history="last_message")),
        node("orders", edge("billing")),
        node("billing"),
    )
    rules = [
        Rule(Use((Tool("no_such"),), "Secret."), at("front"), times=1),
        Rule(to("orders"), at("front")),
        Rule(to("billing"), at("orders")),
        Rule(Say("Paid.")),
    ]
    _, bodies, _ = play(gateway, rules, made)
    assert "Secret" not in json.dumps(bodies[-1])
    assert [message["role"] for message in bodies[-1]["messages"]] == ["system", "user", "assistant", "tool"]


def test_a_provider_that_refuses_tool_history_is_asked_without_it_from_then_on(gateway: LocalGateway) -> None:
    """Bedrock's words: pydantic-ai issue 1966, litellm issue 40735 (checked 2026-11-28)."""
    said = "The toolConfig field must be defined when using toolUse and toolResult content blocks."
    made = graph(node("front", edge("orders")), node("orders"))
    refusal = Rule(Fail(400, {"message": said}), at("orders"), times=1)
    rules = [Rule(to("orders", "One moment."), at("front")), refusal, Rule(Say("Lost."))]
    gateway.script(rules)

    async def go() -> None:
        async with team_on(gateway, made) as team:
            for _ in range(2):
                assert (await team.run(QUESTION)).output == "Lost."

    asyncio.run(go())
    bodies: list[Any] = [call.body for call in gateway.calls]
    assert [[message["role"] for message in body["messages"]] for body in bodies] == [
        ["system", "user"],
        ["system", "user", "assistant", "tool"],
        ["system", "user"],
        ["system", "user"],
        ["system", "user"],
    ]


def test_text_beside_a_handoff_and_several_handoffs_stay_well_formed(gateway: LocalGateway) -> None:
    made = graph(
        node("front", full("orders", returns=True), full("billing", history="summary")),
        node("orders"),
        node("billing"),
    )
    both = Use((Tool("transfer_to_orders"), Tool("transfer_to_billing"), Tool("no_such")), "Let me ask.")
    rules = [
        Rule(both, at("front"), times=1),
        Rule(Say("Lost."), at("orders")),
        Rule(to("billing"), at("front")),
        Rule(Say("Paid.")),
    ]
    gave, bodies, _ = play(gateway, rules, made)
    assert (result(gave).output, result(gave).path) == ("Paid.", ("front", "orders", "front", "billing"))
    assert [message["role"] for message in bodies[-1]["messages"]] == ["system", "user", "user"]


def test_reasoning_never_stands_alone_after_a_handoff(gateway: LocalGateway) -> None:
    """openai-agents issue 2503: reasoning without the item that follows it is refused."""
    made = graph(node("front", full("orders", history="summary")), node("orders"))
    rules = [Rule(to("orders"), at("front")), Rule(Say("Lost."))]
    _, bodies, _ = play(gateway, rules, made)
    assert all(
        set(message) <= {"role", "content", "tool_calls", "tool_call_id"}
        for message in bodies[-1]["messages"]
    )


def test_the_sdk_underneath_makes_the_same_moves(gateway: LocalGateway) -> None:
    gateway.script([
        Rule(to("orders"), at("front"), times=1), Rule(Say("Lost."), at("orders")), Rule(Say("Sorry."), at("front")),
    ])  # fmt: skip

    async def go() -> object:
        async with team_on(gateway, RETURNING) as team:
            config = RunConfig(tracing_disabled=True)
            return (await Runner.run(team.agents["front"], QUESTION, run_config=config)).final_output

    assert asyncio.run(go()) == "Sorry."


def test_a_plain_team_sends_what_the_sdk_would_send(gateway: LocalGateway) -> None:
    made = graph(node("front", edge("orders")), node("orders"))
    _, bodies, _ = play(gateway, [Rule(to("orders"), at("front")), Rule(Say("Lost."))], made)
    assert bodies[1]["messages"][-1]["content"] == '{"assistant": "orders"}'


def test_many_runs_at_once_keep_their_answers_apart(gateway: LocalGateway) -> None:
    made = graph(node("front", full("orders", returns=True, input=ORDER)), node("orders"))
    rules = [
        Rule(to("orders", order=n), When(system="the front desk", message=f"^{n}$", turn=1))
        for n in range(20)
    ]
    rules += [Rule(Say(f"{n} is lost."), When(system="the orders desk", message=f"^{n}$")) for n in range(20)]
    rules += [Rule(Say(f"Sorry about {n}."), When(message=f"^{n}$")) for n in range(20)]
    gateway.script(rules)

    async def go() -> list[RunResult]:
        async with team_on(gateway, made) as team:
            return await asyncio.gather(*(team.run(str(n)) for n in range(20)))

    assert [one.output for one in asyncio.run(go())] == [f"Sorry about {n}." for n in range(20)]
    for call in gateway.calls:
        body: Any = call.body
        assert not problems(body)
        number = next(message["content"] for message in body["messages"] if message["role"] == "user")
        if body["messages"][-1]["content"].endswith("is lost."):
            assert body["messages"][-1]["content"] == f"{number} is lost."
