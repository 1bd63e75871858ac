"""The lean way to a completion gives, or raises, what the client's own `create` does."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx2
import pytest
from openai import AsyncOpenAI, Omit
from openai.types.chat import ChatCompletion

from agents_sahara.clients import chat

_LIMITS = httpx2.Timeout(5.0)
_WHOLE: dict[str, Any] = {
    "id": "x",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi"}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
}
_CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def _with_message(**fields: object) -> dict[str, Any]:
    choice = {**_WHOLE["choices"][0], "message": {"role": "assistant", "content": None, **fields}}
    return {**_WHOLE, "choices": [choice]}


_BODIES: dict[str, bytes] = {
    name: body if isinstance(body, bytes) else json.dumps(body).encode()
    for name, body in {
        "whole": _WHOLE,
        "a call": _with_message(tool_calls=[_CALL]),
        "a call without a type": _with_message(tool_calls=[{"id": "c", "function": _CALL["function"]}]),
        "more fields": {**_WHOLE, "provider": "p", "x": {"y": [1]}},
        "reasoning": _with_message(content="Hi", reasoning_content="Hm."),
        "numbers as text": {**_WHOLE, "created": "1", "usage": {"prompt_tokens": "1"}},
        "a fraction": {**_WHOLE, "created": 1.5},
        "another end": {**_WHOLE, "choices": [{**_WHOLE["choices"][0], "finish_reason": "eos"}]},
        "parts": _with_message(content=[{"type": "text", "text": "Hi"}]),
        "no choices": {"error": {"message": "no"}},
        "choices of null": {**_WHOLE, "choices": None},
        "a key twice": b'{"id": "1", "id": "2", "choices": []}',
        "half a character": b'{"id": "\\ud800", "choices": []}',
        "no number": b'{"id": "x", "created": NaN, "choices": []}',
        "a list": [1],
        "null": b"null",
        "nothing": b"",
        "a page": b"<html></html>",
        "not UTF-8": b'{"id": "\xff"}',
        "a byte order mark": b"\xef\xbb\xbf" + json.dumps(_WHOLE).encode(),
        "deep": b'{"id": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    }.items()
}


def _asked(body: bytes, content_type: str, request: dict[str, Any], *, is_lean: bool) -> object:
    sent: list[bytes] = []

    def answer(asked: httpx2.Request) -> httpx2.Response:
        sent.append(asked.content)
        headers = {"content-type": content_type, "x-request-id": "r1"}
        return httpx2.Response(200, headers=headers, content=body)

    async def go() -> object:
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
        async with AsyncOpenAI(
            api_key="k", base_url="http://x/v1", max_retries=0, http_client=http
        ) as client:
            if is_lean:
                return await chat.completion(client, request, _LIMITS)
            return await client.chat.completions.create(**request, timeout=_LIMITS)

    try:
        found = asyncio.run(go())
    except Exception as error:  # noqa: BLE001  whatever it is, it must be the same
        return type(error).__name__, sent
    if isinstance(found, ChatCompletion):
        return found.model_dump(warnings=False), found._request_id, repr(found), sent
    return found, sent


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
@pytest.mark.parametrize("body", _BODIES)
def test_an_answer_is_the_one_that_the_client_itself_would_give(body: str, content_type: str) -> None:
    request = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    slow = _asked(_BODIES[body], content_type, request, is_lean=False)
    assert _asked(_BODIES[body], content_type, request, is_lean=True) == slow


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": Omit(), "seed": 1},
        {"extra_body": {"temperature": 1, "more": Omit()}, "temperature": 0},
        {"messages": ({"role": "user", "content": "Hi"},)},
        {"stop": {"a", "b"}},
        {"temperature": float("nan")},
        {"unknown": 1},
        {"stream": None},
        {"extra_query": {"a": ["b", "c"]}, "extra_headers": {"X-A": "b"}},
    ],
    ids=lambda fields: "+".join(fields),
)
def test_a_request_is_the_one_that_the_client_itself_would_send(fields: dict[str, Any]) -> None:
    request = {"model": "m", "messages": [{"role": "user", "content": "Hi \u2028 é"}], **fields}
    whole = _BODIES["whole"]
    slow = _asked(whole, "application/json", request, is_lean=False)
    assert _asked(whole, "application/json", request, is_lean=True) == slow
