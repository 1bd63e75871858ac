"""A whole completion where a stream was asked for: some servers answer so, and it is as good as a stream of one part.

Knows nothing of what may be believed: that is judged as for any other part of a stream.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping

from openai import AsyncStream
from openai.types.chat import ChatCompletionChunk


def parts_of(stream: AsyncStream[ChatCompletionChunk]) -> AsyncIterator[ChatCompletionChunk]:
    """The chunks of `stream`, or the one that a whole completion makes."""
    kind = stream.response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return _only_part(stream) if kind == "application/json" else aiter(stream)


async def _only_part(stream: AsyncStream[ChatCompletionChunk]) -> AsyncGenerator[ChatCompletionChunk]:
    body: object = json.loads(await stream.response.aread())
    if not isinstance(body, dict):
        raise ValueError("no completion")  # noqa: TRY004  a fault of the answer's, like any JSON that is none
    choices = body.get("choices")
    made = [_as_part(choice) for choice in choices] if isinstance(choices, list) else choices
    yield ChatCompletionChunk.construct(**{**body, "choices": made, "object": "chat.completion.chunk"})


def _as_part(choice: object) -> object:
    """A choice of a completion as one of a chunk; anything else is left for the judge of shapes."""
    if not isinstance(choice, Mapping) or not isinstance(message := choice.get("message"), Mapping):
        return choice
    calls = message.get("tool_calls")
    if isinstance(calls, list):
        numbered = [
            {"index": place, **call} if isinstance(call, Mapping) else call
            for place, call in enumerate(calls)
        ]
        message = {**message, "tool_calls": numbered}
    return {**choice, "delta": message, "finish_reason": choice.get("finish_reason") or "stop"}
