"""Fixed orders of agents: what each step sees, what comes of it, and how it ends at a failure or a limit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say, Tool, Use, When
from agents_sahara.emulator.wire import Cut, Pace
from agents_sahara.errors import GuardrailError, LimitError, SaharaError, UnusableAnswerError, UsageError
from agents_sahara.events import (
    AgentStarted,
    HandedOff,
    RunEvent,
    RunFailed,
    RunFinished,
    RunResult,
    TextDelta,
)
from agents_sahara.expressions.expression import parse
from agents_sahara.graph.flows import Again, Flow, InOrder, SideBySide, Step
from agents_sahara.graph.guards import Guardrail, Guards
from agents_sahara.graph.values import AgentGraph, SessionStore, Tracing
from agents_sahara.testing import no_sleep
from agents_sahara.types import Budget
from tests.leftovers import nothing_left
from tests.teams import edge, graph, node
from tests.test_runner.runs import team_on
from tests.test_tracing.traces import lines_of, require_tree

BOTH = pytest.mark.parametrize("way", ["run", "stream"])


@pytest.fixture(scope="module")
def shared() -> Iterator[LocalGateway]:
    with LocalGateway(sleep=no_sleep) as running:
        yield running


def says(agent: str, text: str, **more: Any) -> Rule:
    """What the agent answers."""
    return Rule(Say(text), When(system=f"the {agent} desk"), **more)


ALL = tuple(says(key, f"{key.upper()}!") for key in "abcd")


def flow(made: Flow, **others: Flow) -> AgentGraph:
    """Agents a to d; a may hand off to d. The entry is the workflow."""
    team = graph(node("a", edge("d")), node("b"), node("c"), node("d"))
    return replace(team, entry="flow", workflows={"flow": made, **others})


def order(*steps: Flow | str) -> InOrder:
    return InOrder(tuple(Step(step) if isinstance(step, str) else step for step in steps))


def at_once(*steps: Flow | str) -> SideBySide:
    return SideBySide(tuple(Step(step) if isinstance(step, str) else step for step in steps))


def again(step: Flow | str, until: str, most: int = 3) -> Again:
    return Again(Step(step) if isinstance(step, str) else step, parse(until), most)


@dataclass
class Ran:
    """What came of a run."""

    result: RunResult | None = None
    error: SaharaError | None = None
    events: list[RunEvent] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)

    @property
    def output(self) -> object:
        assert self.result is not None, self.error
        return self.result.output

    def asked(self, agent: str) -> list[str]:
        """The user's messages of the last request of the agent."""
        for body in reversed(self.bodies):
            if f"the {agent} desk" in body["messages"][0]["content"]:
                return [told["content"] for told in body["messages"] if told["role"] == "user"]
        raise AssertionError(f"{agent} was not asked")


def ran(
    gateway: LocalGateway,
    made: AgentGraph,
    way: str,
    rules: Sequence[Rule] = ALL,
    *,
    is_checked: bool = False,
    **options: Any,
) -> Ran:
    gateway.script(rules)
    before, seen = len(gateway.calls), Ran()

    async def go() -> None:
        async with team_on(gateway, made) as team:
            try:
                if way == "run":
                    seen.result = await team.run("go", **options)
                else:
                    async for event in team.stream("go", **options):
                        seen.events.append(event)
                        if isinstance(event, RunFinished):
                            seen.result = event.result
            except SaharaError as error:
                seen.error = error
        if is_checked:
            await nothing_left()

    asyncio.run(go())
    seen.bodies = [call.body for call in gateway.calls[before:]]
    return seen


@BOTH
def test_a_sequence_sees_what_was_said_before_in_order(shared: LocalGateway, way: str) -> None:
    seen = ran(shared, flow(order("a", "b", "c")), way)
    assert seen.output == "C!"
    assert seen.result is not None
    assert (seen.result.path, seen.result.last_agent) == (("a", "b", "c"), "c")
    assert seen.asked("a") == ["go"]
    assert seen.asked("b") == ["go", "What was done so far:\n\na:\nA!"]
    assert seen.asked("c") == ["go", "What was done so far:\n\na:\nA!\n\nb:\nB!"]
    assert seen.result.usage.requests == len(seen.bodies) == 3


