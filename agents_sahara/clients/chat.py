"""Chat completions over an `AsyncOpenAI`: the bytes that its `create` would send and the values that it would give.

openai 3.54 (checked 2026-11-22) walks each request along the types of its fields and builds each answer field by
field, which costs more than all else in a call. Here a request of plain JSON is posted as it is, through the client's
`post`, and an answer goes through pydantic's compiled validation, strictly. What does not pass goes the client's own
way, so that it sends, gives or raises what it always did.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

import httpx2
import openai
from anyio import EndOfStream
from openai import AsyncOpenAI, AsyncStream, NotGiven, Omit
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import Choice, ChoiceDelta
from pydantic import BaseModel, ValidationError

from agents_sahara.clients.encoding import encoded
from agents_sahara.clients.fields import BODY
from agents_sahara.clients.reader import Event, EventReader
from agents_sahara.clients.repeats import Repeats

_PATH = "/chat/completions"

_KNOWN = frozenset({*BODY, "extra_headers", "extra_query", "extra_body", "timeout"})
_LEFT_OUT = Omit()
_AUTH = {"bearer_auth": True}
"""Which credential `create` asks its client for."""

_DRAIN_S = 0.1
"""How long the end of a body is waited for after the stream has said that it is done."""


class _Delta(ChoiceDelta):
    """With what providers send beside OpenAI's fields, and the SDK looks for in every piece."""

    reasoning_content: str | None = None
    reasoning: str | None = None
    thinking_blocks: list[object] | None = None
    audio: None = None


class _Choice(Choice):
    delta: _Delta


class SoundChunk(ChatCompletionChunk):
    """A chunk that is what its types say, but for fields that they do not name."""

    choices: list[_Choice]  # type: ignore[assignment]  # each is a choice of a chunk


class ChunkStream(Protocol):
    """A completion that comes in chunks."""

    @property
    def response(self) -> httpx2.Response:
        """The answer that it is read from."""
        ...

    async def arrived(self) -> Sequence[object]:
        """What has come since: a piece for each chunk, not read yet; nothing once the stream has ended."""
        ...

    def chunk(self, piece: object) -> object:
        """What this piece says, which may be no chunk, or a `MoreText`; None where the stream ends with it.

        Raises:
            ValueError: it cannot be read.
            openai.APIError: it tells of an error.
        """
        ...

    def repeats(self, piece: object, chunk: SoundChunk) -> None:
        """Note that `piece` says a mere text, `chunk`: pieces like it come as `MoreText` from now on."""
        ...

    async def close(self) -> None:
        """Let the connection go."""
        ...


async def completion(client: AsyncOpenAI, request: Mapping[str, Any], limits: httpx2.Timeout) -> object:
    """What `client.chat.completions.create(**request, timeout=limits)` gives; raises what it raises."""
    body = _encoded(request)
    if body is None:
        return await client.chat.completions.create(**{**request, "timeout": limits})
    response = await _post(client, body, request, limits, is_stream=False)
    answer = _answer(response)
    if isinstance(answer, BaseModel):
        answer._request_id = response.headers.get("x-request-id")  # type: ignore[attr-defined]  # noqa: SLF001  public
    return answer


async def stream(client: AsyncOpenAI, request: Mapping[str, Any], limits: httpx2.Timeout) -> ChunkStream:
    """The same for a request with `stream`."""
    body = _encoded(request)
    if body is None:
        return _Slow(await client.chat.completions.create(**{**request, "timeout": limits}))
    return _Fast(await _post(client, body, request, limits, is_stream=True))


def _encoded(request: Mapping[str, Any]) -> bytes | None:
    """The body, or None where the client itself has to make it of this request, or to refuse it."""
    if not request.keys() <= _KNOWN or "messages" not in request or "model" not in request:
        return None
    body = {name: request[name] for name in BODY if _is_given(request.get(name, _LEFT_OUT))}
    extra = request.get("extra_body")
    if isinstance(extra, Mapping):
        body = {name: value for name, value in {**body, **extra}.items() if _is_given(value)}
    elif extra is not None:
        return None
    try:
        return encoded(body)
    except (TypeError, ValueError, RecursionError):
        return None


def _is_given(value: object) -> bool:
    return not isinstance(value, Omit | NotGiven)


