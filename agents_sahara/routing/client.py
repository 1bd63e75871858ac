"""The face of an `AsyncOpenAI` that the SDK's chat model is given.

`OpenAIChatCompletionsModel` (openai-agents 0.24, checked 2026-11-22) uses two things of its client: `base_url`, and
`chat.completions.create`. Standing there, at public names, nothing that the SDK asks goes round the retry loop, and
one object serves every event loop.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Protocol, TypeAlias, cast

from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from agents_sahara.clients.repeats import MoreText

Part: TypeAlias = ChatCompletionChunk | MoreText
"""Of a streamed completion."""


class Answering(Protocol):
    """Whoever answers the model calls of an agent."""

    async def answer(self, request: Mapping[str, Any]) -> ChatCompletion:
        """A whole completion."""
        ...

    def stream(self, request: Mapping[str, Any]) -> AsyncGenerator[Part]:
        """The chunks of a completion."""
        ...


async def whole_chunks(parts: AsyncGenerator[Part]) -> AsyncGenerator[ChatCompletionChunk]:
    """The same, each as a chunk of its own."""
    async with aclosing(parts):
        async for part in parts:
            yield part.whole() if isinstance(part, MoreText) else part


class _Completions:
    def __init__(self, caller: Answering) -> None:
        self._caller = caller

    async def create(self, **request: Any) -> ChatCompletion | AsyncGenerator[ChatCompletionChunk]:
        if request.get("stream") is True:
            return whole_chunks(self._caller.stream(request))
        return await self._caller.answer(request)


class _Chat:
    def __init__(self, caller: Answering) -> None:
        self.completions = _Completions(caller)


class _Face:
    def __init__(self, caller: Answering, base_url: str) -> None:
        self.base_url = base_url
        self.chat = _Chat(caller)


def guarded_client(caller: Answering, base_url: str) -> AsyncOpenAI:
    """A client whose chat completions are made, judged and retried by `caller`."""
    return cast("AsyncOpenAI", _Face(caller, base_url))
