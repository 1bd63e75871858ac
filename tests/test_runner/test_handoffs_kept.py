"""Handoffs with ways of their own in conversations that are kept, in runs that wait, and below a tool that asks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from agents import FunctionTool
from agents.tool_context import ToolContext

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from agents_sahara.errors import MisfitError
from agents_sahara.events import HandedOff, RunFinished, RunResult, TextDelta, ToolCalled, ToolReturned
from agents_sahara.runner.team import Team
from agents_sahara.types import JsonObject
from tests.teams import edge, graph, node
from tests.test_runner.conversing import talking
from tests.test_runner.runs import events_of, team_on
from tests.test_tools.teams import HEAD, play, write
from tests.wellformed import problems

ORDER: JsonObject = {"type": "object", "required": ["order"], "properties": {"order": {"type": "integer"}}}
LOST: JsonObject = {"type": "object", "required": ["status"], "properties": {"status": {"const": "lost"}}}


@pytest.fixture(scope="module")
def server() -> Iterator[LocalGateway]:
    with LocalGateway() as running:
        yield running


@pytest.fixture
def gateway(server: LocalGateway) -> LocalGateway:
    server.calls.clear()
    return server


def at(key: str, **when: Any) -> When:
    return When(system=f"the {key} desk", **when)


def to(target: str, **arguments: Any) -> Use:
    return Use((Tool(f"transfer_to_{target}", arguments),))


def bodies(gateway: LocalGateway) -> list[Any]:
    sent: list[Any] = [call.body for call in gateway.calls]
    assert [problems(body) for body in sent] == [[]] * len(sent)
    return sent


def test_a_later_turn_sees_the_answer_that_came_back_and_not_how(
    gateway: LocalGateway, tmp_path: Path
) -> None:
    made = graph(node("front", replace(edge("orders"), returns=True, history="last_message")), node("orders"))
    gateway.script([
        Rule(to("orders"), at("front", message="first"), times=1), Rule(Say("It is lost."), at("orders")),
        Rule(Say("Sorry."), at("front", message="first")), Rule(Say("Gladly."), at("front")),
    ])  # fmt: skip

    async def go() -> RunResult:
        async with talking(gateway, made, tmp_path) as team:
            first = await team.run("first", session="ana")
            assert (first.path, first.output) == (("front", "orders", "front"), "Sorry.")
            return await team.run("thanks", session="ana")

    assert asyncio.run(go()).path == ("front",)
    last = bodies(gateway)[-1]["messages"]
    assert [message["role"] for message in last] == [
        "system",
        "user",
        "assistant",
        "tool",
        "assistant",
        "user",
    ]
    assert [message.get("content") for message in last[3:]] == ["It is lost.", "Sorry.", "thanks"]


def test_a_later_turn_of_the_agent_that_took_over_sees_what_the_handoff_let_through(
    gateway: LocalGateway, tmp_path: Path
) -> None:
    made = graph(node("front", replace(edge("orders"), history="last_message", input=ORDER)), node("orders"))
    gateway.script([Rule(to("orders", order=7), at("front")), Rule(Say("It is lost."), at("orders"))])

    async def go() -> RunResult:
        async with talking(gateway, made, tmp_path) as team:
            await team.run("Hello.", session="bob", agent="orders")
            await team.run("Where is it?", session="bob", agent="front")
            return await team.run("And now?", session="bob")

    assert asyncio.run(go()).last_agent == "orders"
    last = bodies(gateway)[-1]["messages"]
    assert [message["content"] for message in last[1:]] == [
        '[handed over with {"order": 7}]',
        "Where is it?",
        "It is lost.",
        "And now?",
    ]


def test_a_stored_answer_with_a_schema_is_its_json(gateway: LocalGateway, tmp_path: Path) -> None:
    made = graph(replace(node("orders"), output=LOST))
    gateway.script([Rule(Say('```json\n{"status": "lost"}\n```'))])

    async def go() -> list[RunResult]:
        async with talking(gateway, made, tmp_path) as team:
            first = await team.run("Where?", session="eve", message_id="m1")
            return [
                first,
                await team.run("Where?", session="eve", message_id="m1"),
                await team.run("Now?", session="eve"),
            ]

    results = asyncio.run(go())
    assert [result.output for result in results] == [{"status": "lost"}] * 3
    sent = bodies(gateway)
    assert len(sent) == 2
    assert sent[1]["messages"][2] == {"role": "assistant", "content": '{"status": "lost"}'}


def _with_refund(gateway: LocalGateway, done: list[str]) -> Team:
    """A team whose second desk may pay back only once somebody says yes."""
    made = graph(node("front", replace(edge("orders"), returns=True)), replace(node("orders"), output=LOST))
    team = team_on(gateway, made)

    async def refund(_: ToolContext[Any], arguments: str) -> str:
        done.append(arguments)
        return "refunded"

    schema = {"type": "object", "properties": {"amount": {"type": "integer"}}}
    tool = FunctionTool("refund", "Pays back.", schema, refund, strict_json_schema=False, needs_approval=True)
    team.agents["orders"].tools.append(tool)
    return team


def test_a_run_that_waits_inside_of_such_a_talk_goes_on_in_another_process(
    gateway: LocalGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path))
    gateway.script([
        Rule(to("orders"), at("front"), times=1), Rule(Use((Tool("refund", {"amount": 9}),)), at("orders"), times=1),
        Rule(Say('{"status": "lost"}'), at("orders")), Rule(Say("Paid back."), at("front")),
    ])  # fmt: skip
    done: list[str] = []

    async def begin() -> RunResult:
        async with _with_refund(gateway, done) as team:
            return await team.run("My money!")

    async def go_on(token: str) -> RunResult:
        async with _with_refund(gateway, done) as team:
            seen = [event async for event in team.resume_stream(token, approve=["approval_1"])]
        shown = "".join(event.text for event in seen if isinstance(event, TextDelta))
        assert shown == "Paid back."
        assert isinstance(seen[-1], RunFinished)
        return seen[-1].result

    first = asyncio.run(begin())
    assert (first.path, done) == (("front", "orders"), [])
    assert first.token is not None
    last = asyncio.run(go_on(first.token))
    assert (last.output, last.path, len(done)) == ("Paid back.", ("front", "orders", "front"), 1)
    assert bodies(gateway)[-1]["messages"][-1]["content"] == '{"status": "lost"}'


def test_an_agent_that_is_asked_may_ask_in_turn_and_answers_as_json(tmp_path: Path) -> None:
    team = (
        HEAD
        + f"""
