"""What happens at a limit: an error, a last answer, another agent's last answer, or a question."""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say, Tool, Use, When
from agents_sahara.emulator.wire import Pace
from agents_sahara.errors import LimitError
from agents_sahara.events import BudgetReached, HandedOff, RunFailed, TextDelta
from agents_sahara.graph.values import AgentGraph, ModelTarget
from agents_sahara.retry import Clock
from agents_sahara.routing.markers import HistoryMode
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from agents_sahara.types import Json
from tests.leftovers import nothing_left
from tests.teams import edge, graph, node
from tests.test_runner.budgets import (
    BOTH,
    LAST,
    PING_PONG,
    PRICED,
    TOOL_LOOP,
    WRAPPED,
    Ran,
    limited,
    ran,
    ring,
)
from tests.test_runner.conversing import stored
from tests.wellformed import problems


@BOTH
def test_stop_tells_the_limit_and_ends_with_an_error(gateway: LocalGateway, way: str) -> None:
    async def go() -> None:
        seen = await ran(gateway, ring(turns=3), PING_PONG, way)
        assert isinstance(seen.error, LimitError)
        assert seen.error.message == "agent 'b': a limit of the run is reached: 3 of 3 turns used"
        assert "--max-turns" in seen.error.mend
        assert seen.error.to_json()["agent"] == "b"
        if way == "stream":
            assert seen.reached == [BudgetReached("b", "turns", 3, 3, "stop")]
            assert isinstance(seen.events[-1], RunFailed)

    asyncio.run(go())


@BOTH
@pytest.mark.parametrize("limits", [{"turns": 4}, {"model_calls": 4}, {"tool_calls": 3}], ids=str)
def test_wrap_up_asks_once_more_without_tools(
    gateway: LocalGateway, way: str, limits: dict[Any, Any]
) -> None:
    settings: dict[str, Json] = {"tool_choice": "required", "parallel_tool_calls": False, "temperature": 0.5}
    made = graph(
        node("a", edge("b"), target=dataclasses.replace(PRICED, settings=settings)), node("b", edge("a"))
    )

    async def go() -> None:
        seen = await ran(gateway, limited(made, on_exceed="wrap_up", **limits), [WRAPPED, *TOOL_LOOP], way)
        assert seen.error is None
        assert seen.result is not None
        assert seen.result.output == "All that is known."
        assert seen.calls == 5
        ((name, allowed),) = limits.items()
        used = 4
        assert seen.result.budget == BudgetReached("a", name, allowed, used, "wrap_up")
        body = seen.last_body
        assert not {"tools", "tool_choice", "parallel_tool_calls"} & set(body)
        assert body["temperature"] == 0.5
        assert "best final answer" in body["messages"][0]["content"]
        assert body["messages"][1:] == _messages(gateway, -2)[1:] + body["messages"][-2:]
        if way == "stream":
            assert seen.reached == [seen.result.budget]
        told = seen.result.to_json()["budget"]
        assert told == {
            "agent": "a", "limit": name, "allowed": allowed, "used": used,
            "on_exceed": "wrap_up", "handoff_to": None, "edge": None,
        }  # fmt: skip

    asyncio.run(go())


def _messages(gateway: LocalGateway, place: int) -> list[Any]:
    body: Any = gateway.calls[place].body
    return list(body["messages"])


@BOTH
def test_an_ordinary_answer_says_nothing_of_the_budget(gateway: LocalGateway, way: str) -> None:
    async def go() -> None:
        seen = await ran(gateway, ring(turns=1, on_exceed="wrap_up"), [Rule(Say("Hi."))], way)
        assert seen.result is not None
        assert seen.result.budget is None
        assert seen.result.to_json()["budget"] is None
        assert seen.reached == []

    asyncio.run(go())


