"""Events of a stream from its bytes as they come, at the least cost where they are plain.

Gives what `decoder` gives, without a coroutine for each line. Knows nothing of what the data mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from agents_sahara.clients.decoder import EventDecoder

_LINE_END = re.compile(rb"\r\n|\r|\n")
_PLAIN = (b"data: {", b"data:{")
"""How a line begins that is a whole event, as nearly all are."""


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
        self._has_begun = False
        self._decoder: EventDecoder | None = None

    def feed(self, piece: bytes) -> Iterator[Event]:
        """The events that end in `piece`.

        Raises:
            ValueError: what came is no stream of events.
        """
        for line in self._lines(piece):
            if self._decoder is not None:
                yield from self._decoded(line)
            elif self._data is None and line.startswith(_PLAIN):
                self._data, self._has_begun = line, True
            elif line or not self._has_begun:
                yield from self._hand_over()
                yield from self._decoded(line)
            elif self._data is not None:
                data, self._data = self._data[5:].removeprefix(b" "), None
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
            self._decoder = EventDecoder(has_begun=self._has_begun)
            if self._data is not None:
                yield from self._decoded(self._data)

    def _decoded(self, line: bytes) -> Iterator[Event]:
        assert self._decoder is not None
        event = self._decoder.decode(line.decode())
        if event is not None:
            yield Event(event.data.encode(), event.event)