@BOTH
def test_branches_see_the_same_and_are_joined_in_the_order_of_the_file(
    shared: LocalGateway, way: str
) -> None:
    rules = (says("b", "B!", pace=Pace(delay_s=0.05)), *ALL)
    seen = ran(shared, flow(order("a", at_once("b", "c"))), way, rules)
    assert seen.output == "b:\nB!\n\nc:\nC!"
    assert seen.result is not None
    assert seen.result.path == ("a", "b", "c")
    assert seen.asked("b") == seen.asked("c") == ["go", "What was done so far:\n\na:\nA!"]
    seen = ran(shared, flow(order(at_once("b", "c"), "d")), way, rules)
    assert seen.asked("d") == ["go", "What was done so far:\n\nb:\nB!\n\nc:\nC!"]
    assert seen.output == "D!"


def test_branches_work_at_the_same_time() -> None:
    slow = [says(key, "ok", pace=Pace(delay_s=0.4)) for key in "abcd"]
    with LocalGateway() as gateway:
        began = time.monotonic()
        assert ran(gateway, flow(at_once("a", "b", "c", "d")), "run", slow).error is None
        assert time.monotonic() - began < 1.4


@BOTH
def test_a_loop_ends_when_its_condition_holds_or_at_its_bound(shared: LocalGateway, way: str) -> None:
    rules = (says("a", "not ok", times=2), says("a", " ok\n"), *ALL)
    seen = ran(shared, flow(order("b", again("a", "output == 'ok'", 5))), way, rules)
    assert seen.output == " ok\n"
    assert seen.result is not None
    assert seen.result.path == ("b", "a", "a", "a")
    assert seen.asked("a") == ["go", "What was done so far:\n\nb:\nB!\n\na:\nnot ok\n\na:\nnot ok"]
    seen = ran(shared, flow(again("a", "output == 'ok'", 2)), way)
    assert (seen.output, len(seen.bodies)) == ("A!", 2)


@BOTH
def test_a_condition_may_read_json_and_must_be_told(shared: LocalGateway, way: str) -> None:
    done = '{"done": true, "notes": []}'
    rules = (says("a", '{"done": false}', times=1), says("a", done))
    seen = ran(shared, flow(again("a", "output.done")), way, rules)
    assert (seen.output, len(seen.bodies)) == (done, 2)
    seen = ran(shared, flow(again("a", "output.done")), way)
    assert isinstance(seen.error, UnusableAnswerError)
    assert "does not say whether the loop ends, until output.done" in seen.error.message
    assert (seen.error.agent, len(seen.bodies)) == ("a", 1)


@BOTH
def test_orders_stand_inside_each_other(shared: LocalGateway, way: str) -> None:
    inner = at_once(order("a", "b"), again(order("c", "d"), "'D' in output"))
    seen = ran(shared, flow(order("inner", "a"), inner=inner), way)
    assert seen.result is not None
    assert seen.result.path == ("a", "b", "c", "d", "a")
    assert seen.asked("b") == ["go", "What was done so far:\n\na:\nA!"]
    assert seen.asked("d") == ["go", "What was done so far:\n\nc:\nC!"]
    assert seen.asked("a") == ["go", "What was done so far:\n\nb:\nB!\n\nd:\nD!"]


@BOTH
def test_handoffs_inside_of_a_step_are_followed(shared: LocalGateway, way: str) -> None:
    rules = (Rule(Use((Tool("transfer_to_d"),)), When(system="the a desk")), *ALL)
    seen = ran(shared, flow(order("a", "b")), way, rules)
    assert seen.result is not None
    assert seen.result.path == ("a", "d", "b")
    assert seen.asked("b") == ["go", "What was done so far:\n\na:\nD!"]
    if way == "stream":
        assert HandedOff("a", "d") in seen.events


