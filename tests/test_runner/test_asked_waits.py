"""Agents that work as tools and wait for a person: whoever asked them waits too, and no call is made twice."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from agents import agent_tool_state

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import When
from agents_sahara.errors import LimitError, ResumeError
from agents_sahara.events import AgentStarted, RunResult, ToolCalled, ToolReturned
from agents_sahara.runner.team import Team
from agents_sahara.tools.context import is_unattended
from agents_sahara.usage.ledger import is_aside
from tests.test_runner.shops import Shop, asked, calls, does, refunds, says, scripted, waiting_for

BOTH = pytest.mark.parametrize("way", ["run", "stream"])


@pytest.fixture(scope="module")
def gateway() -> Iterator[LocalGateway]:
    with LocalGateway() as running:
        yield running


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path / "state"))


TEAM = """
version: 1
name: shop
entry: front
defaults: {model: gpt-4o, provider: openai}
agents:
  front: {instructions: You are the front desk, tools: [{agent: billing}, {agent: stock}]}
  billing: {instructions: You are the billing desk, tools: [{agent: bank}], handoffs: [clerk]}
  bank: {instructions: You are the bank desk}
  stock: {instructions: You are the stock desk}
  clerk: {instructions: You are the clerk desk, description: Desk}
workflows:
  flow: {sequence: [stock, {parallel: [front, clerk]}]}
