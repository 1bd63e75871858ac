"""Give an answer the shapes of the API: one completion object, or the chunks of a stream.

Every field of the documentation's sample response is there, in its order ("Model Inference by Raw HTTP
Request", read 2026-11-22). `system_fingerprint` says that no real model of this name answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agents_sahara.emulator.answer import Answer, Call
from agents_sahara.emulator.chat_request import ChatRequest
from agents_sahara.types import Json

SIM_FINGERPRINT = "agents-sahara-sim"
UPSTREAM_FINGERPRINT = "agents-sahara-upstream"

_WORD = re.compile(r"\s*\S+|\s+")
_ARGUMENTS_PIECE = 16
"""Characters of tool arguments in one chunk: small enough that clients have to join them."""


def completion(request: ChatRequest, answer: Answer, *, created: int) -> dict[str, Json]:
    """The body of a plain answer."""
    return {
        "id": completion_id(request),
        "choices": [_choice(answer, index) for index in range(request.n)],
        "created": created,
        "model": answer.model,
        "object": "chat.completion",
        "service_tier": "default",
        "system_fingerprint": SIM_FINGERPRINT,
        "usage": _usage(answer),
    }


def chunks(request: ChatRequest, answer: Answer, *, created: int) -> Iterator[tuple[dict[str, Json], bool]]:
    """The chunks of a streamed answer, each with whether it carries content.

    Role first, then words or pieces of calls, then the finish reason, choice by choice; last the usage, if asked.
    """
    head: dict[str, Json] = {
        "id": completion_id(request),
        "object": "chat.completion.chunk",
        "created": created,
        "model": answer.model,
        "service_tier": "default",
        "system_fingerprint": SIM_FINGERPRINT,
    }
    tail: dict[str, Json] = {"usage": None} if request.include_usage else {}
    for index in range(request.n):
        for delta, is_content in _deltas(answer):
            yield head | {"choices": [_chunk_choice(index, delta, None)]} | tail, is_content
        yield head | {"choices": [_chunk_choice(index, {}, answer.finish_reason)]} | tail, False
    if request.include_usage:
        yield head | {"choices": [], "usage": _usage(answer)}, False


def completion_id(request: ChatRequest) -> str:
    """As long as the documentation's sample, and the same for the same request."""
    return f"chatcmpl-{request.digest[:29]}"


def words(text: str) -> list[str]:
    """`text` in small pieces that give it back when joined."""
    return _WORD.findall(text)


def _choice(answer: Answer, index: int) -> dict[str, Json]:
    calls: Json = [_call(call) for call in answer.calls] if answer.calls else None
    return {
        "finish_reason": answer.finish_reason,
        "index": index,
        "logprobs": None,
        "message": {
            "content": answer.text,
            "refusal": None,
            "role": "assistant",
            "audio": None,
            "function_call": None,
            "tool_calls": calls,
            "annotations": [],
        },
    }


def _call(call: Call) -> dict[str, Json]:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": call.arguments},
    }


def _chunk_choice(index: int, delta: dict[str, Json], finish_reason: str | None) -> dict[str, Json]:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish_reason}


def _deltas(answer: Answer) -> Iterator[tuple[dict[str, Json], bool]]:
    opening: Json = None if answer.text is None else ""
    yield {"role": "assistant", "content": opening, "refusal": None}, False
    for word in words(answer.text or ""):
        yield {"content": word}, True
    for place, call in enumerate(answer.calls):
        yield {"tool_calls": [{"index": place} | _call(Call(call.id, call.name, ""))]}, True
        for start in range(0, len(call.arguments), _ARGUMENTS_PIECE):
            piece = call.arguments[start : start + _ARGUMENTS_PIECE]
            yield {"tool_calls": [{"index": place, "function": {"arguments": piece}}]}, True


def _usage(answer: Answer) -> dict[str, Json]:
    return {
        "completion_tokens": answer.completion_tokens,
        "prompt_tokens": answer.prompt_tokens,
        "total_tokens": answer.prompt_tokens + answer.completion_tokens,
        "completion_tokens_details": {
            "accepted_prediction_tokens": 0,
            "audio_tokens": 0,
            "reasoning_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
        "prompt_tokens_details": {"audio_tokens": 0, "cached_tokens": 0},
    }
