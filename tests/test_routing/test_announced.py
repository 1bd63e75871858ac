"""A handoff that a model announces in words: told conservatively, asked for once, and never invented."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say, Tool, Use, When
from agents_sahara.errors import MisfitError, SaharaError
from agents_sahara.events import AttemptFailed, RunEvent, RunFinished, RunResult, TextDelta
from agents_sahara.graph.values import AgentGraph
from agents_sahara.routing.announced import announced, may_become_call
from agents_sahara.types import Budget, JsonObject
from tests.teams import edge, graph, node, solo
from tests.test_runner.runs import events_of, team_on
from tests.wellformed import problems

WAYS = {
    "transfer_to_billing": ("billing", "Billing desk"),
    "transfer_to_orders": ("orders", "Orders"),
    "go": ("gopher", "Gopher"),
}


@pytest.mark.parametrize(
    "text",
    [
        "transfer_to_billing",
        "transfer_to_billing()",
        "`transfer_to_billing()`",
        "functions.transfer_to_billing({})",
        'transfer_to_billing({"order": 7})',
        '{"name": "transfer_to_billing", "arguments": {}}',
        '```json\n{"name": "transfer_to_billing", "parameters": {"name": "Ana"}}\n```',
        '[{"type": "function", "function": {"name": "transfer_to_billing", "arguments": "{}"}}]',
        '{"tool_calls": [{"function": {"name": "transfer_to_billing"}}]}',
        '<tool_call>\n{"name": "transfer_to_billing", "arguments": {}}\n</tool_call>',
        '[TOOL_CALLS] [{"name": "transfer_to_billing", "arguments": {}}]',
        '<|python_tag|>{"name": "transfer_to_billing"}',
        '<think>They want money.</think>{"action": "transfer_to_billing"}',
        '{"assistant": "Billing desk"}',
        '{"handoff": "billing"}',
    ],
)
def test_a_call_that_is_written_out_is_told_in_any_language(text: str) -> None:
    assert announced(text, WAYS) == ("transfer_to_billing", True)


@pytest.mark.parametrize(
    "text",
    [
        "Un momento, le paso con facturación (transfer_to_billing).",
        "正在为您转接 transfer_to_billing",
        "I'll use the transfer_to_billing tool now.",
        "I'll transfer you to billing now.",
        "I\u2019ll transfer you to our Billing desk.",
        "I am handing you over to the billing team. One moment!",
        "Sure! Let me connect you with Billing.",
        "We will forward your request to billing.",
        "I'm transferring you to billing now",
    ],
)
def test_an_announcement_is_told_by_the_tool_or_by_a_short_plain_sentence(text: str) -> None:
    assert announced(text, WAYS) == ("transfer_to_billing", False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Your order is lost.",
        "Our billing desk is open from 9 to 5.",
        "Shall I transfer you to billing?",
        "I can transfer you to billing if you like.",
        "If you want, I will transfer you to billing.",
        "I will transfer you to billing or to orders.",
        "I will transfer 20 dollars to billing.",
        "I'll transfer the file to the archive.",
        "I won't transfer you to billing.",
        "I have two tools: transfer_to_billing and transfer_to_orders.",
        "Let me go through it: you may go to the desk.",
        "go",
        '{"status": "lost"}',
        '{"name": "Ana", "text": "transfer"}',
        '{"arguments": {"name": "transfer_to_nobody"}}',
        "You asked about transfer_to_billing. " + "It is a long story. " * 100,
        "I'll transfer you to sales.",
    ],
)
def test_an_ordinary_answer_is_left_alone(text: str) -> None:
    assert announced(text, WAYS) is None


def test_a_tool_that_is_called_like_a_word_must_be_called_like_a_tool() -> None:
    assert announced("go()", WAYS) == ("go", True)
    assert announced('{"name": "go"}', WAYS) == ("go", True)


@pytest.mark.parametrize(
    ("begun", "may"),
    [("", True), ("{", True), ("`", True), ("tran", True), ("transfer_to_orders(", True), ("<tool", True),
     ("Hello", False), ("transfers", False), ("{" * 400, False)],
)  # fmt: skip
def test_only_what_may_become_a_call_waits(begun: str, may: bool) -> None:
    assert may_become_call(begun, WAYS) is may


MADE = graph(node("front", edge("billing"), edge("orders")), node("billing"), node("orders"))
WAY = pytest.mark.parametrize("way", ["run", "stream"])
SAID = "I'll transfer you to billing now."
CALL = Use((Tool("transfer_to_billing"),))
HERE = When(system="the front desk")


@pytest.fixture
def gateway() -> Iterator[LocalGateway]:
    with LocalGateway() as running:
        yield running


def play(
    gateway: LocalGateway, rules: Iterable[Rule], way: str, made: AgentGraph = MADE
) -> tuple[RunResult | SaharaError, list[Any], list[RunEvent]]:
    gateway.script(rules)

    async def go() -> tuple[RunResult | SaharaError, list[RunEvent]]:
        async with team_on(gateway, made) as team:
            if way == "stream":
                seen, failure = await events_of(team, "My money!")
                last = seen[-1]
                return (last.result if isinstance(last, RunFinished) else failure or SaharaError("")), seen
            try:
                return await team.run("My money!"), []
            except SaharaError as error:
                return error, []

    gave, seen = asyncio.run(go())
    bodies: list[Any] = [call.body for call in gateway.calls]
    assert [problems(body) for body in bodies] == [[]] * len(bodies)
    return gave, bodies, seen


def result(gave: RunResult | SaharaError) -> RunResult:
    assert isinstance(gave, RunResult), gave
    return gave


def shown(seen: list[RunEvent]) -> str:
    return "".join(event.text for event in seen if isinstance(event, TextDelta))


@WAY
def test_what_was_announced_is_made_once_the_model_is_asked(gateway: LocalGateway, way: str) -> None:
    rules = [Rule(Say(SAID), HERE, times=1), Rule(CALL, HERE), Rule(Say("Refunded."))]
    gave, bodies, seen = play(gateway, rules, way)
    done = result(gave)
    assert (done.output, done.path) == ("Refunded.", ("front", "billing"))
    assert [one.error for one in done.attempts] == ["handoff_in_words", None, None]
    asked = bodies[1]["messages"]
    assert asked[-2] == {"role": "assistant", "content": SAID}
    assert "call the tool now" in asked[-1]["content"]
    assert "tool_choice" not in bodies[1]
    handed = bodies[2]["messages"]
    assert [message["role"] for message in handed] == ["system", "user", "assistant", "tool"]
    assert handed[2]["content"] == SAID
    if way == "stream":
        assert shown(seen) == SAID + "Refunded."
        failed = [event for event in seen if isinstance(event, AttemptFailed)]
        assert [(event.attempt.error, event.retry_in_s) for event in failed] == [("handoff_in_words", 0.0)]


@WAY
def test_a_call_that_was_written_out_is_shown_to_nobody(gateway: LocalGateway, way: str) -> None:
    spelt = Say('{"name": "transfer_to_billing", "arguments": {}}')
    rules = [Rule(spelt, HERE, times=1), Rule(Use(CALL.tools, "Right."), HERE), Rule(Say("Refunded."))]
    gave, bodies, seen = play(gateway, rules, way)
    assert result(gave).path == ("front", "billing")
    assert not bodies[2]["messages"][2].get("content")
    if way == "stream":
        assert shown(seen) == "Refunded."


@WAY
@pytest.mark.parametrize(
    "second", [Say("NO"), Use((Tool("no_such"),)), Fail(400, {"message": "no"}), Fail(503)]
)
def test_where_it_was_not_meant_the_answer_stands(gateway: LocalGateway, way: str, second: Any) -> None:
    text = "The tool is called transfer_to_billing."
    gave, bodies, seen = play(gateway, [Rule(Say(text), HERE, times=1), Rule(second)], way)
    assert (result(gave).output, result(gave).path) == (text, ("front",))
    assert len(bodies) == 2
    if way == "stream":
        assert shown(seen) == text


@WAY
def test_it_is_asked_once_in_a_turn(gateway: LocalGateway, way: str) -> None:
    gave, bodies, _ = play(gateway, [Rule(Say(SAID))], way)
    assert result(gave).output == SAID
    assert len(bodies) == 2


@WAY
def test_an_ordinary_answer_costs_no_question(gateway: LocalGateway, way: str) -> None:
    text = "Our billing desk can help you. Shall I transfer you to billing?"
    gave, bodies, seen = play(gateway, [Rule(Say(text))], way)
    assert result(gave).output == text
    assert len(bodies) == 1
    assert way == "run" or len([event for event in seen if isinstance(event, TextDelta)]) > 3


def test_an_agent_without_handoffs_is_never_asked(gateway: LocalGateway) -> None:
    gave, bodies, _ = play(gateway, [Rule(Say("transfer_to_billing"))], "run", solo())
    assert result(gave).output == "transfer_to_billing"
    assert len(bodies) == 1


@WAY
@pytest.mark.parametrize("budget", [Budget(model_calls=1), Budget(tokens=1)])
def test_a_budget_that_is_used_up_leaves_the_answer_as_it_is(
    gateway: LocalGateway, way: str, budget: Budget
) -> None:
    gave, bodies, _ = play(gateway, [Rule(Say(SAID))], way, replace(MADE, budget=budget))
    assert result(gave).output == SAID
    assert len(bodies) == 1


@WAY
def test_the_question_counts_in_the_budget(gateway: LocalGateway, way: str) -> None:
    rules = [Rule(Say(SAID), HERE, times=1), Rule(CALL, HERE), Rule(Say("Refunded."))]
    made = replace(MADE, budget=Budget(model_calls=2))
    gave, bodies, _ = play(gateway, rules, way, made)
    assert isinstance(gave, SaharaError)
    assert gave.code == "limit"
    assert len(bodies) == 2


def test_an_answer_that_fits_its_schema_announces_nothing(gateway: LocalGateway) -> None:
    shape: JsonObject = {"type": "object", "required": ["name"]}
    made = graph(replace(node("front", edge("billing")), output=shape), node("billing"))
    spelt = Say('{"name": "transfer_to_billing"}')
    gave, bodies, _ = play(gateway, [Rule(spelt)], "run", made)
    assert result(gave).output == {"name": "transfer_to_billing"}
    assert len(bodies) == 1


@WAY
def test_where_an_answer_must_fit_a_schema_the_handoff_is_asked_for_in_place_of_a_repair(
    gateway: LocalGateway, way: str
) -> None:
    shape: JsonObject = {"type": "object", "required": ["status"]}
    made = graph(replace(node("front", edge("billing")), output=shape), node("billing"))
    rules = [Rule(Say(SAID), HERE, times=1), Rule(CALL, HERE), Rule(Say("Refunded."))]
    gave, bodies, _ = play(gateway, rules, way, made)
    assert result(gave).output == "Refunded."
    assert len(bodies) == 3
    gave, bodies, _ = play(gateway, [Rule(Say(SAID))], way, made)
    assert isinstance(gave, MisfitError)
    assert len(bodies) == 5
