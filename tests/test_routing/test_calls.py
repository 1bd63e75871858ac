"""Model calls over real HTTP to a gateway that misbehaves as told."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2
import pytest
from openai.types.chat import ChatCompletionChunk

from agents_sahara.clients.pool import ClientPool
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Raw, Rule, Say, Tool, Use, Wire
from agents_sahara.emulator.wire import Cut, Pace
from agents_sahara.errors import (
    AccessError,
    BadRequestError,
    DeadlineError,
    GatewayError,
    HostError,
    NotFoundError,
    RateLimitError,
    SaharaError,
    ServerError,
    UnusableAnswerError,
)
from agents_sahara.retry import Clock, RetryPolicy
from agents_sahara.routing.answers import StreamJudge
from agents_sahara.routing.calls import Caller
from agents_sahara.routing.health import Pair
from agents_sahara.routing.pool import Member, Pool
from agents_sahara.routing.tries import RoutingState
from agents_sahara.settings import LOCAL_KEY, Settings
from agents_sahara.usage import Ledger, current_ledger
from tests.leftovers import nothing_left

REQUEST = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello!"}]}


@dataclass
class Waits:
    """A clock whose sleeps take no time and are written down."""

    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    def clock(self) -> Clock:
        return Clock(sleep=self.sleep, jitter=lambda: 0.0)


@dataclass
class Asked:
    """What one call gave and left behind."""

    text: str = ""
    error: SaharaError | None = None
    ledger: Ledger = field(default_factory=Ledger)
    slept: list[float] = field(default_factory=list)
    calls: int = 0

    @property
    def outcomes(self) -> list[str | None]:
        return [attempt.error or attempt.outcome for attempt in self.ledger.attempts]


@asynccontextmanager
async def _caller(base_url: str, policy: RetryPolicy, waits: Waits) -> AsyncIterator[Caller]:
    pool = ClientPool(Settings.local(base_url), {})
    try:
        members = Pool("solo", (Member(Pair("openai", "gpt-4o")),))
        yield Caller(members, pool, policy, RoutingState.begin(waits.clock()))
    finally:
        await pool.aclose()


async def _plain(caller: Caller) -> str:
    answer = await caller.answer(REQUEST)
    return answer.choices[0].message.content or json.dumps(
        [c.model_dump() for c in answer.choices[0].message.tool_calls or []]
    )


async def _streamed(caller: Caller) -> str:
    chunks = [chunk async for chunk in caller.stream({**REQUEST, "stream": True})]
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def _ask(
    gateway: LocalGateway,
    rules: Iterable[Rule],
    *,
    how: Callable[[Caller], Awaitable[str]] = _plain,
    policy: RetryPolicy | None = None,
) -> Asked:
    gateway.script(rules)
    before = len(gateway.calls)
    asked, waits = Asked(), Waits()

    async def go() -> None:
        token = current_ledger.set(asked.ledger)
        async with _caller(gateway.base_url, policy or RetryPolicy(), waits) as caller:
            try:
                asked.text = await how(caller)
            except SaharaError as error:
                asked.error = error
        current_ledger.reset(token)
        await nothing_left()

    asyncio.run(go())
    asked.slept, asked.calls = waits.slept, len(gateway.calls) - before
    return asked


BOTH = pytest.mark.parametrize("how", [_plain, _streamed], ids=["plain", "streamed"])
SSE = "text/event-stream"

PASSING: dict[str, Rule] = {
    "500": Rule(Fail(500), times=1),
    "500 in plain text": Rule(Fail(500, b"upstream failed"), times=1),
    "502 as a page": Rule(
        Fail(502, b"<html><title>Bad gateway</title></html>", content_type="text/html"), times=1
    ),
    "503 of detail": Rule(Fail(503, {"detail": "busy"}), times=1),
    "529": Rule(Fail(529), times=1),
    "408": Rule(Fail(408), times=1),
    "409": Rule(Fail(409), times=1),
    "429": Rule(Fail(429), times=1),
    "no answer at all": Rule(pace=Pace(cut=Cut()), times=1),
    "reset": Rule(pace=Pace(cut=Cut(how="reset")), times=1),
    "not HTTP": Rule(Wire(b"garbage\r\n\r\n"), times=1),
    "bad gzip": Rule(Raw(b"no gzip", headers={"content-encoding": "gzip"}), times=1),
}
"""Passes by itself: the next attempt is answered."""

PASSING_PLAIN: dict[str, Rule] = {
    "empty body": Rule(Raw(b""), times=1),
    "204": Rule(Raw(b"", status=204, content_type=None), times=1),
    "a page": Rule(Raw("<html>hello</html>", content_type="text/html"), times=1),
    "cut JSON": Rule(Raw('{"choices": [{"mess'), times=1),
    "a JSON text": Rule(Raw('"hello"'), times=1),
    "a JSON list": Rule(Raw("[1]"), times=1),
    "an error in a 200": Rule(Raw('{"error": {"message": "overloaded"}}'), times=1),
    "no choices": Rule(Raw('{"id": "x", "object": "chat.completion", "choices": []}'), times=1),
    "null choices": Rule(Raw('{"id": "x", "object": "chat.completion", "choices": null}'), times=1),
    "null message": Rule(
        Raw('{"choices": [{"index": 0, "finish_reason": "stop", "message": null}]}'), times=1
    ),
    "null content": Rule(
        Raw(
            '{"choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": null}}]}'
        ),
        times=1,
    ),
    "parts for content": Rule(
        Raw(
            '{"choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": [1]}}]}'
        ),
        times=1,
    ),
    "cut in the body": Rule(Say("A long answer."), pace=Pace(cut=Cut(after_bytes=40)), times=1),
    "reset in the body": Rule(
        Say("A long answer."), pace=Pace(cut=Cut(after_bytes=40, how="reset")), times=1
    ),
}

PASSING_STREAMED: dict[str, Rule] = {
    "empty stream": Rule(Raw(b"", content_type=SSE), times=1),
    "only [DONE]": Rule(Raw("data: [DONE]\n\n", content_type=SSE), times=1),
    "only pings": Rule(Raw(": ping\n\n" * 5, content_type=SSE), times=1),
    "a page for a stream": Rule(Raw("<html>hello</html>", content_type="text/html"), times=1),
    "an error first": Rule(Raw('data: {"error": {"message": "overloaded"}}\n\n', content_type=SSE), times=1),
    "an error as text": Rule(Raw('data: {"error": "overloaded"}\n\n', content_type=SSE), times=1),
    "not JSON": Rule(Raw("data: {oops\n\n", content_type=SSE), times=1),
    "bad UTF-8": Rule(Raw(b"data: \xff\xfe\n\n", content_type=SSE), times=1),
    "cut before the first chunk": Rule(Say("A long answer."), pace=Pace(cut=Cut(after_chunks=0)), times=1),
}


@pytest.mark.parametrize("case", PASSING)
@BOTH
def test_what_passes_by_itself_is_asked_again(
    gateway: LocalGateway, case: str, how: Callable[[Caller], Awaitable[str]]
) -> None:
    _answered_at_the_second(_ask(gateway, [PASSING[case], Rule(Say("Fine now."))], how=how))


@pytest.mark.parametrize("case", PASSING_PLAIN)
def test_a_plain_answer_that_cannot_be_believed_is_asked_again(gateway: LocalGateway, case: str) -> None:
    _answered_at_the_second(_ask(gateway, [PASSING_PLAIN[case], Rule(Say("Fine now."))]))


@pytest.mark.parametrize("case", PASSING_STREAMED)
def test_a_stream_that_broke_before_any_output_is_started_again(gateway: LocalGateway, case: str) -> None:
    _answered_at_the_second(_ask(gateway, [PASSING_STREAMED[case], Rule(Say("Fine now."))], how=_streamed))


def _answered_at_the_second(asked: Asked) -> None:
    assert asked.error is None
    assert asked.text == "Fine now."
    assert asked.calls == 2
    assert asked.slept == [0.5]
    assert asked.outcomes[-1] == "answered"
    assert asked.outcomes[0] in {"server_error", "rate_limited", "unusable_answer"}


FINAL: dict[str, tuple[Fail, type[GatewayError], int]] = {
    "400": (Fail(400, {"error": {"message": "bad temperature"}}), BadRequestError, 1),
    "422": (Fail(422, {"detail": "bad temperature"}), BadRequestError, 1),
    "413": (Fail(413), BadRequestError, 1),
    "418": (Fail(418), BadRequestError, 1),
    "401": (Fail(401), AccessError, 4),
    "403": (Fail(403, b"forbidden"), AccessError, 4),
    "404": (Fail(404), NotFoundError, 1),
    "402": (Fail(402), RateLimitError, 1),
    "429 of an empty purse": (Fail(429, {"error": {"code": "insufficient_quota"}}), RateLimitError, 1),
    "307 elsewhere": (Fail(307, headers={"location": "http://127.0.0.1:9/x"}), HostError, 4),
    "302 elsewhere": (Fail(302, headers={"location": "http://127.0.0.1:9/x"}), HostError, 4),
}


@pytest.mark.parametrize("case", FINAL)
@BOTH
def test_what_cannot_pass_ends_at_once_with_advice(
    gateway: LocalGateway, case: str, how: Callable[[Caller], Awaitable[str]]
) -> None:
    """400, 404 and 500: Sahara API documentation, "Error Codes"."""
    fail, kind, exit_code = FINAL[case]
    asked = _ask(gateway, [Rule(fail)], how=how)
    assert type(asked.error) is kind
    assert isinstance(asked.error, GatewayError)
    assert (asked.calls, asked.slept, asked.error.exit_code, asked.error.attempts) == (1, [], exit_code, 1)
    assert (asked.error.agent, asked.error.provider, asked.error.model) == ("solo", "openai", "gpt-4o")
    assert asked.error.status == fail.status
    assert asked.error.mend
    assert asked.error.__context__ is None
    assert asked.error.__cause__ is None


def test_the_gateways_own_words_are_shown(gateway: LocalGateway) -> None:
    asked = _ask(gateway, [Rule(Fail(400, {"error": {"message": "bad\ntemperature"}}))])
    assert str(asked.error) == (
        "agent 'solo': 'gpt-4o' on 'openai': the request is refused (400): bad temperature"
    )
    page = _ask(gateway, [Rule(Fail(502, b"<html><title>Bad gateway</title>", content_type="text/html"))])
    assert str(page.error) == "agent 'solo': 'gpt-4o' on 'openai': the gateway failed (502): Bad gateway"


def test_a_key_that_the_gateway_echoes_is_taken_out(gateway: LocalGateway) -> None:
    asked = _ask(gateway, [Rule(Fail(401, {"error": {"message": f"bad key {LOCAL_KEY}"}}))])
    assert str(asked.error).endswith("(401): bad key ***")
    assert LOCAL_KEY not in json.dumps(asked.error.to_json() if asked.error else "")


@BOTH
def test_attempts_are_bounded_and_all_are_in_the_ledger(
    gateway: LocalGateway, how: Callable[[Caller], Awaitable[str]]
) -> None:
    asked = _ask(gateway, [Rule(Fail(500))], how=how)
    assert isinstance(asked.error, ServerError)
    assert (asked.calls, asked.slept, asked.error.attempts) == (3, [0.5, 1.0], 3)
    assert asked.outcomes == ["server_error"] * 3


@pytest.mark.parametrize(
    ("headers", "slept"),
    [
        ({"retry-after": "1.5"}, [1.5]),
        ({"retry-after-ms": "300", "retry-after": "9"}, [0.3]),
        ({"retry-after": "Sun, 22 Nov 2026 12:00:03 GMT", "date": "Sun, 22 Nov 2026 12:00:00 GMT"}, [3.0]),
        ({"retry-after": "0"}, [0.5]),
        ({"retry-after": "-5"}, [0.5]),
        ({"retry-after": "soon"}, [0.5]),
        ({"retry-after": "1e999"}, [0.5]),
    ],
)
def test_retry_after_is_obeyed(gateway: LocalGateway, headers: dict[str, str], slept: list[float]) -> None:
    asked = _ask(gateway, [Rule(Fail(429, headers=headers), times=1), Rule(Say("Fine now."))])
    assert (asked.text, asked.slept) == ("Fine now.", slept)


def test_a_retry_after_beyond_the_deadline_fails_at_once(gateway: LocalGateway) -> None:
    asked = _ask(gateway, [Rule(Fail(429, headers={"retry-after": "3600"}))])
    assert isinstance(asked.error, RateLimitError)
    assert (asked.calls, asked.slept, asked.error.retry_after_s) == (1, [], 3600.0)


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
    asked = _ask(gateway, [BROKEN_LATER[case]], how=_streamed)
    assert isinstance(asked.error, UnusableAnswerError)
    assert asked.error.partial_text.startswith("One")
    assert (asked.calls, asked.slept) == (1, [])


@BOTH
def test_an_answer_cut_at_its_length_is_an_error(
    gateway: LocalGateway, how: Callable[[Caller], Awaitable[str]]
) -> None:
    message = '{"role": "assistant", "content": "On"}'
    plain = f'{{"choices": [{{"index": 0, "finish_reason": "length", "message": {message}}}]}}'
    stream = 'data: {"choices": [{"index": 0, "finish_reason": "length", "delta": {"content": "On"}}]}\n\n'
    raw = Raw(stream, content_type=SSE) if how is _streamed else Raw(plain)
    asked = _ask(gateway, [Rule(raw)], how=how)
    assert isinstance(asked.error, UnusableAnswerError)
    assert "max_tokens" in asked.error.mend
    assert asked.calls == 1


def test_an_answer_that_was_filtered_is_an_error(gateway: LocalGateway) -> None:
    message = '{"role": "assistant", "content": ""}'
    body = f'{{"choices": [{{"index": 0, "finish_reason": "content_filter", "message": {message}}}]}}'
    asked = _ask(gateway, [Rule(Raw(body))])
    assert isinstance(asked.error, UnusableAnswerError)
    assert asked.calls == 1


@BOTH
def test_silence_ends_at_the_attempts_time(
    gateway: LocalGateway, how: Callable[[Caller], Awaitable[str]]
) -> None:
    policy = RetryPolicy(attempts=2, attempt_timeout_s=0.15, first_token_s=0.15)
    with LocalGateway() as slow:
        asked = _ask(slow, [Rule(pace=Pace(delay_s=5.0))], how=how, policy=policy)
    assert isinstance(asked.error, DeadlineError)
    assert (asked.slept, asked.error.attempts) == ([0.5], 2)


def test_a_stream_that_falls_silent_ends(gateway: LocalGateway) -> None:
    policy = RetryPolicy(idle_s=0.2)
    with LocalGateway() as slow:
        cut = Cut(after_chunks=2, hold_s=5.0)
        asked = _ask(slow, [Rule(Say("One two three."), pace=Pace(cut=cut))], how=_streamed, policy=policy)
    assert isinstance(asked.error, DeadlineError)
    assert asked.error.partial_text.startswith("One")


def test_a_slow_drip_cannot_outlast_the_deadline() -> None:
    policy = RetryPolicy(attempts=1, attempt_timeout_s=0.2)
    with LocalGateway() as slow:
        drip = Pace(chunk_delay_s=0.05)
        asked = _ask(slow, [Rule(Say("One two three four five six seven eight."), pace=drip)], policy=policy)
        assert asked.error is None or isinstance(asked.error, DeadlineError)
        streamed = _ask(
            slow,
            [Rule(Say("word " * 60), pace=drip)],
            how=_streamed,
            policy=RetryPolicy(attempts=1, deadline_s=0.5),
        )
    assert isinstance(streamed.error, DeadlineError)


def test_a_refused_connection_is_the_hosts_failure() -> None:
    with LocalGateway() as gone:
        base_url = gone.base_url

    async def go() -> SaharaError:
        waits = Waits()
        async with _caller(base_url, RetryPolicy(), waits) as caller:
            with pytest.raises(HostError) as caught:
                await _plain(caller)
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
    calls = json.loads(_ask(gateway, [Rule(Raw(json.dumps(body)))]).text)
    ids = [call["id"] for call in calls]
    assert all(ids)
    assert len(set(ids)) == 2


def test_content_in_parts_is_joined(gateway: LocalGateway) -> None:
    parts = [{"type": "text", "text": "Hello"}, {"type": "text", "text": ", you!"}]
    message = {"role": "assistant", "content": parts}
    body = json.dumps({"choices": [{"index": 0, "finish_reason": "stop", "message": message}]})
    assert _ask(gateway, [Rule(Raw(body))]).text == "Hello, you!"
    delta = json.dumps({"choices": [{"index": 0, "finish_reason": "stop", "delta": {"content": parts}}]})
    assert (
        _ask(gateway, [Rule(Raw(f"data: {delta}\n\n", content_type=SSE))], how=_streamed).text
        == "Hello, you!"
    )


def test_usage_and_the_model_that_answered_are_noted(gateway: LocalGateway) -> None:
    for how in (_plain, _streamed):
        asked = _ask(gateway, [Rule(Say("Hello!", answered_model="gpt-4o-2024-08-06"))], how=how)
        [attempt] = asked.ledger.attempts
        assert attempt.answered_model == "gpt-4o-2024-08-06"
        if how is _plain:
            assert attempt.input_tokens
            assert attempt.output_tokens


def test_a_cancelled_call_is_noted_and_leaves_nothing() -> None:
    async def go() -> Ledger:
        ledger = Ledger()
        current_ledger.set(ledger)
        with LocalGateway() as slow:
            slow.script([Rule(Use((Tool("x"),)), pace=Pace(delay_s=5.0))])
            async with _caller(slow.base_url, RetryPolicy(), Waits()) as caller:
                task = asyncio.create_task(_plain(caller))
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
    part = "delta" if how is _streamed else "message"
    body = f'{{"choices": [{{"index": 0, "finish_reason": "{reason}", "{part}": {{"content": "Half an"}}}}]}}'
    return Rule(Raw(f"data: {body}\n\n", content_type=SSE) if how is _streamed else Raw(body))


@pytest.mark.parametrize("reason", ["abort", "error", "insufficient_system_resource"])
@BOTH
def test_an_end_that_the_model_did_not_choose_is_an_error(
    gateway: LocalGateway, how: Callable[[Caller], Awaitable[str]], reason: str
) -> None:
    """`abort`: vLLM and SGLang; `error`: OpenRouter; the last: DeepSeek's API reference (checked 2026-11-22)."""
    asked = _ask(gateway, [_ended(how, reason)], how=how)
    assert isinstance(asked.error, UnusableAnswerError)
    assert reason in asked.error.message


@pytest.mark.parametrize("reason", ["stop", "eos", "STOP", "end_turn"])
@BOTH
def test_other_words_for_an_end_that_the_model_chose_are_understood(
    gateway: LocalGateway, how: Callable[[Caller], Awaitable[str]], reason: str
) -> None:
    assert _ask(gateway, [_ended(how, reason)], how=how).text == "Half an"


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
    asked = _ask(gateway, [Rule(Say("Fine now."))], how=_streamed)
    assert asked.outcomes == ["unusable_answer", "answered"]
    assert asked.text == "Fine now."
