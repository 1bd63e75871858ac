"""A whole completion where a stream was asked for: some servers answer so, and it is as good as a stream of one part.

Knows nothing of what may be believed: that is judged as for any other part of a stream.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from openai.types.chat import ChatCompletionChunk

from agents_sahara.clients.chat import ChunkStream


def parts_of(stream: ChunkStream) -> ChunkStream:
    """`stream`, or the one part that a whole completion makes."""
    kind = stream.response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return _OnlyPart(stream) if kind == "application/json" else stream


class _OnlyPart:
    def __init__(self, stream: ChunkStream) -> None:
        self.response = stream.response
        self._is_over = False

    async def arrived(self) -> Sequence[object]:
        if self._is_over:
            return ()
        self._is_over = True
        return (await self.response.aread(),)

    def chunk(self, piece: object) -> object:
        assert isinstance(piece, bytes)
        body: object = json.loads(piece)
        if not isinstance(body, dict):
            raise ValueError("no completion")  # noqa: TRY004  a fault of the answer's, like any JSON that is none
        choices = body.get("choices")
        made = [_as_part(choice) for choice in choices] if isinstance(choices, list) else choices
        return ChatCompletionChunk.construct(**{**body, "choices": made, "object": "chat.completion.chunk"})

    async def close(self) -> None:
        await self.response.aclose()


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