@BOTH
@pytest.mark.parametrize(
    ("last", "calls"),
    [
        (Rule(Fail(500), LAST), 3),
        (Rule(Fail(401), LAST), 3),
        (Rule(Use((Tool("no_such_tool"),)), LAST), 3),
        (Rule(Use((Tool("transfer_to_b"),)), LAST), 3),
        (Rule(Say(""), LAST), 3),
    ],
    ids=["500", "401", "tool", "handoff", "empty"],
)
def test_a_last_answer_that_fails_is_not_asked_again(
    gateway: LocalGateway, way: str, last: Rule, calls: int
) -> None:
    async def go() -> None:
        seen = await ran(gateway, ring(turns=2, on_exceed="wrap_up"), [last, *PING_PONG], way)
        assert seen.calls == calls
        assert isinstance(seen.error, LimitError)
        assert "the last answer" in seen.error.message
        assert seen.error.spent is not None
        assert len(seen.error.spent.attempts) == 3
        await nothing_left()

    asyncio.run(go())


@BOTH
def test_a_storm_is_followed_by_one_last_request(gateway: LocalGateway, way: str) -> None:
    async def go() -> None:
        made = limited(graph(node("solo")), model_calls=2, on_exceed="wrap_up")
        seen = await ran(gateway, made, [WRAPPED, Rule(Fail(500))], way)
        assert seen.calls == 3
        assert seen.result is not None
        assert seen.result.output == "All that is known."
        assert [one.outcome for one in seen.result.attempts] == ["failed", "failed", "answered"]
        down = await ran(gateway, made, [Rule(Fail(500))], way)
        assert down.calls == 3
        assert isinstance(down.error, LimitError)

    asyncio.run(go())


@BOTH
def test_time_that_runs_out_leaves_time_for_a_last_answer(way: str) -> None:
    async def go() -> None:
        made = limited(graph(node("solo")), time_s=0.15, on_exceed="wrap_up")
        seen = await ran(
            gateway, made, [WRAPPED, Rule(Say("slow"), pace=Pace(delay_s=20))], way, clock=Clock()
        )
        assert seen.result is not None
        assert seen.result.output == "All that is known."
        assert seen.result.budget is not None
        assert seen.result.budget.limit == "time"
        assert [one.error for one in seen.result.attempts] == ["deadline", None]

    with LocalGateway() as gateway:
        asyncio.run(go())


@BOTH
@pytest.mark.parametrize("enabled", [None, True, False], ids=["no edge", "edge", "edge off"])
def test_another_agent_gives_the_last_answer(gateway: LocalGateway, way: str, enabled: bool | None) -> None:
    own = () if enabled is None else (edge("c", enabled=enabled),)
    made = graph(
        node("a", edge("b"), *own, target=PRICED),
        node("b", edge("a"), *own, target=PRICED),
        node("c", edge("a"), target=PRICED),
    )
    rules = [Rule(Say("c has the last word."), When(system="the c desk")), *PING_PONG]

    async def go() -> None:
        seen = await ran(gateway, limited(made, turns=3, on_exceed="handoff", handoff_to="c"), rules, way)
        assert seen.calls == 4
        assert seen.result is not None
        assert seen.result.output == "c has the last word."
        assert seen.result.path == ("a", "b", "a", "b", "c")
        assert seen.result.last_agent == "c"
        assert seen.result.budget == BudgetReached("b", "turns", 3, 3, "handoff", "c")
        assert "tools" not in seen.last_body
        offered = [_tools(call.body) for call in gateway.calls[:3]]
        extra = {"transfer_to_c"} if enabled else set()
        assert offered == [{"transfer_to_b"} | extra, {"transfer_to_a"} | extra, {"transfer_to_b"} | extra]
        if way == "stream":
            assert [type(one) for one in seen.events if isinstance(one, BudgetReached | HandedOff)][-2:] == [
                BudgetReached, HandedOff,
            ]  # fmt: skip
        await nothing_left()

    asyncio.run(go())


def _tools(body: Any) -> set[str]:
    return {tool["function"]["name"] for tool in body["tools"]}


