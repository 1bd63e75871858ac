"""The bytes that the bench gateway answers with, made once for each model and tool.

Knows the shapes of chat completions; knows nothing of sockets.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache

ANSWER = "¡Hola! Me llamo James. ¿En qué puedo ayudarte hoy?"
"""What the specialist says when the answer is not streamed in many chunks."""

WORDS = ("palabra ", "tras ")
"""Chunks of a long streamed answer, by turns: litellm ends a stream that says one thing again and again."""

_MODEL = re.compile(rb'"model": ?"([^"]+)"')
_HANDOFF = re.compile(
    rb'"name": ?"((?:final_result_)?(?:transfer|handoff)_to_[A-Za-z0-9_-]+|delegate_task_to_member)"'
)
_ARGUMENTS = {
    "transfer_to_agent": {"agent_name": "spanish"},
    "delegate_task_to_member": {"member_id": "spanish", "task": "Answer."},
}
"""Of handoff tools that several targets share."""
_USAGE = {"prompt_tokens": 40, "completion_tokens": 12, "total_tokens": 52}


def model_of(body: bytes) -> str:
    """The model that a request asks for; not parsed, because parsing would cost more than the answer."""
    found = _MODEL.search(body)
    return found[1].decode() if found else ""


def handoff_of(body: bytes) -> str | None:
    """The first handoff tool that a request offers, if it offers one."""
    found = _HANDOFF.search(body)
    return found[1].decode() if found else None


def wants_stream(body: bytes) -> bool:
    """Whether the answer is to be streamed."""
    return b'"stream":true' in body or b'"stream": true' in body


def wants_usage(body: bytes) -> bool:
    """Whether a streamed answer ends with its usage."""
    return b'"include_usage":true' in body or b'"include_usage": true' in body


@lru_cache(maxsize=4096)
def completion(model: str, tool: str | None) -> bytes:
    """A whole HTTP answer: a call of `tool`, or the answer in words."""
    message: dict[str, object] = {"role": "assistant", "content": None if tool else ANSWER, "refusal": None}
    if tool:
        message["tool_calls"] = [_call(tool)]
    choice = {"index": 0, "finish_reason": "tool_calls" if tool else "stop", "message": message}
    body = json.dumps(_head(model, "chat.completion") | {"choices": [choice], "usage": _USAGE}).encode()
    return whole(200, body)


def whole(status: int, body: bytes) -> bytes:
    """A whole HTTP answer that holds this JSON."""
    head = f"HTTP/1.1 {status} Bench\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


@lru_cache(maxsize=4096)
def stream_of_call(model: str, tool: str, usage: bool) -> bytes:
    """A streamed call of `tool`, from the first event to the end."""
    delta: dict[str, object] = {
        "role": "assistant",
        "content": None,
        "tool_calls": [_call(tool) | {"index": 0}],
    }
    return _event(model, delta) + _end(model, "tool_calls", usage)


def first_chunk(model: str, sent_s: float) -> bytes:
    """The first event of a streamed answer: the monotonic second at which it was sent, as text."""
    return _event(model, {"role": "assistant", "content": f"{sent_s:.6f} "})


@lru_cache(maxsize=64)
def next_chunk(model: str, number: int) -> bytes:
    """A further event of a streamed answer; `number` is 0 or 1."""
    return _event(model, {"content": WORDS[number]})


@lru_cache(maxsize=64)
def stream_end(model: str, usage: bool) -> bytes:
    """The last events of a streamed answer."""
    return _end(model, "stop", usage)


def _call(tool: str) -> dict[str, object]:
    arguments = json.dumps(_ARGUMENTS.get(tool, {}))
    return {"id": "call_bench", "type": "function", "function": {"name": tool, "arguments": arguments}}


def _head(model: str, kind: str) -> dict[str, object]:
    return {
        "id": "chatcmpl-bench",
        "object": kind,
        "created": 1763769600,
        "model": model,
        "system_fingerprint": "bench",
    }


def _event(model: str, delta: dict[str, object], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _chunk(_head(model, "chat.completion.chunk") | {"choices": [choice]})


def _end(model: str, finish: str, usage: bool) -> bytes:
    last = _event(model, {}, finish)
    if usage:
        last += _chunk(_head(model, "chat.completion.chunk") | {"choices": [], "usage": _USAGE})
    return last + _framed(b"data: [DONE]\n\n") + b"0\r\n\r\n"


def _chunk(event: dict[str, object]) -> bytes:
    return _framed(b"data: " + json.dumps(event).encode() + b"\n\n")


def _framed(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)
