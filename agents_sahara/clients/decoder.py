"""Reads server-sent events where openai 3.54 (checked 2026-11-22) loses or misreads some.

It drops the last event of a body that ends without a blank line, fails on an event without data, which is none by
the standard (HTML Living Standard, "Server-sent events"), takes `event: error` for a piece of the answer, loses the
first event behind a byte order mark, and reads an event whose name begins in `thread.` as one of another API. A body
that is no stream but one JSON object counts as one event. Knows nothing of what the data mean.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator

from openai._streaming import (
    ServerSentEvent,
    SSEDecoder,
)  # no public name; `_make_sse_decoder` is their one door

_DONE = "[DONE]"
_FIELDS = frozenset({"event", "data", "id", "retry"})


class EventDecoder(SSEDecoder):
    """One stream's events."""

    def __init__(self, *, has_begun: bool = False) -> None:
        super().__init__()
        self._is_first_line = not has_begun
        self.is_ending = False
        """Whether the body has ended, and with it the last event."""
        self._has_begun = has_begun
        """Whether there was a line that is not blank."""
        self._object: list[str] = []
        """Lines of a body that is one JSON object."""

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
        if self._object or (not self._has_begun and line.lstrip().startswith("{")):
            return self._take_of_object(line)
        self._has_begun = self._has_begun or bool(line)
        event = super().decode(line)
        if event is None:
            if line and "{" in line and line.partition(":")[0] not in _FIELDS and not line.startswith(":"):
                raise ValueError("data outside of any event")
            return None
        if event.data.strip() == _DONE:
            return ServerSentEvent(data=_DONE)
        if not event.data.strip() or (self.is_ending and not _is_whole(event.data)):
            return None
        return _as_error(event.data) if event.event == "error" else ServerSentEvent(data=event.data)

    def _take_of_object(self, line: str) -> ServerSentEvent | None:
        self._object.append(line)
        if not self.is_ending:
            return None
        data = "\n".join(self._object)
        self._object = [" "]
        return ServerSentEvent(data=data) if _is_whole(data) else None


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
