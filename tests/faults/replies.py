"""The bytes of answers, whole and broken, as steps that a raw server plays.

Written by hand from the chat completions wire format; shares nothing with the code under test.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

FIRST_TEXT = "together answers: grüß Gott, 42."
"""What the first member of every pool says when it is well."""
SECOND_TEXT = "lepton answers: grüß Gott, 42."
"""What the second one says."""

HANG: Literal["hang"] = "hang"
"""Nothing more comes, until the client goes away."""
RESET: Literal["reset"] = "reset"
"""The connection is reset (RST)."""
CLOSE: Literal["close"] = "close"
"""The connection is ended (FIN)."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Some time in which nothing comes."""

    seconds: float


Step: TypeAlias = "bytes | Pause | Literal['hang', 'reset', 'close']"
Reply: TypeAlias = Sequence[Step]

_REASONS = {200: "OK", 204: "No Content", 302: "Found", 307: "Temporary Redirect", 429: "Too Many Requests"}


def head(status: int = 200, kind: str = "application/json", **headers: object) -> bytes:
    """A status line and headers; `_` in a name stands for `-`, None leaves a header out."""
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Status')}"]
    named = {"Content-Type": kind or None} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    lines += [f"{name}: {value}" for name, value in named.items() if value is not None]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def reply(
    body: str | bytes = b"", status: int = 200, kind: str = "application/json", **headers: object
) -> Reply:
    """A whole answer with its true length."""
    data = body.encode() if isinstance(body, str) else body
    return (head(status, kind, Content_Length=len(data), **headers) + data,)


def json_reply(body: object, status: int = 200, **headers: Any) -> Reply:
    """A whole answer of JSON."""
    return reply(json.dumps(body), status, **headers)


def completion(text: object = FIRST_TEXT, finish: object = "stop", **message: object) -> dict[str, Any]:
    """A chat completion."""
    said = {"role": "assistant", "content": text} | message
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1760000000,
        "model": "some-model-2026",
        "choices": [{"index": 0, "message": said, "finish_reason": finish}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21},
    }


def chunk(delta: object = None, finish: object = None, **fields: object) -> dict[str, Any]:
    """One chunk of a streamed completion."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1760000000,
        "model": "some-model-2026",
        "choices": [{"index": 0, "delta": {} if delta is None else delta, "finish_reason": finish}],
    } | fields


def text_chunk(text: object) -> dict[str, Any]:
    """A chunk with a piece of text."""
    return chunk({"content": text})


USAGE = chunk(choices=[], usage={"prompt_tokens": 9, "completion_tokens": 12, "total_tokens": 21})
ROLE = chunk({"role": "assistant", "content": ""})
HALF = (ROLE, text_chunk(FIRST_TEXT[:6]), text_chunk(FIRST_TEXT[6:14]))
"""A stream's beginning, with text in it."""
WHOLE = (*HALF, text_chunk(FIRST_TEXT[14:]), chunk(finish="stop"), USAGE)
"""A whole stream, without its last line."""
DONE = b"data: [DONE]\n\n"


def event(data: object, end: str = "\n") -> bytes:
    """One server-sent event: bytes as they are, everything else as JSON."""
    if isinstance(data, bytes):
        return data
    return f"data: {json.dumps(data, ensure_ascii=False)}{end}{end}".encode()


def events(parts: Iterable[object], end: str = "\n") -> bytes:
    """Several events in a row."""
    return b"".join(event(part, end) for part in parts)


def framed(data: bytes, *, extension: bytes = b"") -> bytes:
    """One HTTP chunk."""
    return f"{len(data):x}".encode() + extension + b"\r\n" + data + b"\r\n"


def sse_head(**headers: object) -> bytes:
    """The head of a stream in HTTP chunks."""
    return head(200, "text/event-stream", Transfer_Encoding="chunked", **headers)


LAST = b"0\r\n\r\n"
"""The end of a body in HTTP chunks."""


def sse(*parts: object, then: Reply = (LAST,), **headers: object) -> Reply:
    """A stream with an HTTP chunk for each event, which ends as `then` says: by default cleanly."""
    return (sse_head(**headers) + b"".join(framed(event(part)) for part in parts), *then)


def healthy(text: str, *, is_stream: bool) -> Reply:
    """A good answer."""
    if not is_stream:
        return json_reply(completion(text))
    middle = len(text) // 2
    pieces = (text_chunk(text[:middle]), text_chunk(text[middle:]))
    return sse(ROLE, *pieces, chunk(finish="stop"), USAGE, DONE)


def call(name: str, arguments: object, call_id: object = "call_1", index: object = 0) -> dict[str, Any]:
    """A tool call, or a piece of one where `index` counts."""
    return {
        "index": index,
        "id": call_id,
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def calling(*calls: dict[str, Any], finish: object = "tool_calls", text: object = None) -> dict[str, Any]:
    """A completion that calls tools."""
    return completion(text, finish, tool_calls=list(calls))


def call_chunk(*calls: dict[str, Any], finish: object = None) -> dict[str, Any]:
    """A chunk with pieces of tool calls."""
    return chunk({"tool_calls": list(calls)}, finish)
