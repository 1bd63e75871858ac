"""Server-sent events from bytes as they come.

Gives what the decoder of openai 3.54 (checked 2026-11-22) gives, its leniences too, without a coroutine a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_LINE_END = re.compile(rb"\r\n|\r|\n")


class Event(NamedTuple):
    """One event of a stream."""

    data: bytes
    """UTF-8; its lines are joined by line feeds."""
    name: str | None = None


class EventDecoder:
    """Takes the bytes of one stream, in pieces that may end anywhere."""

    def __init__(self) -> None:
        self._rest = b""
        """The beginning of a line that has not ended yet."""
        self._skips_line_feed = False
        """Whether the last piece ended with a carriage return, which a line feed may still belong to."""
        self._data: list[bytes] = []
        self._name: str | None = None
        self._has_id = False
        self._has_retry = False

    def feed(self, piece: bytes) -> Iterator[Event]:
        """The events that end in `piece`.

        Raises:
            UnicodeDecodeError: a line is not UTF-8; that of a data line is left to whoever reads the event.
        """
        for line in self._lines(piece):
            if line:
                self._take(line)
            elif self._data or self._name or self._has_id or self._has_retry:
                yield Event(self._data[0] if len(self._data) == 1 else b"\n".join(self._data), self._name)
                self._data, self._name, self._has_retry = [], None, False

    def _lines(self, piece: bytes) -> list[bytes]:
        if self._skips_line_feed and piece:
            piece = piece.removeprefix(b"\n")
            self._skips_line_feed = False
        if b"\r" in piece:
            self._skips_line_feed = piece.endswith(b"\r")
            lines = _LINE_END.split(piece)
        else:
            lines = piece.split(b"\n")
        lines[0] = self._rest + lines[0]
        self._rest = lines.pop()
        return lines

    def _take(self, line: bytes) -> None:
        if line.startswith(b"data: "):
            self._data.append(line[6:])
            return
        field, _, value = line.decode().partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value.encode())
        elif field == "event":
            self._name = value
        elif field == "id":
            self._has_id = self._has_id or (bool(value) and "\0" not in value)
        elif field == "retry":
            self._has_retry = self._has_retry or _is_number(value)


def _is_number(text: str) -> bool:
    try:
        int(text)
    except ValueError:
        return False
    return True