@BOTH
def test_a_branch_that_fails_ends_the_run_and_leaves_nothing_running(way: str) -> None:
    rules = (says("b", "B!", pace=Pace(delay_s=300)), Rule(Fail(404), When(system="the c desk")), *ALL)
    with LocalGateway() as gateway:
        began = time.monotonic()
        seen = ran(gateway, flow(order(at_once("b", "c"), "a")), way, rules, is_checked=True)
        assert time.monotonic() - began < 20
    assert seen.error is not None
    assert (seen.error.code, seen.error.to_json()["agent"]) == ("not_found", "c")
    assert seen.error.spent is not None
    outcomes = {attempt.agent: attempt.outcome for attempt in seen.error.spent.attempts}
    assert outcomes == {"b": "cancelled", "c": "failed"}
    if way == "stream":
        assert isinstance(seen.events[-1], RunFailed)


def test_what_a_branch_did_before_it_failed_is_told_though_its_turn_had_not_come() -> None:
    moves = Rule(Use((Tool("transfer_to_d"),)), When(system="the a desk"))
    rules = (says("b", "B!", pace=Pace(delay_s=300)), moves, Rule(Fail(404), When(system="the d desk")), *ALL)
    with LocalGateway() as gateway:
        seen = ran(gateway, flow(at_once("b", order("c", at_once("b", "a")))), "stream", rules)
    assert [event for event in seen.events if isinstance(event, AgentStarted | HandedOff | TextDelta)] == [
        AgentStarted("b"),
        AgentStarted("c"),
        TextDelta("c", "C!"),
        AgentStarted("b"),
        AgentStarted("a"),
        HandedOff("a", "d"),
        AgentStarted("d"),
    ]
    assert isinstance(seen.events[-1], RunFailed)


@BOTH
def test_whoever_leaves_leaves_no_branch_running(way: str) -> None:
    rules = [says(key, "x", pace=Pace(delay_s=300)) for key in "bc"]
    with LocalGateway(script=rules) as gateway:

        async def go() -> None:
            async with team_on(gateway, flow(at_once("b", "c"))) as team:
                if way == "run":
                    task = asyncio.create_task(team.run("go"))
                    await asyncio.sleep(0.2)
                    task.cancel()
                    await asyncio.wait([task])
                else:
                    events = team.stream("go")
                    await anext(events)
                    await events.aclose()
            await nothing_left()

        asyncio.run(go())


@BOTH
def test_a_budget_counts_all_steps(shared: LocalGateway, way: str) -> None:
    made = flow(order("a", again("b", "output == 'ok'", 50)))
    seen = ran(shared, replace(made, budget=Budget(turns=4)), way)
    assert isinstance(seen.error, LimitError)
    assert (seen.error.limit, len(seen.bodies)) == ("turns", 4)
    seen = ran(shared, made, way, max_turns=2)
    assert isinstance(seen.error, LimitError)
    assert len(seen.bodies) == 2


@BOTH
@pytest.mark.parametrize("shape", ["order", "at_once"])
def test_a_last_answer_ends_the_workflow(shared: LocalGateway, way: str, shape: str) -> None:
    last = Rule(Say("All that is known."), When(system="limit of what may be spent"))
    made = order("a", "b", "c", "d") if shape == "order" else order("a", at_once("b", "c", "d"))
    budget = Budget(turns=2, on_exceed="wrap_up")
    seen = ran(shared, replace(flow(made), budget=budget), way, (last, *ALL))
    assert seen.result is not None
    assert seen.result.budget is not None
    assert len(seen.bodies) == 3
    if shape == "order":
        assert (seen.output, seen.result.path) == ("All that is known.", ("a", "b", "c"))
    else:  # what else was known is not lost
        assert "All that is known." in str(seen.output)
        assert sum(f"{key.upper()}!" in str(seen.output) for key in "bcd") == 1
        assert len(seen.result.path) == 3


def test_a_last_answer_is_told_though_a_branch_before_it_was_ended(shared: LocalGateway) -> None:
    last = Rule(Say("All that is known."), When(system="limit of what may be spent"))
    made = flow(order("a", at_once(at_once("b", "c"), "d")))  # d asks first
    budget = Budget(turns=1, on_exceed="wrap_up")
    seen = ran(shared, replace(made, budget=budget), "stream", (last, *ALL))
    told = "".join(event.text for event in seen.events if isinstance(event, TextDelta) and event.agent == "d")
    assert (seen.output, told) == ("All that is known.", "All that is known.")
    assert AgentStarted("d") in seen.events