agents:
  desk: {{instructions: You are the desk., tools: [{{agent: judge}}]}}
  judge:
    instructions: You judge.
    description: Judges claims
    handoffs: [{{agent: clerk, return: true, input: {json.dumps(ORDER)}}}]
    output: {{schema: {json.dumps(LOST)}}}
  clerk: {{instructions: You are the clerk., description: Writes}}
"""
    )
    rules = (
        Rule(Use((Tool("ask_judge", {"input": "Is 7 lost?"}),)), When(system="desk", turn=1)),
        Rule(to("clerk", order="seven"), When(system="judge", turn=1)),
        Rule(to("clerk", order=7), When(system="judge", turn=2)),
        Rule(Say("It is."), When(system="clerk")),
        Rule(Say('{"status": "lost"}'), When(system="judge")),
        Rule(Say("Lost."), When(system="desk")),
    )
    played = play(write(tmp_path, team), rules)
    assert played.result is not None
    assert (played.result.output, played.result.path) == ("Lost.", ("desk",))
    assert played.told[-1] == '{"status": "lost"}'
    streamed = play(write(tmp_path, team), rules, is_streamed=True)
    moves = [(one.from_agent, one.to_agent) for one in streamed.events if isinstance(one, HandedOff)]
    assert moves == [("judge", "clerk"), ("clerk", "judge")]


def test_a_trace_has_no_handoff_that_was_refused(gateway: LocalGateway, tmp_path: Path) -> None:
    made = graph(node("front", replace(edge("orders"), input=ORDER)), node("orders"))
    gateway.script([
        Rule(to("orders"), at("front"), times=1), Rule(to("orders", order=7), at("front")), Rule(Say("Lost.")),
    ])  # fmt: skip

    async def go() -> list[object]:
        async with team_on(gateway, made) as team:
            seen, failure = await events_of(team, "Where?")
            assert failure is None
            return [event for event in seen if isinstance(event, HandedOff)]

    assert asyncio.run(go()) == [HandedOff("front", "orders", {"order": 7})]


SHOP = """
    import agents_sahara

    @agents_sahara.tool
    def it(order: int) -> dict[str, str]:
        "Looks an order up."
        return {"status": "lost"} if order else {"status": "sunk"}
"""
LOOKS_UP = f"""
version: 1
entry: desk
defaults: {{model: gpt-4o, provider: openai}}
agents:
  desk: {{instructions: You are the desk., handoffs: [{{agent: clerk, return: true}}]}}
  clerk:
    instructions: You are the clerk.
    description: Looks up
    tools: [it]
    tool_use: stop_on_first
    output: {{schema: {json.dumps(LOST)}}}
