"""Runs with handoffs of every kind, on providers of every strictness: each request is one that its provider takes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from agents_sahara.events import RunResult
from agents_sahara.loader import load_graph
from agents_sahara.runner.team import Team
from tests.test_runner.runs import team_on
from tests.wellformed import problems

TEAM = """
version: 1
name: shop
entry: front
agents:
  front:
    instructions: You are the FRONT desk.
    model: gpt-4o
    provider: openai
    tools: [lookup]
    handoffs: [{{agent: desk, history: {history}, return: {returns}}}]
  desk:
    instructions: You are the BACK desk.
    description: Knows more
    model: claude
    provider: bedrock
    {desk}
  clerk: {{instructions: You are the CLERK., description: Looks up, model: gpt-4o, provider: openai}}
tools:
  lookup: {{agent: clerk}}
budget: {{turns: 200}}
session: {{store: "sqlite:talks.db"{keep}}}
"""
CLERK = Rule(Say("Order 7 is lost."), When(system="CLERK"))
LONG = "call_" + "x" * 60
LOOKUP = Tool("lookup", {"input": "7"})
ODD = Tool("lookup.order/7", {"input": "7"}, "fn:1/ä")
OVER = Tool("transfer_to_desk")


def _team(
    history: str = "full", *, returns: bool = False, has_tools: bool = True, keep: int | None = None
) -> str:
    desk = "handoffs: [front]" if has_tools else ""
    kept = "" if keep is None else f", keep_turns: {keep}"
    return TEAM.format(history=history, returns=str(returns).lower(), desk=desk, keep=kept)


@pytest.fixture(scope="module")
def server() -> Iterator[LocalGateway]:
    with LocalGateway(pairs=[("bedrock", "claude")], strict=["bedrock", "openai"]) as running:
        yield running


def _talked(
    server: LocalGateway, folder: Path, text: str, rules: Sequence[Rule], said: Sequence[str]
) -> list[RunResult]:
    """What came of the messages, one after the other in one conversation; every request that was taken is sound."""
    server.calls.clear()
    server.script([CLERK, *rules])
    path = folder / "team.yaml"
    path.write_text(text, encoding="utf-8")

    async def go() -> list[RunResult]:
        async with team_on(server, load_graph(path, environ={})) as team:
            return [await _whole(team, await team.run(words, session="ann")) for words in said]

    results = asyncio.run(go())
    for call in server.calls:
        body: Any = call.body
        assert call.status in (200, 400)
        if call.status == 200:
            assert problems(body) == []
    return results


async def _whole(team: Team, result: RunResult) -> RunResult:
    """The run to its end, where it waits."""
    while result.interruptions:
        ids = [one.id for one in result.interruptions]
        result = await team.resume(result.token or "", approve=ids[:1], reject=ids[1:])
    return result


MODES = ("full", "no_tools", "summary", "last_message")


@pytest.mark.parametrize("history", MODES)
@pytest.mark.parametrize("returns", [False, True], ids=["for good", "and back"])
def test_a_handoff_among_calls_of_every_kind(
    server: LocalGateway, tmp_path: Path, history: str, returns: bool
) -> None:
    rules = [
        Rule(Use((LOOKUP, Tool("lookup", {"input": "8"}, LONG), ODD), text="Let me see."), times=1),
        Rule(Use((Tool("lookup", {"input": "9"}), OVER, OVER)), times=1),
        Rule(Say("The desk says: lost."), When(system="BACK")),
        Rule(Say("Sorry, it is lost.")),
    ]
    for has_tools in (True, False):
        folder = tmp_path / str(has_tools)
        folder.mkdir()
        text = _team(history, returns=returns, has_tools=has_tools)
        first, second = _talked(server, folder, text, rules, ["Where is order 7?", "And now?"])
        speaker, answer = ("front", "Sorry, it is lost.") if returns else ("desk", "The desk says: lost.")
        assert (first.last_agent, first.output) == (speaker, answer)
        assert (second.last_agent, second.output) == (speaker, answer)
        last: Any = server.calls[-1].body
        told = str(last["messages"])
        assert "And now?" in told
        assert answer in told
        if history != "last_message" or returns:
            assert "Order 7 is lost." in told
            assert "Let me see." in told


@pytest.mark.parametrize("keep", [1, 2])
def test_turns_that_are_let_go_leave_whole_calls(server: LocalGateway, tmp_path: Path, keep: int) -> None:
    turn = [Rule(Use((LOOKUP, OVER)), When(system="FRONT"), times=1), Rule(Say("Yes."), times=1)]
    steps = (Use((Tool("transfer_to_front"),)), Use((LOOKUP,)), Say("No."))
    back = [Rule(step, times=1) for step in steps]
    rules = [*turn, *back, *turn, *back]
    said = ["one", "two", "three", "four", "five"]
    results = _talked(server, tmp_path, _team(keep=keep), [*rules, Rule(Say("End."))], said)
    assert [result.output for result in results] == ["Yes.", "No.", "Yes.", "No.", "End."]
    last: Any = server.calls[-1].body
    users = "\n".join(str(one["content"]) for one in last["messages"] if one["role"] == "user")
    assert [words for words in said if words in users] == said[-keep - 1 :]


@pytest.mark.parametrize("has_tools", [True, False], ids=["with tools", "without tools"])
def test_a_run_that_waited_goes_on_soundly(
    server: LocalGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_tools: bool
) -> None:
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path / "state"))
    text = _team("no_tools", has_tools=has_tools).replace(
        "{agent: clerk}", "{agent: clerk, approval: always}"
    )
    rules = [
        Rule(Use((Tool("lookup", {"input": "7"}, LONG), Tool("lookup", {"input": "8"}), ODD)), times=1),
        Rule(Use((OVER,)), times=1),
        Rule(Say("Done.")),
    ]
    first, second = _talked(server, tmp_path, text, rules, ["Where is order 7?", "And now?"])
    assert (first.output, first.path, second.path) == ("Done.", ("front", "desk"), ("desk",))
    told = str(server.calls[-1].body)
    assert "Order 7 is lost." in told
    assert "A person refused this call." in told


def test_what_the_sdks_own_runner_has_left_half_done_is_gone_on_with(
    server: LocalGateway, tmp_path: Path
) -> None:
    """It adds items as it goes: a process that dies leaves a call without its answer, and keep_turns cuts one."""
    call = {"type": "function_call", "call_id": "c1", "name": "lookup", "arguments": "{}"}
    answer = {"type": "function_call_output", "call_id": "c0", "output": "Order 6 is here."}
    left: list[Any] = [[answer], [{"role": "user", "content": "Where is order 7?"}], [call]]
    path = tmp_path / "team.yaml"
    path.write_text(_team(keep=3), encoding="utf-8")
    server.calls.clear()
    server.script([Rule(Say("Here."))])

    async def go() -> RunResult:
        async with team_on(server, load_graph(path, environ={})) as team:
            for items in left:
                await team.conversation("ann").add_items(items)
            return await team.run("Well?", session="ann")

    assert asyncio.run(go()).output == "Here."
    body: Any = server.calls[-1].body
    assert problems(body) == []
    told = str(body["messages"])
    assert all(words in told for words in ("Order 6 is here.", "Where is order 7?", "lookup", "Well?"))


ANSWERS = st.sampled_from([
    Use((LOOKUP,)), Use((LOOKUP, LOOKUP), text="Let me see."), Use((ODD,)), Use((OVER,)), Use((OVER, LOOKUP)),
    Use((LOOKUP, OVER, OVER), text="One moment."), Use((Tool("transfer_to_front"),)),
    Use((Tool("transfer_to_front", {}, "call_0"), Tool("lookup", {"input": "7"}, "call_0"))),
    Use((Tool("lookup", {"input": "7"}, LONG), Tool("lookup", {"input": "8"}, LONG))),
])  # fmt: skip
TURNS = st.lists(st.lists(ANSWERS, max_size=4), min_size=1, max_size=3)
KINDS = [
    _team(history, returns=returns, has_tools=has_tools, keep=keep)
    for history, returns, has_tools, keep in product(MODES, (False, True), (False, True), (None, 1))
]


@given(st.sampled_from(KINDS), TURNS)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_models_do_every_request_is_sound(
    server: LocalGateway, text: str, turns: list[list[Use]]
) -> None:
    rules = [
        rule
        for turn in turns
        for rule in (*(Rule(one, times=1) for one in turn), Rule(Say("Fine."), times=1))
    ]
    with TemporaryDirectory() as folder:
        results = _talked(server, Path(folder), text, [*rules, Rule(Say("Fine."))], ["Hello." for _ in turns])
    assert {result.output for result in results} == {"Fine."}
