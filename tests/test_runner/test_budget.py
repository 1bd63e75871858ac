"""Every limit of a budget at its edge: what is allowed is done, and what is not is not sent."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import Any

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Raw, Rule, Say, Tool, Use, When
from agents_sahara.emulator.wire import Pace
from agents_sahara.errors import LimitError, ServerError
from agents_sahara.events import AttemptFailed, BudgetReached, RunFailed, TextDelta
from agents_sahara.retry import Clock
from tests.leftovers import nothing_left
from tests.teams import graph, node
from tests.test_runner.budgets import BOTH, PING_PONG, PRICED, TOOL_LOOP, WRAPPED, limited, ran, ring

SOLO = graph(node("solo", target=PRICED))


def _limit(error: object) -> tuple[str | None, object, object]:
    assert isinstance(error, LimitError)
    assert error.exit_code == 5
    return error.limit, error.allowed, error.used


@BOTH
@pytest.mark.parametrize(
    ("limits", "calls", "limit", "used"),
    [
        ({"turns": 1}, 1, "turns", 1),
        ({"turns": 7}, 7, "turns", 7),
        ({"model_calls": 5}, 5, "model_calls", 5),
        ({"handoffs_per_edge": 1, "turns": 50}, 3, "handoffs_per_edge", 2),
        ({"handoffs_per_edge": 4, "turns": 50}, 9, "handoffs_per_edge", 5),
    ],
    ids=str,
)
def test_agents_that_hand_off_in_a_circle_end_at_the_limit(
    gateway: LocalGateway, way: str, limits: dict[str, Any], calls: int, limit: str, used: int
) -> None:
    async def go() -> None:
        seen = await ran(gateway, ring(**limits), PING_PONG, way)
        assert seen.calls == calls
        assert _limit(seen.error) == (limit, limits[limit], used)
        await nothing_left()

    asyncio.run(go())


@BOTH
@pytest.mark.parametrize(("allowed", "calls"), [(0, 1), (1, 2), (6, 7)])
def test_a_model_that_only_calls_tools_ends_at_the_limit(
    gateway: LocalGateway, way: str, allowed: int, calls: int
) -> None:
    async def go() -> None:
        seen = await ran(gateway, limited(SOLO, tool_calls=allowed), TOOL_LOOP, way)
        assert seen.calls == calls
        assert _limit(seen.error) == ("tool_calls", allowed, allowed + 1)

    asyncio.run(go())


@BOTH
def test_several_tools_in_one_answer_are_counted_each(gateway: LocalGateway, way: str) -> None:
    rules = [Rule(Use((Tool("x"), Tool("y"), Tool("transfer_to_b"))), times=1), Rule(Say("Done."))]

    async def go() -> None:
        assert (await ran(gateway, ring(tool_calls=2), rules, way)).error is None
        assert _limit((await ran(gateway, ring(tool_calls=1), rules, way)).error) == ("tool_calls", 1, 2)

    asyncio.run(go())


@BOTH
def test_a_storm_of_500s_ends_at_the_requests_that_the_budget_allows(gateway: LocalGateway, way: str) -> None:
    async def go() -> None:
        seen = await ran(gateway, limited(SOLO, model_calls=2), [Rule(Fail(500))], way)
        assert seen.calls == 2
        assert _limit(seen.error) == ("model_calls", 2, 2)
        assert seen.error is not None
        assert "the last attempt failed" in seen.error.message
        if way == "stream":
            tried = [event.retry_in_s for event in seen.events if isinstance(event, AttemptFailed)]
            assert tried == [0.5, None]
        enough = await ran(gateway, limited(SOLO, model_calls=3), [Rule(Fail(500))], way)
        assert isinstance(enough.error, ServerError)
        assert enough.calls == 3

    asyncio.run(go())


@BOTH
def test_tokens_and_cost_end_a_run_before_its_next_request(gateway: LocalGateway, way: str) -> None:
    async def go() -> None:
        whole = await ran(gateway, ring(turns=3), PING_PONG, way)
        assert whole.error is not None
        assert whole.error.spent is not None
        used = whole.error.spent.usage.total_tokens
        cost = whole.error.spent.cost_usd
        assert cost == Decimal(used) / 100_000
        for limits in ({"tokens": used}, {"cost_usd": cost}):
            ((name, allowed),) = limits.items()
            seen = await ran(gateway, ring(**limits), PING_PONG, way)
            assert seen.calls == 3
            assert _limit(seen.error) == (name, allowed, allowed)
        assert (await ran(gateway, ring(tokens=used + 1), PING_PONG, way)).calls == 4

    asyncio.run(go())


@BOTH
def test_tokens_are_estimated_where_none_are_reported(gateway: LocalGateway, way: str) -> None:
    answer = {
        "id": "x", "object": "chat.completion", "created": 1, "model": "gpt-4o",
        "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {
            "role": "assistant", "content": "x" * 3500,
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "no", "arguments": "{}"}}]}}],
    }  # fmt: skip
    chunk = {**answer, "object": "chat.completion.chunk"}
    message = answer["choices"][0]["message"]  # type: ignore[index]  # a plain object
    called = [{**call, "index": 0} for call in message["tool_calls"]]
    chunk["choices"] = [
        {"index": 0, "finish_reason": "tool_calls", "delta": {"content": "x" * 3500, "tool_calls": called}}
    ]
    rules = [
        Rule(Raw(json.dumps(answer)), When(stream=False)),
        Rule(Raw(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n", "text/event-stream"), When(stream=True)),
    ]

    async def go() -> None:
        seen = await ran(gateway, limited(SOLO, tokens=3500), rules, way)
        assert 3 <= seen.calls <= 4
        limit, _, used = _limit(seen.error)
        assert limit == "tokens"
        assert isinstance(used, int)
        assert 3500 <= used < 8000
        assert seen.error is not None
        assert seen.error.spent is not None
        assert seen.error.spent.usage.total_tokens == 0
        assert seen.error.spent.cost_usd is None

    asyncio.run(go())


@BOTH
def test_time_ends_a_run_before_its_next_request(gateway: LocalGateway, way: str) -> None:
    async def go() -> None:
        moments = iter(range(1_000_000))

        def now() -> float:
            """A second later each time that it is asked."""
            return float(next(moments))

        clock = Clock(now=now, jitter=lambda: 0.0)
        seen = await ran(gateway, ring(time_s=100.0), PING_PONG, way, clock=clock)
        assert 1 < seen.calls < 50
        limit, allowed, used = _limit(seen.error)
        assert (limit, allowed) == ("time", 100.0)
        assert isinstance(used, float)
        assert 100 <= used < 120

    asyncio.run(go())


@BOTH
def test_the_time_of_a_run_cuts_the_answer_under_way(gateway: LocalGateway, way: str) -> None:
    slow = [Rule(Say("Never whole. " * 30), pace=Pace(delay_s=30.0))]

    async def go() -> None:
        seen = await ran(gateway, limited(SOLO, time_s=0.15), slow, way)
        limit, allowed, used = _limit(seen.error)
        assert (limit, allowed) == ("time", 0.15)
        assert isinstance(used, float)
        assert 0.14 < used < 0.65
        assert seen.error is not None
        assert seen.error.spent is not None
        assert [one.error for one in seen.error.spent.attempts] == ["deadline"]

    with LocalGateway() as waiting:
        gateway = waiting
        asyncio.run(go())


def test_a_stream_that_never_ends_is_ended_with_its_text(gateway: LocalGateway) -> None:
    def chunk(text: str) -> str:
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
        return (
            "data: "
            + json.dumps(
                {
                    "id": "x",
                    "object": "chat.completion.chunk",
                    "created": 1,
                    "model": "m",
                    "choices": [choice],
                }
            )
            + "\n\n"
        )

    endless = Raw("".join(chunk("word " * 200) for _ in range(100)), "text/event-stream")

    async def go() -> None:
        seen = await ran(gateway, limited(SOLO, tokens=1000, on_exceed="wrap_up"), [Rule(endless)], "stream")
        assert seen.calls == 1
        limit, allowed, used = _limit(seen.error)
        assert (limit, allowed) == ("tokens", 1000)
        shown = "".join(event.text for event in seen.events if isinstance(event, TextDelta))
        assert isinstance(seen.error, LimitError)
        assert shown == seen.error.partial_text
        assert 14_000 <= len(shown) <= 17_000
        assert isinstance(used, int)
        assert used > 1000
        assert [type(event) for event in seen.events[-2:]] == [BudgetReached, RunFailed]
        assert seen.error.spent is not None
        assert [one.error for one in seen.error.spent.attempts] == ["limit"]
        honest = await ran(gateway, limited(SOLO, tokens=1000), [Rule(Say("word " * 2000))], "stream")
        assert honest.error is None

    asyncio.run(go())


def test_time_that_is_up_ends_a_live_stream_with_its_text() -> None:
    slow = [Rule(Say("word " * 400), pace=Pace(chunk_delay_s=0.02))]

    async def go() -> None:
        made = limited(SOLO, time_s=0.5, on_exceed="wrap_up")
        seen = await ran(gateway, made, slow, "stream")
        limit, allowed, used = _limit(seen.error)
        assert (limit, allowed) == ("time", 0.5)
        assert isinstance(used, float)
        assert 0.49 < used < 1.0
        assert isinstance(seen.error, LimitError)
        assert "word" in seen.error.partial_text
        assert [type(event) for event in seen.events[-2:]] == [BudgetReached, RunFailed]
        assert len(gateway.calls) <= 1

    with LocalGateway() as gateway:
        asyncio.run(go())


def test_a_call_of_a_tool_that_never_ends_is_ended_and_wrapped_up(gateway: LocalGateway) -> None:
    """Nothing of it was shown, so the run may still answer."""

    def chunk(arguments: str) -> str:
        call = {"index": 0, "id": "c", "type": "function", "function": {"name": "no", "arguments": arguments}}
        choice = {"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": None}
        body = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        return f"data: {json.dumps(body)}\n\n"

    endless = Raw("".join(chunk("word " * 200) for _ in range(100)), "text/event-stream")

    async def go() -> None:
        made = limited(SOLO, tokens=1000, on_exceed="wrap_up")
        seen = await ran(gateway, made, [WRAPPED, Rule(endless)], "stream")
        assert seen.calls == 2
        assert seen.result is not None
        assert seen.result.output == "All that is known."
        assert [one.error for one in seen.result.attempts] == ["limit", None]
        assert seen.result.budget is not None
        assert seen.result.budget.limit == "tokens"

    asyncio.run(go())


@BOTH
def test_whoever_runs_a_team_may_change_its_turns(gateway: LocalGateway, way: str) -> None:
    async def go() -> None:
        made = ring(turns=3, handoffs_per_edge=1000)
        assert (await ran(gateway, made, PING_PONG, way, max_turns=5)).calls == 5
        if way == "run":  # more than the calls that a run may make where nobody says
            assert (await ran(gateway, made, PING_PONG, way, max_turns=61)).calls == 61
        assert (await ran(gateway, made, PING_PONG, way)).calls == 3

    asyncio.run(go())


@BOTH
def test_a_budget_belongs_to_one_run(gateway: LocalGateway, way: str) -> None:
    async def go() -> None:
        runs = [ran(gateway, ring(turns=4), PING_PONG, way) for _ in range(5)]
        for seen in await asyncio.gather(*runs):
            assert seen.error is not None
            assert seen.error.spent is not None
            assert len(seen.error.spent.attempts) == 4

    asyncio.run(go())


@BOTH
def test_an_error_tells_what_its_run_had_spent(gateway: LocalGateway, way: str) -> None:
    rules = [PING_PONG[0], Rule(Fail(500), When(system="the b desk"))]

    async def go() -> None:
        seen = await ran(gateway, ring(), rules, way)
        assert isinstance(seen.error, ServerError)
        spent = seen.error.spent
        assert spent is not None
        assert spent.path == ("a", "b")
        assert [one.outcome for one in spent.attempts] == ["answered", "failed", "failed", "failed"]
        assert spent.usage.requests == 1
        assert spent.cost_usd == Decimal(spent.usage.total_tokens) / 100_000
        body: Any = seen.error.to_json()
        assert body["usage"]["requests"] == 1
        assert len(body["attempts"]) == 4
        assert body["cost_usd"] == str(spent.cost_usd)

    asyncio.run(go())
