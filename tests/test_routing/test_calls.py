"""Model calls over real HTTP to a gateway that misbehaves as told: what is tried again, and what ends at once."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Raw, Rule, Say, Wire
from agents_sahara.emulator.wire import Cut, Pace
from agents_sahara.errors import (
    AccessError,
    BadRequestError,
    GatewayError,
    HostError,
    NotFoundError,
    RateLimitError,
    ServerError,
)
from agents_sahara.routing.calls import Caller
from agents_sahara.settings import LOCAL_KEY
from tests.test_routing.asking import BOTH, SSE, Asked, ask, streamed

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
    _answered_at_the_second(ask(gateway, [PASSING[case], Rule(Say("Fine now."))], how=how))


@pytest.mark.parametrize("case", PASSING_PLAIN)
def test_a_plain_answer_that_cannot_be_believed_is_asked_again(gateway: LocalGateway, case: str) -> None:
    _answered_at_the_second(ask(gateway, [PASSING_PLAIN[case], Rule(Say("Fine now."))]))


@pytest.mark.parametrize("case", PASSING_STREAMED)
def test_a_stream_that_broke_before_any_output_is_started_again(gateway: LocalGateway, case: str) -> None:
    _answered_at_the_second(ask(gateway, [PASSING_STREAMED[case], Rule(Say("Fine now."))], how=streamed))


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
    asked = ask(gateway, [Rule(fail)], how=how)
    assert type(asked.error) is kind
    assert isinstance(asked.error, GatewayError)
    assert (asked.calls, asked.slept, asked.error.exit_code, asked.error.attempts) == (1, [], exit_code, 1)
    assert (asked.error.agent, asked.error.provider, asked.error.model) == ("solo", "openai", "gpt-4o")
    assert asked.error.status == fail.status
    assert asked.error.mend
    assert asked.error.__context__ is None
    assert asked.error.__cause__ is None


def test_the_gateways_own_words_are_shown(gateway: LocalGateway) -> None:
    asked = ask(gateway, [Rule(Fail(400, {"error": {"message": "bad\ntemperature"}}))])
    assert str(asked.error) == (
        "agent 'solo': 'gpt-4o' on 'openai': the request is refused (400): bad temperature"
    )
    page = ask(gateway, [Rule(Fail(502, b"<html><title>Bad gateway</title>", content_type="text/html"))])
    assert str(page.error) == "agent 'solo': 'gpt-4o' on 'openai': the gateway failed (502): Bad gateway"


def test_a_key_that_the_gateway_echoes_is_taken_out(gateway: LocalGateway) -> None:
    asked = ask(gateway, [Rule(Fail(401, {"error": {"message": f"bad key {LOCAL_KEY}"}}))])
    assert str(asked.error).endswith("(401): bad key ***")
    assert LOCAL_KEY not in json.dumps(asked.error.to_json() if asked.error else "")


@BOTH
def test_attempts_are_bounded_and_all_are_in_the_ledger(
    gateway: LocalGateway, how: Callable[[Caller], Awaitable[str]]
) -> None:
    asked = ask(gateway, [Rule(Fail(500))], how=how)
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
    asked = ask(gateway, [Rule(Fail(429, headers=headers), times=1), Rule(Say("Fine now."))])
    assert (asked.text, asked.slept) == ("Fine now.", slept)


def test_a_retry_after_beyond_the_deadline_fails_at_once(gateway: LocalGateway) -> None:
    asked = ask(gateway, [Rule(Fail(429, headers={"retry-after": "3600"}))])
    assert isinstance(asked.error, RateLimitError)
    assert (asked.calls, asked.slept, asked.error.retry_after_s) == (1, [], 3600.0)