@BOTH
@pytest.mark.parametrize("history", [None, "last_message"], ids=["no edge", "an edge that hides"])
def test_a_conversation_goes_on_with_whoever_spoke_before_the_last_answer(
    gateway: LocalGateway, tmp_path: Path, way: str, history: HistoryMode | None
) -> None:
    """The way out is no part of it: no model chose it, and what it hides is hidden from that one answer alone."""
    own = () if history is None else (dataclasses.replace(edge("c"), history=history),)
    made = graph(node("a", edge("b")), node("b", edge("a"), *own), node("c"))
    made = stored(limited(made, turns=2, on_exceed="handoff", handoff_to="c"), tmp_path)
    greets = Rule(Say("Hello."), When(message="hi"))
    rules = [greets, Rule(Say("c has the last word."), When(system="the c desk")), PING_PONG[0], *TOOL_LOOP]

    async def go() -> None:
        await ran(gateway, made, [greets], "run", message="hi", session="ann")
        closed = await ran(gateway, made, rules, way, session="ann")
        assert closed.result is not None
        assert (closed.result.path, closed.result.last_agent) == (("a", "b", "c"), "c")
        assert closed.result.budget is not None
        after = await ran(gateway, made, [Rule(Say("b again."))], way, message="and now?", session="ann")
        assert after.result is not None
        assert after.result.path == ("b",)
        said = [(one["role"], one.get("content")) for one in after.last_body["messages"]]
        assert [text for role, text in said if role == "user"] == ["hi", "go", "and now?"]
        assert said[-2] == ("assistant", "c has the last word.")
        assert "transfer_to_c" not in str(after.last_body["messages"])
        assert problems(after.last_body) == []

    asyncio.run(go())


@BOTH
def test_an_agent_that_is_to_answer_last_wraps_up_where_it_is(gateway: LocalGateway, way: str) -> None:
    async def go() -> None:
        made = ring(turns=3, on_exceed="handoff", handoff_to="b")
        seen = await ran(gateway, made, [WRAPPED, *PING_PONG], way)
        assert seen.result is not None
        assert seen.result.path == ("a", "b", "a", "b")
        assert seen.calls == 4
        alone = limited(graph(node("a"), node("c")), model_calls=1, on_exceed="handoff", handoff_to="c")
        seen = await ran(gateway, alone, [WRAPPED, Rule(Fail(500))], way)
        assert seen.calls == 2
        assert seen.result is not None  # the storm came in the middle of a call, which offers no way out
        assert seen.result.path == ("a",)

    asyncio.run(go())


@BOTH
def test_a_way_out_never_has_the_name_of_another_tool(gateway: LocalGateway, way: str) -> None:
    named = dataclasses.replace(edge("b"), tool_name="transfer_to_c")
    made = limited(
        graph(node("a", named), node("b"), node("c")), turns=1, on_exceed="handoff", handoff_to="c"
    )
    rules = [Rule(Say("From c."), When(system="the c desk")), *TOOL_LOOP]

    async def go() -> None:
        seen = await ran(gateway, made, rules, way)
        assert seen.result is not None
        assert seen.result.path == ("a", "c")

    asyncio.run(go())


def _asked(made: AgentGraph, gateway: LocalGateway, way: str, ask: Any) -> Ran:
    return asyncio.run(ran(gateway, made, PING_PONG, way, ask=ask))


@BOTH
def test_yes_grants_the_allowance_once_more_each_time(gateway: LocalGateway, way: str) -> None:
    questions: list[BudgetReached] = []

    def twice(reached: BudgetReached) -> bool:
        questions.append(reached)
        return len(questions) < 3

    seen = _asked(ring(turns=3, on_exceed="ask"), gateway, way, twice)
    assert seen.calls == 9
    assert [(one.limit, one.allowed, one.used) for one in questions] == [
        ("turns", 3, 3),
        ("turns", 6, 6),
        ("turns", 9, 9),
    ]
    assert isinstance(seen.error, LimitError)
    if way == "stream":
        assert seen.reached == questions


