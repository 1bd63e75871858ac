"""Reads server-sent events where openai 3.54 (checked 2026-11-22) loses or misreads some.

It drops the last event of a body that ends without a blank line, fails on an event without data, which is none by
the standard (HTML Living Standard, "Server-sent events"), takes `event: error` for a piece of the answer, and
loses the first event behind a byte order mark. Knows nothing of what the data mean.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import NamedTuple

from openai._streaming import (
    ServerSentEvent,
    SSEDecoder,
)  # no public name; `_make_sse_decoder` is their one door

_LINE_END = re.compile(rb"\r\n|\r|\n")
_DONE = "[DONE]"
_FIELDS = frozenset({"event", "data", "id", "retry"})


class EventDecoder(SSEDecoder):
    """One stream's events."""

    def __init__(self, *, is_first_line: bool = True) -> None:
        super().__init__()
        self._is_first_line = is_first_line
        self.is_ending = False
        """Whether the body has ended, and with it the last event."""

    def iter_bytes(self, iterator: Iterator[bytes]) -> Iterator[ServerSentEvent]:
        """Every event of a body."""
        return super().iter_bytes(self._and_end(iterator))

    def aiter_bytes(self, iterator: AsyncIterator[bytes]) -> AsyncIterator[ServerSentEvent]:
        """Every event of a body that comes bit by bit."""
        return super().aiter_bytes(self._and_its_end(iterator))

    def _and_end(self, parts: Iterator[bytes]) -> Iterator[bytes]:
        yield from parts
        self.is_ending = True
        yield b"\n\n"

    async def _and_its_end(self, parts: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
        async for part in parts:
            yield part
        self.is_ending = True
        yield b"\n\n"

    def decode(self, line: str) -> ServerSentEvent | None:
        """Take one line; the event that it ends, where it ends one.

        Raises:
            ValueError: data stand outside any field.
        """
        if self._is_first_line:
            line, self._is_first_line = line.removeprefix("\ufeff"), False
        event = super().decode(line)
        if event is None:
            if line and "{" in line and line.partition(":")[0] not in _FIELDS and not line.startswith(":"):
                raise ValueError("data outside of any event")
            return None
        if event.data.strip() == _DONE:
            return ServerSentEvent(data=_DONE)
        if not event.data.strip() or (self.is_ending and not _is_whole(event.data)):
            return None
        return _as_error(event.data) if event.event == "error" else event


class Event(NamedTuple):
    """One event of a stream."""

    data: bytes
    name: str | None = None


class EventReader:
    """The same events from bytes as they come: plain ones, of a line of data and nothing else, at the least cost.

    From the first line that is anything else, or the first event that no blank line ends, an `EventDecoder` reads on.
    """

    def __init__(self) -> None:
        self._rest = b""
        """The beginning of a line that has not ended yet."""
        self._skips_line_feed = False
        """Whether the last piece ended with a carriage return, which a line feed may still belong to."""
        self._data: bytes | None = None
        """A line of data whose event has not ended yet."""
        self._is_first_line = True
        self._decoder: EventDecoder | None = None

    def feed(self, piece: bytes) -> Iterator[Event]:
        """The events that end in `piece`.

        Raises:
            ValueError: what came is no stream of events.
        """
        for line in self._lines(piece):
            if self._decoder is not None:
                yield from self._decoded(line)
            elif line.startswith(b"data:") and self._data is None:
                self._data, self._is_first_line = line, False
            elif line or self._is_first_line:
                yield from self._hand_over()
                yield from self._decoded(line)
            elif self._data is not None:
                data, self._data = self._data[5:].removeprefix(b" "), None
                if data.strip():
                    yield Event(data)

    def end(self) -> Iterator[Event]:
        """The last event of a body that has ended, where it lacks nothing but its end.

        Raises:
            ValueError: what came is no stream of events.
        """
        yield from self._hand_over()
        assert self._decoder is not None
        self._decoder.is_ending = True
        yield from self._decoded(self._rest)
        yield from self._decoded(b"")

    def _lines(self, piece: bytes) -> list[bytes]:
        if self._skips_line_feed and piece:
            piece, self._skips_line_feed = piece.removeprefix(b"\n"), False
        if b"\r" in piece:
            self._skips_line_feed = piece.endswith(b"\r")
            lines = _LINE_END.split(piece)
        else:
            lines = piece.split(b"\n")
        lines[0] = self._rest + lines[0]
        self._rest = lines.pop()
        return lines

    def _hand_over(self) -> Iterator[Event]:
        """Let a decoder read on; it gets what is not told yet."""
        if self._decoder is None:
            self._decoder = EventDecoder(is_first_line=self._is_first_line)
            if self._data is not None:
                yield from self._decoded(self._data)

    def _decoded(self, line: bytes) -> Iterator[Event]:
        assert self._decoder is not None
        event = self._decoder.decode(line.decode())
        if event is not None:
            yield Event(event.data.encode(), event.event)


def _is_whole(data: str) -> bool:
    """Whether the last event, which nothing ended, lacks nothing."""
    try:
        return isinstance(json.loads(data), dict)
    except (ValueError, RecursionError):
        return False


def _as_error(data: str) -> ServerSentEvent:
    """What an `event: error` says, under the name by which errors in data are known."""
    try:
        said: object = json.loads(data)
    except (ValueError, RecursionError):
        said = data
    told = said.get("error") if isinstance(said, dict) else None
    return ServerSentEvent(event="error", data=json.dumps({"error": told or said or "no reason"}))