@BOTH
def test_a_guardrail_holds_for_every_step(shared: LocalGateway, way: str) -> None:
    made = flow(order("a", "b"))
    guarded = replace(made.agents["b"], guards=Guards(output=(Guardrail("quiet", deny="!"),)))
    seen = ran(shared, replace(made, agents={**made.agents, "b": guarded}), way)
    assert isinstance(seen.error, GuardrailError)
    polite = replace(guarded, guards=Guards(output=(Guardrail("quiet", deny="!", reply="No."),)))
    seen = ran(shared, replace(made, agents={**made.agents, "b": polite}), way)
    assert seen.output == "No."


def test_a_stream_tells_text_by_agent_and_never_mixes_it(shared: LocalGateway) -> None:
    words = " ".join(["word"] * 12)
    rules = (
        says("b", words, pace=Pace(chunk_delay_s=0.001)),
        *[says(key, f"{key} {words}") for key in "cd"],
        *ALL,
    )
    seen = ran(shared, flow(order("a", at_once("b", "c", "d"), "a")), "stream", rules)
    speakers = [event.agent for event in seen.events if isinstance(event, TextDelta)]
    runs = [key for at, key in enumerate(speakers) if at == 0 or speakers[at - 1] != key]
    assert runs == ["a", "b", "c", "d", "a"]
    assert [event.agent for event in seen.events if isinstance(event, AgentStarted)] == [
        "a",
        "b",
        "c",
        "d",
        "a",
    ]
    texts = dict.fromkeys("abcd", "")
    for event in seen.events:
        if isinstance(event, TextDelta):
            texts[event.agent] += event.text
    assert texts == {"a": "A!A!", "b": words, "c": f"c {words}", "d": f"d {words}"}
    assert seen.output == "A!"


def test_an_answer_that_breaks_after_text_was_shown_is_not_taken_back(shared: LocalGateway) -> None:
    broken = says("b", "one two three four", pace=Pace(cut=Cut(after_chunks=3)))
    seen = ran(shared, flow(order("a", "b")), "stream", (broken, *ALL))
    assert isinstance(seen.error, UnusableAnswerError)
    shown = "".join(
        event.text for event in seen.events if isinstance(event, TextDelta) and event.agent == "b"
    )
    assert shown
    assert seen.error.partial_text == shown


@BOTH
def test_a_workflow_is_asked_for_by_its_key_and_an_agent_by_its_own(shared: LocalGateway, way: str) -> None:
    made = replace(flow(order("a", "b")), entry="c")
    assert ran(shared, made, way).output == "C!"
    assert ran(shared, made, way, agent="flow").output == "B!"
    assert ran(shared, flow(order("a", "b")), way, agent="a").output == "A!"
    assert isinstance(ran(shared, made, way, agent="other").error, UsageError)


@BOTH
def test_a_stored_conversation_keeps_the_message_and_the_answer(
    shared: LocalGateway, tmp_path: Path, way: str
) -> None:
    made = replace(flow(order("a", "b")), folder=tmp_path, session=SessionStore("sqlite", f"{way}.db"))
    first = ran(shared, made, way, session="anna")
    assert first.output == "B!"
    second = ran(shared, made, way, session="anna")
    assert second.result is not None
    assert second.result.path == ("a", "b")
    told = [(one["role"], one["content"]) for one in second.bodies[0]["messages"][1:]]
    assert told == [("user", "go"), ("assistant", "B!"), ("user", "go")]


@BOTH
def test_the_trace_shows_steps_inside_of_their_workflows(
    shared: LocalGateway, tmp_path: Path, way: str
) -> None:
    made = flow(order("a", "inner"), inner=at_once("b", "c"))
    ran(shared, replace(made, folder=tmp_path, tracing=Tracing("t.jsonl")), way)
    lines = lines_of(tmp_path / "t.jsonl")
    require_tree(lines)
    spans = {line["workflow"]: line["span"] for line in lines if line["type"] == "workflow_started"}
    inside = {line["agent"]: line["parent"] for line in lines if line["type"] == "agent_started"}
    assert inside == {"a": spans["flow"], "b": spans["inner"], "c": spans["inner"]}
    assert {line["part"] for line in lines if line["type"] == "agent_started"} == {"step"}
