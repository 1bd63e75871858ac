"""Which answers are believed, over real HTTP: whole ones, mended ones, and none that was cut, late or empty."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable

import httpx2
import pytest
from openai.types.chat import ChatCompletionChunk

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Raw, Rule, Say, Tool, Use
from agents_sahara.emulator.wire import Cut, Pace
from agents_sahara.errors import (
    DeadlineError,
    HostError,
    SaharaError,
    UnusableAnswerError,
)
from agents_sahara.retry import RetryPolicy
from agents_sahara.routing.answers import StreamJudge
from agents_sahara.routing.call_ids import CallIds
from agents_sahara.routing.calls import Caller
from agents_sahara.routing.failures import Callee
from agents_sahara.usage.ledger import Ledger, current_ledger
from tests.leftovers import nothing_left
from tests.test_routing.asking import BOTH, SSE, Waits, ask, open_caller, plain, streamed

BROKEN_LATER: dict[str, Rule] = {
    "closed": Rule(Say("One two three four five six."), pace=Pace(cut=Cut(after_chunks=2))),
    "reset": Rule(Say("One two three four five six."), pace=Pace(cut=Cut(after_chunks=2, how="reset"))),
    "ended cleanly": Rule(Say("One two three four five six."), pace=Pace(cut=Cut(after_chunks=2, how="end"))),
    "error event": Rule(
        Raw(
            'data: {"choices": [{"index": 0, "delta": {"content": "One two"}}]}\n\n'
            'data: {"error": {"message": "overloaded"}}\n\n',
            content_type=SSE,
        )
    ),
    "done without a finish": Rule(
        Raw(
            'data: {"choices": [{"index": 0, "delta": {"content": "One two"}}]}\n\ndata: [DONE]\n\n',
            content_type=SSE,
        )
    ),
}


@pytest.mark.parametrize("case", BROKEN_LATER)
def test_a_stream_that_broke_after_output_is_an_error_with_the_text_so_far(
    gateway: LocalGateway, case: str
) -> None:
    asked = ask(gateway, [BROKEN_LATER[case]], how=streamed)
    assert isinstance(asked.error, UnusableAnswerError)
    assert asked.error.partial_text.startswith("One")
    assert (asked.calls, asked.slept) == (1, [])


def test_a_stream_that_broke_after_a_refusal_is_not_started_again(gateway: LocalGateway) -> None:
    refusal = 'data: {"choices": [{"index": 0, "delta": {"refusal": "I may not"}}]}\n\n'
    asked = ask(gateway, [Rule(Raw(refusal, content_type=SSE)), Rule(Say("Fine."))], how=streamed)
    assert isinstance(asked.error, UnusableAnswerError)
    assert asked.calls == 1


@BOTH
def test_an_answer_cut_at_its_length_is_an_error(
    gateway: LocalGateway, how: Callable[[Caller], Awaitable[str]]
) -> None:
    message = '{"role": "assistant", "content": "On"}'
    plain = f'{{"choices": [{{"index": 0, "finish_reason": "length", "message": {message}}}]}}'
    stream = 'data: {"choices": [{"index": 0, "finish_reason": "length", "delta": {"content": "On"}}]}\n\n'
    raw = Raw(stream, content_type=SSE) if how is streamed else Raw(plain)
    asked = ask(gateway, [Rule(raw)], how=how)
    assert isinstance(asked.error, UnusableAnswerError)
    assert "max_tokens" in asked.error.mend
    assert asked.calls == 1


def test_an_answer_that_was_filtered_is_an_error(gateway: LocalGateway) -> None:
    message = '{"role": "assistant", "content": ""}'
    body = f'{{"choices": [{{"index": 0, "finish_reason": "content_filter", "message": {message}}}]}}'
    asked = ask(gateway, [Rule(Raw(body))])
    assert isinstance(asked.error, UnusableAnswerError)
    assert asked.calls == 1


@BOTH
def test_silence_ends_at_the_attempts_time(
    gateway: LocalGateway, how: Callable[[Caller], Awaitable[str]]
) -> None:
    policy = RetryPolicy(attempts=2, attempt_timeout_s=0.15, first_token_s=0.15)
    with LocalGateway() as slow:
        asked = ask(slow, [Rule(pace=Pace(delay_s=5.0))], how=how, policy=policy)
    assert isinstance(asked.error, DeadlineError)
    assert (asked.slept, asked.error.attempts) == ([0.5], 2)


def test_a_stream_that_falls_silent_ends(gateway: LocalGateway) -> None:
    policy = RetryPolicy(idle_s=0.2)
    with LocalGateway() as slow:
        cut = Cut(after_chunks=2, hold_s=5.0)
        asked = ask(slow, [Rule(Say("One two three."), pace=Pace(cut=cut))], how=streamed, policy=policy)
    assert isinstance(asked.error, DeadlineError)
    assert asked.error.partial_text.startswith("One")


def test_a_slow_drip_cannot_outlast_the_deadline() -> None:
    policy = RetryPolicy(attempts=1, attempt_timeout_s=0.2)
    with LocalGateway() as slow:
        drip = Pace(chunk_delay_s=0.05)
        asked = ask(slow, [Rule(Say("One two three four five six seven eight."), pace=drip)], policy=policy)
        assert asked.error is None or isinstance(asked.error, DeadlineError)
        live = ask(
            slow,
            [Rule(Say("word " * 60), pace=drip)],
            how=streamed,
            policy=RetryPolicy(attempts=1, deadline_s=0.5),
        )
    assert isinstance(live.error, DeadlineError)


def test_a_refused_connection_is_the_hosts_failure() -> None:
    with LocalGateway() as gone:
        base_url = gone.base_url

    async def go() -> SaharaError:
        waits = Waits()
        async with open_caller(base_url, RetryPolicy(), waits) as caller:
            with pytest.raises(HostError) as caught:
                await plain(caller)
        assert waits.slept == [0.5, 1.0]
        return caught.value

    error = asyncio.run(go())
    assert str(error) == f"the host of {base_url} could not be reached: the connection was refused"
    assert error.exit_code == 4


def test_a_tool_call_without_an_id_gets_one(gateway: LocalGateway) -> None:
    body = {
        "choices": [
            {
                "index": 0,
                "finish_reason": "tool_calls",
                "message": {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {"id": None, "type": "function", "function": {"name": "a", "arguments": "{}"}},
                        {"id": "", "type": "function", "function": {"name": "b", "arguments": "{}"}},
                    ],
                },
            }
        ]
    }
    calls = json.loads(ask(gateway, [Rule(Raw(json.dumps(body)))]).text)
    ids = [call["id"] for call in calls]
    assert all(ids)
    assert len(set(ids)) == 2


def test_content_in_parts_is_joined(gateway: LocalGateway) -> None:
    parts = [{"type": "text", "text": "Hello"}, {"type": "text", "text": ", you!"}]
    message = {"role": "assistant", "content": parts}
    body = json.dumps({"choices": [{"index": 0, "finish_reason": "stop", "message": message}]})
    assert ask(gateway, [Rule(Raw(body))]).text == "Hello, you!"
    delta = json.dumps({"choices": [{"index": 0, "finish_reason": "stop", "delta": {"content": parts}}]})
    assert (
        ask(gateway, [Rule(Raw(f"data: {delta}\n\n", content_type=SSE))], how=streamed).text == "Hello, you!"
    )


def test_usage_and_the_model_that_answered_are_noted(gateway: LocalGateway) -> None:
    for how in (plain, streamed):
        asked = ask(gateway, [Rule(Say("Hello!", answered_model="gpt-4o-2024-08-06"))], how=how)
        [attempt] = asked.ledger.attempts
        assert attempt.answered_model == "gpt-4o-2024-08-06"
        if how is plain:
            assert attempt.input_tokens
            assert attempt.output_tokens


def test_a_cancelled_call_is_noted_and_leaves_nothing() -> None:
    async def go() -> Ledger:
        ledger = Ledger()
        current_ledger.set(ledger)
        with LocalGateway() as slow:
            slow.script([Rule(Use((Tool("x"),)), pace=Pace(delay_s=5.0))])
            async with open_caller(slow.base_url, RetryPolicy(), Waits()) as caller:
                task = asyncio.create_task(plain(caller))
                while not task.done() and len(slow.calls) < 1:
                    await asyncio.sleep(0.01)
                    if len(asyncio.all_tasks()) > 1:
                        task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            await nothing_left()
        return ledger

    assert [attempt.outcome for attempt in asyncio.run(go()).attempts] == ["cancelled"]


def _ended(how: Callable[[Caller], Awaitable[str]], reason: str) -> Rule:
    part = "delta" if how is streamed else "message"
    body = f'{{"choices": [{{"index": 0, "finish_reason": "{reason}", "{part}": {{"content": "Half an"}}}}]}}'
    return Rule(Raw(f"data: {body}\n\n", content_type=SSE) if how is streamed else Raw(body))


@pytest.mark.parametrize("reason", ["abort", "error", "insufficient_system_resource"])
@BOTH
def test_an_end_that_the_model_did_not_choose_is_an_error(
    gateway: LocalGateway, how: Callable[[Caller], Awaitable[str]], reason: str
) -> None:
    """`abort`: vLLM and SGLang; `error`: OpenRouter; the last: DeepSeek's API reference (checked 2026-11-22)."""
    asked = ask(gateway, [_ended(how, reason)], how=how)
    assert isinstance(asked.error, UnusableAnswerError)
    assert reason in asked.error.message