tools:
  it: {{python: "shop:it"}}
"""


@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_tool_that_ends_a_turn_gives_the_answer_that_comes_back(tmp_path: Path, is_streamed: bool) -> None:
    rules = (
        Rule(to("clerk"), When(system="desk", turn=1)),
        Rule(Use((Tool("it", {"order": 7}),)), When(system="clerk")),
        Rule(Say("It is lost."), When(system="desk")),
    )
    played = play(write(tmp_path, LOOKS_UP, shop=SHOP), rules, is_streamed=is_streamed)
    assert len(played.bodies) == 3
    assert played.told == ['{"status": "lost"}']
    if played.result is not None:
        assert (played.result.output, played.result.path) == ("It is lost.", ("desk", "clerk", "desk"))
    else:
        back = [event for event in played.events if isinstance(event, HandedOff)][-1]
        assert (back.from_agent, back.to_agent, back.answer) == ("clerk", "desk", '{"status": "lost"}')


@pytest.mark.parametrize("alone", [False, True])
def test_what_a_tool_gives_as_the_answer_must_fit(tmp_path: Path, alone: bool) -> None:
    team = LOOKS_UP.replace("entry: desk", "entry: clerk")
    team = team.replace("return: true", "return: false") if alone else team
    path = write(tmp_path, team, shop=SHOP)
    good = play(path, (Rule(Use((Tool("it", {"order": 7}),))),))
    assert good.result is not None
    assert (good.result.output, good.result.path) == ({"status": "lost"}, ("clerk",))
    with pytest.raises(MisfitError):
        play(path, (Rule(Use((Tool("it", {"order": 0}),))),))


@pytest.mark.parametrize("is_streamed", [False, True])
def test_what_was_called_beside_a_handoff_is_no_answer_of_who_takes_over(
    tmp_path: Path, is_streamed: bool
) -> None:
    team = LOOKS_UP.replace("You are the desk.,", "You are the desk., tools: [it],")
    beside = Use((Tool("transfer_to_clerk"), Tool("it", {"order": 0}), Tool("transfer_to_clerk")))
    rules = (
        Rule(beside, When(system="desk", turn=1)),
        Rule(Say('{"status": "lost"}'), When(system="clerk")),
        Rule(Say("It is lost."), When(system="desk")),
    )
    played = play(write(tmp_path, team, shop=SHOP), rules, is_streamed=is_streamed)
    assert len(played.bodies) == 3
    if is_streamed:
        calls = [event for event in played.events if isinstance(event, ToolCalled | ToolReturned)]
        assert calls == [
            ToolCalled("desk", "it", '{"order":0}'),
            ToolReturned("desk", "it"),
            ToolCalled("desk", "transfer_to_clerk", "{}"),
            ToolReturned("desk", "transfer_to_clerk", "control went elsewhere with the same answer"),
        ]


TWICE = (
    HEAD.replace("desk", "front")
    + """
agents:
  front: {instructions: You are the front desk., handoffs: [{agent: stock, return: true, history: last_message}]}
  stock: {instructions: You are the stock desk., description: Counts, tools: [count]}
tools:
  count: {python: "shop:count"}
"""
)
COUNT = """
from agents_sahara import tool

@tool
def count() -> int:
    "Counts."
    return 7
"""


@pytest.mark.parametrize("is_streamed", [False, True])
def test_ids_of_calls_that_an_agent_does_not_see_are_not_given_twice(
    is_streamed: bool, tmp_path: Path
) -> None:
    """Some providers number the calls of every answer from `call_0` on: hidden calls are calls all the same."""
    rules = (
        Rule(to("stock"), at("front", turn=1)),
        Rule(to("stock"), at("front", turn=2)),
        Rule(Say("Counted twice."), at("front")),
        Rule(Use((Tool("count", {}, id="call_0"),)), at("stock", turn=1)),
        Rule(Say("Seven."), at("stock")),
    )
    played = play(write(tmp_path, TWICE, shop=COUNT), rules, is_streamed=is_streamed)
    assert [problems(body) for body in played.bodies] == [[]] * 7
    stock = [body["messages"] for body in played.bodies if "stock desk" in body["messages"][0]["content"]]
    assert [[one["content"] for one in messages if one["role"] == "tool"] for messages in stock] == [
        [],
        ["7"],
        [],
        ["7"],
    ]
