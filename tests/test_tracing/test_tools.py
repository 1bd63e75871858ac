"""What a trace says of tools, of agents that are asked as tools, and of calls that wait for a person."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from agents_sahara.loader import load_graph
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from agents_sahara.trust.consent import Consent
from tests.spans import kept_spans
from tests.test_tools.teams import HEAD, play, write
from tests.test_tracing.traces import kinds, lines_of, require_tree

SHOP = """
    from agents_sahara import tool

    @tool
    def refund(amount: int) -> str:
        "Pays back."
        return f"paid {amount}"
"""
WAY = pytest.mark.parametrize("is_streamed", [False, True])
REFUND = Rule(Use((Tool("refund", {"amount": 471108152360}),)), When(turn=1))


@WAY
def test_a_tool_is_a_span_without_its_arguments(tmp_path: Path, is_streamed: bool) -> None:
    team = HEAD + (
        "agents: {desk: {instructions: Help., tools: [refund]}}\n"
        "tools: {refund: {python: 'shop:refund'}}\ntracing: {file: t.jsonl, otel: true}\n"
    )
    with kept_spans() as spans:
        play(write(tmp_path, team, shop=SHOP), (REFUND, Rule(Say("Done."))), is_streamed=is_streamed)
    lines = lines_of(tmp_path / "t.jsonl")
    require_tree(lines)
    assert kinds(lines)[2:6] == ["attempt", "tool_called", "tool_returned", "attempt"]
    assert (lines[3]["agent"], lines[3]["tool"], lines[3]["parent"]) == ("desk", "refund", lines[1]["span"])
    assert "471108152360" not in (tmp_path / "t.jsonl").read_text()
    [tool] = [span for span in spans if span.name == "execute_tool refund"]
    assert (tool.parent, tool.attributes["gen_ai.tool.type"]) == ("invoke_agent desk", "function")
    assert "471108152360" not in str(spans)


@WAY
def test_a_tool_that_could_not_do_it_is_told_as_failed(tmp_path: Path, is_streamed: bool) -> None:
    team = HEAD + (
        "agents: {desk: {instructions: Help., tools: [refund]}}\n"
        "tools: {refund: {python: 'shop:refund'}}\ntracing: {file: t.jsonl, otel: true}\n"
    )
    broken = SHOP.replace("return", "raise KeyError(amount) #")
    with kept_spans() as spans:
        play(write(tmp_path, team, shop=broken), (REFUND, Rule(Say("Sorry."))), is_streamed=is_streamed)
    [returned] = [line for line in lines_of(tmp_path / "t.jsonl") if line["type"] == "tool_returned"]
    [tool] = [span for span in spans if span.name == "execute_tool refund"]
    assert returned["outcome"] == "failed"
    assert (tool.status, tool.attributes["error.type"]) == ("ERROR", "tool_failed")


def test_arguments_and_results_are_told_where_the_team_asks_for_texts(tmp_path: Path) -> None:
    team = HEAD + (
        "agents: {desk: {instructions: Help., tools: [refund]}}\n"
        "tools: {refund: {python: 'shop:refund'}}\ntracing: {file: t.jsonl, content: true}\n"
    )
    play(write(tmp_path, team, shop=SHOP), (REFUND, Rule(Say("Done."))))
    lines = lines_of(tmp_path / "t.jsonl")
    [called] = [line for line in lines if line["type"] == "tool_called"]
    [returned] = [line for line in lines if line["type"] == "tool_returned"]
    assert ("471108152360" in called["arguments"], returned["result"]) == (True, "paid 471108152360")


@WAY
def test_an_agent_that_is_asked_lies_in_the_call_that_asks_it(tmp_path: Path, is_streamed: bool) -> None:
    team = HEAD + (
        "agents:\n"
        "  desk: {instructions: You are the desk., tools: [{agent: judge}]}\n"
        "  judge: {instructions: You judge., description: Judges}\n"
        "tracing: {file: t.jsonl}\n"
    )
    calls = tuple(Tool("ask_judge", {"input": f"Is {number} odd?"}, id=f"c{number}") for number in (7, 8))
    rules = (
        Rule(Use(calls), When(system="desk", turn=1)),
        Rule(Say("yes"), When(system="judge")),
        Rule(Say("Done.")),
    )
    play(write(tmp_path, team), rules, is_streamed=is_streamed)
    lines = lines_of(tmp_path / "t.jsonl")
    require_tree(lines)
    tools = [line["span"] for line in lines if line["type"] == "tool_called"]
    judges = [line for line in lines if line["type"] == "agent_started" and line["agent"] == "judge"]
    assert sorted(line["parent"] for line in judges) == sorted(tools)
    assert {line["part"] for line in judges} == {"tool"}
    spans = {line["span"] for line in judges}
    asked = [line for line in lines if line["type"] == "attempt" and line["agent"] == "judge"]
    assert {line["parent"] for line in asked} == spans


WAITING = HEAD + (
    "agents: {desk: {instructions: Help., tools: [refund]}}\n"
    "tools: {refund: {python: 'shop:refund', approval: always}}\ntracing: {file: t.jsonl}\n"
)


def test_a_call_that_waits_is_told_and_goes_on_under_the_same_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path / "state"))
    path = write(tmp_path, WAITING, shop=SHOP)
    graph = load_graph(path, environ={}, consent=Consent.given(allow_python=["shop"]))
    with LocalGateway(script=(REFUND, Rule(Say("Done.")))) as gateway:

        async def go() -> None:
            async with Team(graph, Settings.local(gateway.base_url)) as team:
                waits = await team.run("go")
                assert waits.token is not None
                done = await team.resume(waits.token, approve=[waits.interruptions[0].id])
                assert (done.output, done.trace_id) == ("Done.", waits.trace_id)

        asyncio.run(go())
    lines = lines_of(tmp_path / "t.jsonl")
    middle = kinds(lines).index("run_finished") + 1
    first, second = lines[:middle], lines[middle:]
    require_tree(first)
    require_tree(second)
    assert kinds(first)[-2:] == ["approval_needed", "run_finished"]
    assert (first[0]["resumed"], second[0]["resumed"]) == (False, True)
    assert "tool_returned" in kinds(second)
    assert {line["trace_id"] for line in lines} == {first[0]["trace_id"]}
    assert "471108152360" not in (tmp_path / "t.jsonl").read_text()


@pytest.mark.parametrize("place", ["t.jsonl", "traces/"])
def test_a_workflow_that_waits_is_one_file_and_two_whole_trees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path / "state"))
    team = WAITING.replace("t.jsonl", place) + "workflows: {flow: {sequence: [desk]}}\n"
    team = team.replace("[desk]", "[desk, {loop: {agent: desk, until: 'false', max: 1}}]")
    path = write(tmp_path, team.replace("entry: desk", "entry: flow"), shop=SHOP)
    graph = load_graph(path, environ={}, consent=Consent.given(allow_python=["shop"]))
    with LocalGateway(script=(replace(REFUND, times=1), Rule(Say("Done.")))) as gateway:

        async def go() -> None:
            async with Team(graph, Settings.local(gateway.base_url)) as one:
                waits = await one.run("go")
            async with Team(graph, Settings.local(gateway.base_url)) as another:
                done = await another.resume(waits.token or "", approve=["approval_1"])
                assert done.output == "Done."

        asyncio.run(go())
    [file] = [tmp_path / place] if place == "t.jsonl" else (tmp_path / place).iterdir()
    lines = lines_of(file)
    middle = kinds(lines).index("run_finished") + 1
    for part in (lines[:middle], lines[middle:]):
        require_tree(part)
        assert kinds(part)[:2] == ["run_started", "workflow_started"]
    assert kinds(lines[:middle])[-3:] == ["workflow_finished", "approval_needed", "run_finished"]
    assert "tool_returned" in kinds(lines[middle:])
    [warned] = [line for line in lines if line["type"] == "warned"]
    assert warned["message"].startswith("the loop of desk ended after 1 round")


def test_a_call_that_asks_an_agent_which_waits_begins_again_when_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path / "state"))
    team = WAITING.replace(
        "tools: [refund]}}", "tools: [refund]}, front: {instructions: Ask., tools: [{agent: desk}]}}"
    )
    path = write(tmp_path, team.replace("entry: desk", "entry: front"), shop=SHOP)
    graph = load_graph(path, environ={}, consent=Consent.given(allow_python=["shop"]))
    ask = Rule(Use((Tool("ask_desk", {"input": "go"}),)), When(system="Ask"), times=1)
    with LocalGateway(script=(ask, replace(REFUND, times=1), Rule(Say("Done.")))) as gateway:

        async def go() -> None:
            async with Team(graph, Settings.local(gateway.base_url)) as one:
                waits = await one.run("go")
                assert (await one.resume(waits.token or "", approve=["approval_1"])).output == "Done."

        asyncio.run(go())
    lines = lines_of(tmp_path / "t.jsonl")
    middle = kinds(lines).index("run_finished") + 1
    for part in (lines[:middle], lines[middle:]):
        require_tree(part)
    outcomes = [(line["tool"], line["outcome"]) for line in lines if line["type"] == "tool_returned"]
    assert outcomes == [("ask_desk", "waits"), ("refund", "returned"), ("ask_desk", "returned")]
    [begun] = [
        line["span"]
        for line in lines[middle:]
        if line["type"] == "tool_called" and line["tool"] == "ask_desk"
    ]
    [asked] = [line for line in lines[middle:] if line["type"] == "agent_started" and line["part"] == "tool"]
    assert asked["parent"] == begun