@pytest.mark.parametrize("reason", ["stop", "eos", "STOP", "end_turn"])
@BOTH
def test_other_words_for_an_end_that_the_model_chose_are_understood(
    gateway: LocalGateway, how: Callable[[Caller], Awaitable[str]], reason: str
) -> None:
    assert ask(gateway, [_ended(how, reason)], how=how).text == "Half an"


@pytest.mark.parametrize("error", [ssl.SSLError(1, "bad record mac"), httpx2.ReadError("x"), OSError("x")])
def test_a_connection_that_breaks_inside_a_stream_is_told_whatever_raised_it(
    gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """openai 3.54 (checked 2026-11-22) wraps what httpx2 raises, and passes on what TLS raises."""
    broken = [error]

    def note(judge: StreamJudge, chunk: ChatCompletionChunk) -> None:
        if broken:
            raise broken.pop()
        original(judge, chunk)

    original = StreamJudge.note
    monkeypatch.setattr(StreamJudge, "note", note)
    asked = ask(gateway, [Rule(Say("Fine now."))], how=streamed)
    assert asked.outcomes == ["unusable_answer", "answered"]
    assert asked.text == "Fine now."


def _pieces(*calls: tuple[int, str | None, str | None, str]) -> list[tuple[int, str | None, str]]:
    """What becomes of pieces of tool calls, each (index, id, name, arguments), as (index, id, arguments)."""
    judge, made = StreamJudge(Callee("a", "p", "m", "u"), CallIds([])), []
    for index, call_id, name, arguments in calls:
        call = {"index": index, "id": call_id, "function": {"name": name, "arguments": arguments}}
        choice = {"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": None}
        chunk = ChatCompletionChunk.model_validate(
            {"id": "x", "created": 1, "model": "m", "object": "chat.completion.chunk", "choices": [choice]}
        )
        judge.note(chunk)
        [piece] = chunk.choices[0].delta.tool_calls or []
        assert piece.function is not None
        made.append((piece.index, piece.id, piece.function.arguments or ""))
    return made


def test_parallel_calls_that_are_streamed_under_one_index_stay_apart() -> None:
    assert _pieces(
        (0, "a", "pay", "{}"), (0, "b", "look", '{"x"'), (0, None, None, ": 1}"), (1, "c", "look", "{}"),
        (0, "a", None, " "), (0, "b", "look", " "),
    ) == [
        (0, "a", "{}"), (1, "b", '{"x"'), (1, None, ": 1}"), (2, "c", "{}"), (0, None, " "), (1, None, " "),
    ]  # fmt: skip


def test_an_id_that_comes_after_the_name_belongs_to_the_call_under_way() -> None:
    [first, second, third] = _pieces((0, None, "pay", ""), (0, "late", None, "{"), (0, "late", None, "}"))
    assert (first[0], second, third) == (0, (0, None, "{"), (0, None, "}"))
    assert first[1] is not None


def test_pieces_with_a_new_id_each_and_no_name_go_on_with_the_call_before_them() -> None:
    assert _pieces(
        (0, "a", "pay", "{"), (0, "b", None, '"x"'), (1, "c", "look", ""), (0, "d", "", ": 1}"), (1, "e", None, "{}"),
        (1, "f", "pay", "{}"),
    ) == [
        (0, "a", "{"), (0, None, '"x"'), (1, "c", ""), (0, None, ": 1}"), (1, None, "{}"), (2, "f", "{}"),
    ]  # fmt: skip


def test_reasoning_alone_puts_off_the_first_tokens_limit() -> None:
    judge = StreamJudge(Callee("a", "p", "m", "u"), CallIds([]))
    for delta, expected in (({"role": "assistant"}, False), ({"reasoning_content": "Hm."}, True)):
        chunk = {"id": "x", "created": 1, "model": "m", "object": "chat.completion.chunk"}
        choice = {"index": 0, "delta": delta, "finish_reason": None}
        judge.note(ChatCompletionChunk.model_validate({**chunk, "choices": [choice]}))
        assert (judge.is_under_way, judge.has_output) == (expected, False)
