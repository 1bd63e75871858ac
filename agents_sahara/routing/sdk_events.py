"""From the chunks of a streamed answer to the SDK's events: those that the SDK's own chat model gives.

openai-agents 0.24 (checked 2026-11-28) asks of each chunk some forty questions, whatever it says. Here a chunk that
only goes on with the text becomes its one event at once; all others go through the SDK's handler, which is told of
the text so far before it sees the next of them.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from contextlib import aclosing, closing, suppress
from typing import Any, Self, cast

from agents.items import TResponseStreamEvent
from agents.models.chatcmpl_stream_handler import ChatCmplStreamHandler
from openai.types.chat import ChatCompletionChunk
from openai.types.responses import Response, ResponseTextDeltaEvent

from agents_sahara.clients.repeats import MoreText
from agents_sahara.routing.client import Part


async def events_of(
    begin: Callable[[], tuple[AsyncGenerator[Part], Response]], model: str
) -> AsyncGenerator[TResponseStreamEvent]:
    """The events of one answer, which `begin` asks for; with what it is to be told in."""
    parts, response = begin()
    handler = _Handler(response, model)
    async with aclosing(parts):
        with closing(handler):
            async for part in parts:
                if isinstance(part, MoreText):
                    event = handler.more(part)
                    if event is not None:
                        yield event
                        continue
                    part = part.whole()
                for told in handler.told(part):
                    yield told
            for told in handler.told(None):
                yield told


class _LeftError(Exception):
    """Nobody reads the events any more."""


class _Inbox:
    """The stream that the SDK's handler reads: it waits, without an event loop, until there is something."""

    def __init__(self) -> None:
        self._next: ChatCompletionChunk | None = None
        self._is_full = False
        self._is_left = False

    def put(self, chunk: ChatCompletionChunk | None) -> None:
        """Let the handler go on with `chunk`; None is the end."""
        self._next, self._is_full = chunk, True

    def leave(self) -> None:
        """Let the handler end where it is."""
        self._is_full = self._is_left = True

    def __aiter__(self) -> Self:
        return self

    def __anext__(self) -> Self:
        return self

    def __await__(self) -> Generator[None, None, ChatCompletionChunk]:
        while not self._is_full:
            yield
        self._is_full = False
        if self._is_left:
            raise _LeftError
        if self._next is None:
            raise StopAsyncIteration
        return self._next


class _Handler:
    """The SDK's handler of one stream, given one chunk at a time."""

    def __init__(self, response: Response, model: str) -> None:
        self._inbox = _Inbox()
        self._events: Any = aiter(
            ChatCmplStreamHandler.handle_stream(
                response,
                cast("Any", self._inbox),
                model=model,
                raise_on_length_truncation=True,
            )
        )
        self._step: Any = None
        """The step that waits for the next chunk."""
        self._delta: ResponseTextDeltaEvent | None = None
        """The last event, where it was a piece of text: the next piece is told as it was."""
        self._number = 0
        """Of the next event."""
        self._ahead = 0
        """Events that were told and that the handler does not count."""
        self._untold: list[str] = []
        """Text that the handler has not seen yet."""
        self._like: MoreText | None = None

    def more(self, part: MoreText) -> TResponseStreamEvent | None:
        """The event of a chunk that goes on with the text; None where the handler has to look at it."""
        last = self._delta
        if last is None:
            return None
        self._untold.append(part.text)
        self._like = part
        number = self._number
        self._number = number + 1
        return ResponseTextDeltaEvent(
            content_index=last.content_index,
            delta=part.text,
            item_id=last.item_id,
            output_index=last.output_index,
            type="response.output_text.delta",
            sequence_number=number,
            logprobs=[],
        )

    def told(self, chunk: ChatCompletionChunk | None) -> Iterator[TResponseStreamEvent]:
        """The events of any other chunk, or of the end.

        Raises:
            AgentsException: what the handler raises.
        """
        if self._like is not None:
            joined = self._like._replace(text="".join(self._untold)).whole()
            self._ahead += len(self._untold) - len(list(self._handled(joined)))
            self._untold, self._like = [], None
        for event in self._handled(chunk):
            event.sequence_number += self._ahead
            self._number = event.sequence_number + 1
            self._delta = event if isinstance(event, ResponseTextDeltaEvent) else None
            yield event

    def close(self) -> None:
        """End the handler, wherever it is; nothing in it waits for an event loop."""
        ending = self._step if self._step is not None else self._events.aclose()
        self._step = None
        self._inbox.leave()
        with suppress(_LeftError, StopIteration, StopAsyncIteration):
            ending.send(None)

    def _handled(self, chunk: ChatCompletionChunk | None) -> Iterator[TResponseStreamEvent]:
        self._inbox.put(chunk)
        while True:
            step: Any = self._step if self._step is not None else anext(self._events)
            self._step = None
            try:
                step.send(None)
            except StopIteration as event:
                yield event.value
            except StopAsyncIteration:
                return
            else:
                self._step = step
                return
