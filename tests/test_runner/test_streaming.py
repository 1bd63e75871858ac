"""Streamed runs: what is told in which order, and what is left when a run ends early."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
import time
from typing import Any

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Raw, Rule, Say, Tool, Use, When
from agents_sahara.emulator.wire import Cut, Pace
from agents_sahara.errors import UnusableAnswerError
from agents_sahara.events import (
    AgentStarted,
    AttemptFailed,
    HandedOff,
    RunFinished,
    RunStarted,
    TextDelta,
)
from agents_sahara.routing import calls
from agents_sahara.routing.answers import StreamJudge
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from tests.leftovers import nothing_left
from tests.teams import solo, triage
from tests.test_runner.runs import events_of, team_on


def test_a_stream_tells_what_happens_in_order(gateway: LocalGateway) -> None:
    async def go() -> None:
        async with team_on(gateway, triage()) as team:
            events, error = await events_of(team, "Hola, ¿Cómo te llamas?")
            plain = await team.run("Hola, ¿Cómo te llamas?")
            await nothing_left()
        assert error is None
        text = "".join(event.text for event in events if isinstance(event, TextDelta))
        assert [type(event) for event in events if not isinstance(event, TextDelta)] == [
            RunStarted, AgentStarted, HandedOff, AgentStarted, RunFinished,
        ]  # fmt: skip
        finished = events[-1]
        assert isinstance(finished, RunFinished)
        assert finished.result.output == text == plain.output
        assert finished.result.path == plain.path
        assert finished.result.usage == plain.usage
        assert finished.result.trace_id != plain.trace_id

    asyncio.run(go())


def test_retries_are_told_as_they_happen(gateway: LocalGateway) -> None:
    gateway.script([Rule(Fail(500), times=1)])

    async def go() -> None:
        async with team_on(gateway, solo()) as team:
            events, error = await events_of(team, "Hello!")
        assert error is None
        [failed] = [event for event in events if isinstance(event, AttemptFailed)]
        assert (failed.attempt.error, failed.retry_in_s) == ("server_error", 0.5)
        assert "failed (500)" in failed.message
        finished = events[-1]
        assert isinstance(finished, RunFinished)
        assert [attempt.outcome for attempt in finished.result.attempts] == ["failed", "answered"]
        assert finished.result.usage.requests == 1

    asyncio.run(go())


def test_a_stream_that_breaks_after_text_fails_with_that_text(gateway: LocalGateway) -> None:
    gateway.script([Rule(Say("One two three four."), pace=Pace(cut=Cut(after_chunks=2, how="end")))])

    async def go() -> None:
        async with team_on(gateway, solo()) as team:
            events, error = await events_of(team, "go")
        shown = "".join(event.text for event in events if isinstance(event, TextDelta))
        assert isinstance(error, UnusableAnswerError)
        assert error.partial_text == shown
        assert shown.startswith("One")

    asyncio.run(go())
    assert len(gateway.calls) == 1


def test_a_model_that_refuses_after_text_fails_with_that_text(gateway: LocalGateway) -> None:
    said = ({"content": "Well, "}, {"content": "no."}, {"refusal": "I may not."})
    choices = [{"index": 0, "delta": delta, "finish_reason": None} for delta in said]
    end = {"index": 0, "delta": {}, "finish_reason": "stop"}
    events = [{"id": "x", "object": "chat.completion.chunk", "choices": [one]} for one in (*choices, end)]
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
    gateway.script([Rule(Raw(body, content_type="text/event-stream"))])

    async def go() -> None:
        async with team_on(gateway, solo()) as team:
            told, error = await events_of(team, "go")
        assert isinstance(error, UnusableAnswerError)
        assert error.partial_text == "Well, no."
        assert "".join(event.text for event in told if isinstance(event, TextDelta)) == "Well, no."

    asyncio.run(go())


def test_a_handoff_that_did_not_arrive_whole_is_not_made(gateway: LocalGateway) -> None:
    gateway.script(
        [Rule(Use((Tool("transfer_to_spanish"),)), pace=Pace(cut=Cut(after_bytes=350, how="end")))]
    )

    async def go() -> None:
        async with team_on(gateway, triage()) as team:
            events, error = await events_of(team, "go")
        assert isinstance(error, UnusableAnswerError)
        assert not [event for event in events if isinstance(event, HandedOff)]

    asyncio.run(go())


# openai-agents 0.24 wraps the first turn in a task; cancelled before that task's first step, it warns so.
@pytest.mark.filterwarnings("ignore:coroutine 'run_single_turn' was never awaited:RuntimeWarning")
@pytest.mark.parametrize("stalls", [None, "openai", "together"])
@pytest.mark.parametrize("way", ["run", "stream"])
def test_a_cancelled_run_leaves_nothing_behind(way: str, stalls: str | None) -> None:
    reached = threading.Event()

    async def stall(_: float) -> None:
        reached.set()
        await asyncio.Event().wait()

    async def work(team: Team) -> None:
        if way == "run":
            await team.run("go")
        else:
            await events_of(team, "go")

    async def go() -> None:
        with LocalGateway(sleep=stall) as stalling:
            stalling.script([
                Rule(when=When(provider=stalls or "openai"), pace=Pace(delay_s=1.0)),
                Rule(Use((Tool("transfer_to_spanish"),)), When(provider="openai")),
            ])  # fmt: skip
            async with Team(triage(), Settings.local(stalling.base_url)) as team:
                task = asyncio.create_task(work(team))
                await asyncio.sleep(0)
                if stalls is not None:
                    assert await asyncio.to_thread(reached.wait, 10)
                began = time.monotonic()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert time.monotonic() - began < 5.0
                await nothing_left()

    asyncio.run(go())
    gc.collect()  # what the SDK warns of is collected where that is allowed, and not in another test


def test_a_burst_is_shown_while_it_is_still_being_read(
    gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = 0
    note = StreamJudge.note

    def counted(judge: StreamJudge, chunk: Any) -> None:
        nonlocal read
        read += 1
        note(judge, chunk)

    monkeypatch.setattr(StreamJudge, "note", counted)
    monkeypatch.setattr(calls, "_BREATH_S", 0.0)
    gateway.script([Rule(Say("word " * 400))])

    async def go() -> int:
        async with team_on(gateway, solo()) as team:
            events = team.stream("Hello!")
            async for event in events:
                if isinstance(event, TextDelta):
                    break
            seen = read
            await events.aclose()
        return seen

    assert asyncio.run(go()) < 50


def test_a_reader_that_stops_early_ends_the_run(gateway: LocalGateway) -> None:
    async def go() -> None:
        async with team_on(gateway, triage()) as team:
            events = team.stream("Hola, ¿Cómo te llamas?")
            async for event in events:
                if isinstance(event, TextDelta):
                    break
            await events.aclose()
            await nothing_left()

    asyncio.run(go())


def test_a_failed_attempt_is_told_behind_all_text_that_came_before_it(gateway: LocalGateway) -> None:
    """Text and its end come in one piece, so that the failure is known before the text was read."""
    part = 'data: {"choices": [{"index": 0, "delta": {"content": "word "}}]}\n\n'
    gateway.script([Rule(Raw(part * 30, content_type="text/event-stream"))])
    told: list[str] = []

    async def go() -> None:
        async with team_on(gateway, solo()) as team:
            async for event in team.stream("Hello!"):
                told.append(type(event).__name__)  # noqa: PERF401  kept where the stream raises

    with pytest.raises(UnusableAnswerError) as caught:
        asyncio.run(go())
    assert told == ["RunStarted", "AgentStarted", *["TextDelta"] * 30, "AttemptFailed", "RunFailed"]
    assert caught.value.partial_text == "word " * 30


@pytest.mark.parametrize("turns", range(6))
def test_a_reader_that_leaves_just_as_the_run_fails_makes_asyncio_print_nothing(
    gateway: LocalGateway, turns: int
) -> None:
    """So many turns of the loop after the failure was told."""
    gateway.script([Rule(Fail(400))])
    printed: list[object] = []

    async def go() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: printed.append(context))
        async with team_on(gateway, solo()) as team:
            events = team.stream("Hello!")
            async for event in events:
                if isinstance(event, AttemptFailed):
                    break
            for _ in range(turns):
                await asyncio.sleep(0)
            await events.aclose()
            await nothing_left()

    asyncio.run(go())
    assert printed == []