async def _post(
    client: AsyncOpenAI, body: bytes, request: Mapping[str, Any], limits: httpx2.Timeout, *, is_stream: bool
) -> httpx2.Response:
    options: dict[str, Any] = {"security": _AUTH, "timeout": limits}
    if (headers := request.get("extra_headers")) is not None:
        options["headers"] = headers
    if (query := request.get("extra_query")) is not None:
        options["params"] = query
    posted: httpx2.Response = await client.post(
        _PATH, cast_to=httpx2.Response, content=body, options=cast("Any", options), stream=is_stream
    )
    return posted


def _answer(response: httpx2.Response) -> object:
    try:
        return ChatCompletion.model_validate_json(response.content, strict=True)
    except (ValidationError, RecursionError):
        pass
    try:
        return _built(ChatCompletion, response.json())
    except (ValueError, RecursionError):
        if response.headers.get("content-type", "*").split(";")[0].endswith("json"):
            raise
        return response.text


def _built(kind: type[ChatCompletion | ChatCompletionChunk], data: object) -> object:
    """`data` as the client builds it: unchecked; what is no object stays what it is."""
    return kind.construct(**data) if isinstance(data, dict) else data


class _Slow:
    """The client's own stream."""

    def __init__(self, source: AsyncStream[ChatCompletionChunk]) -> None:
        self.response = source.response
        self._chunks = aiter(source)

    async def arrived(self) -> Sequence[object]:
        chunk = await anext(self._chunks, None)
        return () if chunk is None else (chunk,)

    def chunk(self, piece: object) -> object:
        return piece

    def repeats(self, piece: object, chunk: SoundChunk) -> None:
        pass

    async def close(self) -> None:
        await self.response.aclose()


class _Fast:
    """A stream that is read from its bytes."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self._bytes = aiter(response.aiter_bytes())
        self._reader = EventReader()
        self._repeats = Repeats()
        self._is_over = False
        self._broken: ValueError | None = None
        """Why the stream cannot be read any further."""

    async def arrived(self) -> Sequence[object]:
        events: list[Event] = []
        while not events and not self._is_over:
            if self._broken is not None:
                raise self._broken
            try:
                received = await anext(self._bytes, None)
            except (
                EndOfStream
            ) as error:  # httpx2 2.16 lets it out of a TLS stream (pydantic/httpx2 issue 854)
                raise openai.APIConnectionError(request=self.response.request) from error
            self._take(received, events)
        if not events:
            await self._drain()
        return events

    def _take(self, received: bytes | None, events: list[Event]) -> None:
        self._is_over = received is None
        try:
            for event in self._reader.end() if received is None else self._reader.feed(received):
                if event.data.startswith(b"[DONE]"):
                    self._is_over = True
                    return
                events.append(event)
        except ValueError as error:
            self._broken, self._is_over = error, False

    def repeats(self, piece: object, chunk: SoundChunk) -> None:
        assert isinstance(piece, Event)
        self._repeats.learn(piece.data, chunk)

    def chunk(self, piece: object) -> object:
        assert isinstance(piece, Event)
        if piece.name is None:
            if (more := self._repeats.more(piece.data)) is not None:
                return more
            try:
                chunk = SoundChunk.model_validate_json(piece.data, strict=True)
            except (ValidationError, RecursionError):
                pass
            else:
                if not (chunk.model_extra and chunk.model_extra.get("error")):
                    return chunk
        return self._lenient_chunk(piece)

    def _lenient_chunk(self, event: Event) -> object:
        data = json.loads(event.data.decode())
        if event.name is not None and event.name.startswith("thread."):
            data = {"data": data, "event": event.name}
        elif isinstance(data, dict) and data.get("error"):
            raise _told(data["error"], self.response.request)
        self._is_over = self._is_over or data is None
        return _built(ChatCompletionChunk, data)

    async def _drain(self) -> None:
        """Read what comes after the end, so that the connection can be used again."""
        try:
            if self.response.http_version == "HTTP/1.1":
                async with asyncio.timeout(_DRAIN_S):
                    async for _ in self._bytes:
                        pass
        except (httpx2.HTTPError, OSError, EndOfStream):
            pass  # the answer is whole
        finally:
            await self.close()

    async def close(self) -> None:
        await self.response.aclose()


def _told(body: object, request: httpx2.Request) -> openai.APIError:
    """What the client raises for an event that tells of an error."""
    message = body.get("message") if isinstance(body, dict) else None
    if not isinstance(message, str) or not message:
        message = "An error occurred during streaming"
    return openai.APIError(message, request=request, body=body)