@BOTH
def test_the_answer_may_take_its_time(gateway: LocalGateway, way: str) -> None:
    answers = iter([True, False])

    async def later(_: BudgetReached) -> bool:
        await asyncio.sleep(0)
        return next(answers)

    seen = _asked(ring(model_calls=2, on_exceed="ask"), gateway, way, later)
    assert seen.calls == 4
    assert isinstance(seen.error, LimitError)


@BOTH
def test_a_run_that_was_granted_more_ends_as_any_other(gateway: LocalGateway, way: str) -> None:
    rules = [*(dataclasses.replace(rule, times=1) for rule in PING_PONG), Rule(Say("Done."))]

    async def go() -> None:
        seen = await ran(gateway, ring(turns=1, on_exceed="ask"), rules, way, ask=lambda _: True)
        assert seen.result is not None
        assert seen.result.budget is None
        assert seen.result.output == "Done."

    asyncio.run(go())


@BOTH
def test_nobody_to_ask_is_a_no(gateway: LocalGateway, way: str) -> None:
    seen = _asked(ring(turns=3, on_exceed="ask"), gateway, way, None)
    assert seen.calls == 3
    assert isinstance(seen.error, LimitError)


@BOTH
def test_a_question_that_its_asker_cancels_is_a_no(gateway: LocalGateway, way: str) -> None:
    async def gone(_: BudgetReached) -> bool:
        raise asyncio.CancelledError

    seen = _asked(ring(turns=3, on_exceed="ask"), gateway, way, gone)
    assert seen.calls == 3
    assert isinstance(seen.error, LimitError)


def test_a_run_that_is_cancelled_from_within_has_no_answer(gateway: LocalGateway) -> None:
    async def leave(_: BudgetReached) -> bool:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)
        return True

    async def go() -> None:
        gateway.script(PING_PONG)
        made = ring(turns=3, on_exceed="ask")
        async with Team(made, Settings.local(gateway.base_url)) as team:
            with pytest.raises(RuntimeError, match="cancelled from outside"):
                [event async for event in team.stream("go", ask=leave)]

    asyncio.run(go())


@BOTH
def test_time_that_a_person_took_does_not_count(gateway: LocalGateway, way: str) -> None:
    moment = [0.0]

    def ask(_: BudgetReached) -> bool:
        moment[0] += 1_000_000
        return len(gateway.calls) < 4

    clock = Clock(now=lambda: moment[0], jitter=lambda: 0.0)

    async def go() -> None:
        made = ring(turns=2, time_s=10.0, on_exceed="ask")
        seen = await ran(gateway, made, PING_PONG, way, clock=clock, ask=ask)
        assert seen.calls == 4
        assert isinstance(seen.error, LimitError)
        assert seen.error.limit == "turns"

    asyncio.run(go())


def test_a_live_stream_shows_the_last_answer(gateway: LocalGateway) -> None:
    async def go() -> None:
        seen = await ran(gateway, ring(turns=2, on_exceed="wrap_up"), [WRAPPED, *PING_PONG], "stream")
        shown = "".join(event.text for event in seen.events if isinstance(event, TextDelta))
        assert shown == "All that is known."

    asyncio.run(go())


@BOTH
def test_a_backup_is_asked_for_the_last_answer_without_its_own_tool_settings(
    gateway: LocalGateway, way: str
) -> None:
    spare = ModelTarget("together", "deepseek-ai/DeepSeek-V3", settings={"tool_choice": "required"})
    made = graph(dataclasses.replace(node("a", edge("b")), backups=(spare,)), node("b"))

    async def go() -> None:
        gone = [Rule(Fail(500), When(provider="openai")), WRAPPED, *TOOL_LOOP]
        seen = await ran(gateway, limited(made, turns=2, on_exceed="wrap_up"), gone, way)
        assert seen.result is not None
        assert seen.result.attempts[-1].provider == "together"
        assert "tool_choice" not in seen.last_body

    asyncio.run(go())