"""


Open = Callable[..., Shop]


@pytest.fixture
def shop(gateway: LocalGateway) -> Open:
    def open_(text: str = TEAM, way: str = "run") -> Shop:
        return Shop(gateway, text, "billing", "bank", "stock", "clerk", way=way)

    return open_


ASKS = does("front", calls(("ask_billing", {"input": "pay"})))


def _told(gateway: LocalGateway) -> list[str]:
    """Answers of tools in the last request."""
    body: Any = gateway.calls[-1].body
    return [one["content"] for one in body["messages"] if one["role"] == "tool"]


@BOTH
def test_the_question_is_the_inner_agents_and_its_call_is_made_once(
    gateway: LocalGateway, shop: Open, way: str
) -> None:
    scripted(
        gateway,
        ASKS,
        does("billing", calls(("look", {}), ("refund", {"amount": 60}))),
        says("billing", "paid"),
        says("front", "Done."),
    )
    before = shop(way=way)
    first = before.run()
    assert waiting_for(first) == [("approval_1", "billing", '{"amount":60}')]
    assert (first.output, first.path, before.looked, before.made) == ("", ("front",), ["{}"], [])
    assert first.tool_calls == ()  # the call of the asked agent has not ended
    if way == "stream":
        assert before.events[-2] == first.interruptions[0]
    after = shop(way=way)
    last = after.resume(first, approve=["approval_1"])
    assert (last.output, last.path, last.token) == ("Done.", ("front",), None)
    assert (after.looked, after.made) == ([], ['{"amount":60}'])
    assert asked(gateway) == ["front", "billing", "billing", "front"]
    assert _told(gateway) == ["paid"]
    assert [one.agent for one in last.attempts] == asked(gateway)
    assert [(one.agent, one.tool, one.outcome) for one in last.tool_calls] == [
        ("front", "ask_billing", "returned")
    ]
    assert last.trace_id == first.trace_id
    if way == "stream":
        told = [
            event for event in after.events if isinstance(event, AgentStarted | ToolCalled | ToolReturned)
        ]
        assert told == [
            AgentStarted("front"),
            AgentStarted("billing"),
            ToolCalled("billing", "refund", '{"amount":60}'),
            ToolReturned("billing", "refund"),
            ToolReturned("front", "ask_billing"),
        ]


@BOTH
def test_a_refusal_reaches_the_inner_model_and_is_told(gateway: LocalGateway, shop: Open, way: str) -> None:
    scripted(gateway, ASKS, does("billing", refunds(60)), says("billing", "no"), says("front", "Sorry."))
    first = shop(way=way).run()
    after = shop(way=way)
    last = after.resume(first, reject={"approval_1": "Too much, says Ann."})
    inner: Any = gateway.calls[2].body
    assert inner["messages"][-1]["content"] == "Too much, says Ann."
    assert (last.output, after.made, _told(gateway)) == ("Sorry.", [], ["no"])
    if way == "stream":
        assert ToolCalled("billing", "refund", '{"amount":60}') in after.events
        assert ToolReturned("billing", "refund", "a person refused it") in after.events


@BOTH
def test_two_asked_in_one_turn_wait_each_for_itself(gateway: LocalGateway, shop: Open, way: str) -> None:
    both = calls(("ask_billing", {"input": "pay"}), ("ask_stock", {"input": "pay"}))
    scripted(
        gateway,
        does("front", both),
        does("billing", refunds(1, 2)),
        does("stock", refunds(3)),
        says("stock", "stocked"),
        says("billing", "paid"),
        says("front", "Done."),
    )
    first = shop(way=way).run()
    assert waiting_for(first) == [
        ("approval_1", "billing", '{"amount":1}'),
        ("approval_2", "billing", '{"amount":2}'),
        ("approval_3", "stock", '{"amount":3}'),
    ]
    middle = shop(way=way)
    second = middle.resume(first, approve=["approval_3", "approval_1"])
    assert sorted(middle.made) == ['{"amount":1}', '{"amount":3}']
    assert waiting_for(second) == [("approval_1", "billing", '{"amount":2}')]
    assert asked(gateway)[3:] == ["stock"]
    end = shop(way=way)
    last = end.resume(second, approve=["approval_1"])
    assert (last.output, end.made) == ("Done.", ['{"amount":2}'])
    assert sorted(_told(gateway)) == ["paid", "stocked"]
    assert asked(gateway)[4:] == ["billing", "front"]


@BOTH
def test_who_is_not_decided_is_not_asked_again(gateway: LocalGateway, shop: Open, way: str) -> None:
    both = calls(("ask_billing", {"input": "pay"}), ("ask_stock", {"input": "pay"}))
    scripted(gateway, does("front", both), does("billing", refunds(1)), does("stock", refunds(3)))
    token = shop(way=way).run()
    for number in (2, 1):  # twice, over two processes
        scripted(gateway, does("stock" if number == 2 else "billing", refunds(number * 10)))
        after = shop(way=way)
        token = after.resume(token, approve=[f"approval_{number}"])
        assert len(after.made) == len(gateway.calls) == 1
        assert [agent for _, agent, _ in waiting_for(token)] == ["billing", "stock"]


@BOTH
def test_an_asked_agent_that_asks_another(gateway: LocalGateway, shop: Open, way: str) -> None:
    scripted(
        gateway,
        ASKS,
        does("billing", calls(("look", {}), ("ask_bank", {"input": "pay"}), ("refund", {"amount": 5}))),
        does("bank", calls(("look", {}), ("refund", {"amount": 6}))),
        does("bank", refunds(7)),
        says("bank", "banked"),
        says("billing", "paid"),
        says("front", "Done."),
    )
    before = shop(way=way)
    first = before.run()
    assert waiting_for(first) == [
        ("approval_1", "billing", '{"amount":5}'),
        ("approval_2", "bank", '{"amount":6}'),
    ] or waiting_for(first) == [
        ("approval_1", "bank", '{"amount":6}'),
        ("approval_2", "billing", '{"amount":5}'),
    ]
    bank = next(one.id for one in first.interruptions if one.agent == "bank")
    second_shop = shop(way=way)
    second = second_shop.resume(first, approve=[bank])
    assert second_shop.made == ['{"amount":6}']
    assert sorted(agent for _, agent, _ in waiting_for(second)) == ["bank", "billing"]
    third = shop(way=way)
    last = third.resume(second, approve=["approval_1", "approval_2"])
    assert (last.output, sorted(third.made)) == ("Done.", ['{"amount":5}', '{"amount":7}'])
    assert (before.looked, second_shop.looked, third.looked) == (["{}", "{}"], [], [])
    assert asked(gateway) == ["front", "billing", "bank", "bank", "bank", "billing", "front"]
    assert [(one.agent, one.tool) for one in last.tool_calls] == [
        ("billing", "ask_bank"),
        ("front", "ask_billing"),
    ]


@BOTH
def test_a_handoff_below_is_where_the_call_waits(gateway: LocalGateway, shop: Open, way: str) -> None:
    scripted(
        gateway,
        ASKS,
        does("billing", calls(("transfer_to_clerk", {}))),
        does("clerk", refunds(60)),
        says("clerk", "clerked"),
        says("front", "Done."),
    )
    first = shop(way=way).run()
    assert waiting_for(first) == [("approval_1", "clerk", '{"amount":60}')]
    after = shop(way=way)
    last = after.resume(first, approve=["approval_1"])
    assert (last.output, len(after.made), _told(gateway)) == ("Done.", 1, ["clerked"])
    if way == "stream":
        assert [one.agent for one in after.events if isinstance(one, AgentStarted)] == ["front", "clerk"]


@BOTH
def test_an_asked_agent_in_a_step_of_a_workflow(gateway: LocalGateway, shop: Open, way: str) -> None:
    text = TEAM.replace("entry: front", "entry: flow")
    scripted(
        gateway,
        says("stock", "S!"),
        ASKS,
        does("clerk", refunds(9)),
        does("billing", refunds(60)),
        says("billing", "paid"),
        says("front", "F!"),
        says("clerk", "C!"),
    )
    first = shop(text, way).run()
    assert waiting_for(first) == [
        ("approval_1", "billing", '{"amount":60}'),
        ("approval_2", "clerk", '{"amount":9}'),
    ]
    assert first.path == ("stock", "front", "clerk")
    second = shop(text, way).resume(first, approve=["approval_1"])
    assert waiting_for(second) == [("approval_1", "clerk", '{"amount":9}')]
    last = shop(text, way).resume(second, reject=["approval_1"])
    assert (last.output, last.path) == ("front:\nF!\n\nclerk:\nC!", ("stock", "front", "clerk"))
    assert sorted(asked(gateway)) == ["billing", "billing", "clerk", "clerk", "front", "front", "stock"]


def test_a_call_that_asks_may_need_a_yes_of_its_own(gateway: LocalGateway, shop: Open) -> None:
    text = TEAM.replace("{agent: billing}", "{agent: billing, approval: always}")
    scripted(gateway, ASKS, does("billing", refunds(60)), says("billing", "paid"), says("front", "Done."))
    first = shop(text).run()
    assert [(one.agent, one.tool) for one in first.interruptions] == [("front", "ask_billing")]
    second = shop(text).resume(first, approve=["approval_1"])
    assert [(one.agent, one.tool) for one in second.interruptions] == [("billing", "refund")]
    after = shop(text)
    assert after.resume(second, approve=["approval_1"]).output == "Done."
    assert len(after.made) == 1


def test_a_waiting_call_is_nobodys_answer(gateway: LocalGateway, shop: Open) -> None:
    """Neither where the answer of a tool ends the turn, nor for a guardrail that reads answers of tools."""
    text = TEAM.replace(
        "[{agent: billing}, {agent: stock}]}",
        "[{agent: billing, guardrails: {output: [paid]}}], tool_use: stop_on_first}",
    )
    text += "guardrails:\n  paid: {allow_pattern: paid}\n"
    scripted(gateway, ASKS, does("billing", refunds(60)), says("billing", "paid"))
    first = shop(text).run()
    assert waiting_for(first) == [("approval_1", "billing", '{"amount":60}')]
    assert shop(text).resume(first, approve=["approval_1"]).output == "paid"


def test_agents_that_ask_each_other_wait_at_the_place_they_are_at(gateway: LocalGateway) -> None:
    text = TEAM.replace("the bank desk", "the bank desk, tools: [{agent: billing}]")
    scripted(
        gateway,
        ASKS,
        does("billing", calls(("ask_bank", {"input": "pay"}))),
        does("bank", calls(("ask_billing", {"input": "you pay"}))),
        does("billing", refunds(60)),
        says("billing", "inner"),
        says("bank", "banked"),
        says("billing", "outer"),
        says("front", "Done."),
    )
    first = Shop(gateway, text, "billing").run()
    assert waiting_for(first) == [("approval_1", "billing", '{"amount":60}')]
    after = Shop(gateway, text, "billing")
    assert after.resume(first, approve=["approval_1"]).output == "Done."
    assert (len(after.made), _told(gateway)) == (1, ["outer"])


def test_a_limit_below_goes_on_over_the_wait(gateway: LocalGateway, shop: Open) -> None:
    text = TEAM + "budget: {turns: 3}\n"
    scripted(gateway, ASKS, does("billing", refunds(60)), says("billing", "paid"), says("front", "Done."))
    first = shop(text).run()
    after = shop(text)
    with pytest.raises(LimitError) as caught:
        after.resume(first, approve=["approval_1"])
    assert (caught.value.limit, caught.value.used, len(after.made)) == ("turns", 3, 1)


def _kept(tmp_path: Path) -> tuple[Path, Any]:
    [path] = (tmp_path / "state" / "approvals").iterdir()
    return path, json.loads(path.read_text("utf-8"))


def _asked_in(kept: Any) -> Any:
    [one] = kept["at"]["asked"].values()
    return one


CHANGES: dict[str, Callable[[Any], object]] = {
    "other arguments": lambda kept: _asked_in(kept)["calls"][0].update(arguments='{"amount":9}'),
    "another agent": lambda kept: _asked_in(kept).update(agent="stock", path=["stock"]),
    "another state": lambda kept: _asked_in(kept).update(state=kept["at"]["state"]),
    "no state": lambda kept: _asked_in(kept).pop("state"),
    "under another call": lambda kept: kept["at"].update(asked={"call_x": _asked_in(kept)}),
    "not told": lambda kept: kept["interruptions"].clear(),
    "told twice": lambda kept: kept["interruptions"].append(kept["interruptions"][0]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_what_was_changed_on_disk_is_not_gone_on_with(
    gateway: LocalGateway, shop: Open, tmp_path: Path, change: Callable[[Any], object]
) -> None:
    scripted(gateway, ASKS, does("billing", refunds(60)))
    first = shop().run()
    path, kept = _kept(tmp_path)
    ids = [one["id"] for one in kept["interruptions"]]
    change(kept)
    path.write_text(json.dumps(kept), "utf-8")
    after = shop()
    with pytest.raises(Exception) as caught:  # noqa: PT011  see below
        after.resume(first, approve=ids)
    if kept["interruptions"]:
        assert isinstance(caught.value, ResumeError)
        assert caught.value.reason == "changed"
    assert (after.made, len(gateway.calls)) == ([], 2)


def test_a_run_that_waits_below_is_let_go(gateway: LocalGateway, shop: Open) -> None:
    """The SDK knows of calls that wait by a table of the whole process."""
    scripted(gateway, ASKS, does("billing", refunds(60)), says("billing", "paid"), says("front", "Done."))
    first: RunResult = shop().run()
    shop().resume(first, approve=["approval_1"])
    gc.collect()
    assert agent_tool_state._agent_tool_run_results_by_obj == {}


@BOTH
def test_one_agent_asked_twice_in_a_turn_waits_in_both(gateway: LocalGateway, shop: Open, way: str) -> None:
    both = calls(("ask_billing", {"input": "one"}), ("ask_billing", {"input": "two"}))
    scripted(
        gateway,
        does("front", both),
        does("billing", refunds(1), when=When(message="one")),
        does("billing", refunds(2), when=When(message="two")),
        says("billing", "first", when=When(message="one")),
        says("billing", "second", when=When(message="two")),
        says("front", "Done."),
    )
    first = shop(way=way).run()
    assert [arguments for _, _, arguments in waiting_for(first)] == ['{"amount":1}', '{"amount":2}']
    second = shop(way=way).resume(first, approve=["approval_2"])
    assert waiting_for(second) == [("approval_1", "billing", '{"amount":1}')]
    last = shop(way=way).resume(second, approve=["approval_1"])
    assert (last.output, sorted(_told(gateway))) == ("Done.", ["first", "second"])


@BOTH
def test_agents_of_one_name_are_told_apart_behind_the_wait(gateway: LocalGateway, way: str) -> None:
    """The SDK knows agents of a kept run by their names."""
    text = TEAM.replace("{instructions: You are the clerk", "{name: desk, instructions: You are the clerk")
    text = text.replace(
        "{instructions: You are the billing", "{name: desk, instructions: You are the billing"
    )
    scripted(
        gateway,
        ASKS,
        does("billing", calls(("transfer_to_clerk", {}))),
        does("clerk", refunds(60)),
        does("clerk", refunds(70)),
        says("clerk", "clerked"),
        says("front", "Done."),
    )
    first = Shop(gateway, text, "clerk", way=way).run()
    second = Shop(gateway, text, "clerk", way=way).resume(first, approve=["approval_1"])
    assert waiting_for(second) == [("approval_1", "clerk", '{"amount":70}')]
    after = Shop(gateway, text, "clerk", way=way)
    assert after.resume(second, approve=["approval_1"]).output == "Done."
    assert (len(after.made), asked(gateway)[-2:]) == (1, ["clerk", "front"])


@BOTH
def test_control_comes_back_behind_a_wait_below_and_in_a_step(gateway: LocalGateway, way: str) -> None:
    text = TEAM.replace("entry: front", "entry: flow").replace(
        "handoffs: [clerk]", "handoffs: [{agent: clerk, return: true}]"
    )
    text = text.replace("[stock, {parallel: [front, clerk]}]", "[{parallel: [billing, front]}]")
    to_clerk = calls(("transfer_to_clerk", {}))
    scripted(
        gateway,
        does("billing", to_clerk),
        ASKS,
        does("clerk", refunds(1)),
        does("billing", to_clerk),
        does("clerk", refunds(2)),
        says("clerk", "clerked"),
        says("clerk", "clerked"),
        says("billing", "all"),
        says("billing", "all"),
        says("front", "F!"),
    )
    first = Shop(gateway, text, "clerk", way=way).run()
    assert [agent for _, agent, _ in waiting_for(first)] == ["clerk", "clerk"]
    second = Shop(gateway, text, "clerk", way=way).resume(first, approve=["approval_2"])
    last = Shop(gateway, text, "clerk", way=way).resume(second, reject=["approval_1"])
    assert last.output == "billing:\nall\n\nfront:\nF!"
    assert last.path == ("billing", "clerk", "billing", "front")


def test_a_tool_of_the_file_below_and_in_a_step_is_asked_about_in_its_words(
    gateway: LocalGateway,
) -> None:
    """Through the gate of the file, and not the tool of these tests; its call is in the result once it is made."""
    text = TEAM.replace("{agent: bank}", "note").replace("{agent: stock}", "note")
    text += 'tools: {note: {agent: bank, approval: {when: "args.input != \'x\'", ask: "Note {{ args.input }}?"}}}\n'
    note = calls(("note", {"input": "x"}), ("note", {"input": "y"}))
    scripted(gateway, ASKS, does("billing", note), says("bank", "noted"), says("bank", "noted"))
    first = Shop(gateway, text).run()
    assert [(one.agent, one.question) for one in first.interruptions] == [("billing", "Note y?")]
    assert [(one.agent, one.tool) for one in first.tool_calls] == [("billing", "note")]
    gateway.script([says("bank", "noted"), says("billing", "paid"), says("front", "Done.")])
    last = Shop(gateway, text).resume(first, approve=["approval_1"])
    assert [(one.agent, one.tool, one.outcome) for one in last.tool_calls] == [
        ("billing", "note", "returned"),
        ("billing", "note", "returned"),
        ("front", "ask_billing", "returned"),
    ]


@BOTH
def test_a_run_that_is_begun_below_another_asks_for_itself(gateway: LocalGateway, way: str) -> None:
    """As where a tool of an asked agent, or of a judge, runs a team of its own."""
    text = TEAM.replace("{agent: billing}, {agent: stock}", "{agent: bank, approval: always}")
    scripted(gateway, does("front", calls(("ask_bank", {"input": "pay"}))))
    made = Shop(gateway, text, way=way)

    async def below(team: Team) -> RunResult:
        is_aside.set(True)
        is_unattended.set(True)
        return await made.ask(team, "go")

    result = made.do(below)
    assert [(one.agent, one.tool) for one in result.interruptions] == [("front", "ask_bank")]


@BOTH
def test_the_turn_of_a_conversation_has_the_call_that_waited_once(
    gateway: LocalGateway, shop: Open, way: str
) -> None:
    text = TEAM + f"session: {{store: 'sqlite:asked-{way}.db'}}\n"
    scripted(gateway, ASKS, does("billing", refunds(1)), does("billing", refunds(2)))
    first = shop(text, way).run(session="anna")
    second = shop(text, way).resume(first, approve=["approval_1"])
    assert waiting_for(second) == [("approval_1", "billing", '{"amount":2}')]
    gateway.script([says("billing", "paid"), says("front", "Done."), says("front", "Hello again.")])
    after = shop(text, way)

    async def go_on(team: Team) -> list[Any]:
        last = await after.go_on(team, second.token or "", reject=["approval_1"])
        assert (last.output, last.session) == ("Done.", "anna")
        items = await team.conversation("anna").get_items()
        assert (await after.ask(team, "and now?", session="anna")).output == "Hello again."
        return items

    items = after.do(go_on)
    kinds = [one.get("type") or one.get("role") for one in items]
    assert kinds == ["user", "function_call", "function_call_output", "message"]
    assert items[1]["call_id"] == items[2]["call_id"]
    assert items[2]["output"] == "paid"
