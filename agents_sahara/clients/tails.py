"""A connection on which more came than the answer is not used again.

httpcore2 2.16 (checked 2026-11-22) keeps it, and reads what was left, such as a second answer or the rest of one that
is longer than it said, as the answer to the next request: another call's, another user's.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Protocol, runtime_checkable

import httpx2

_WAY = ("_httpcore_stream", "_stream", "_connection", "_h11_state")
"""From a response's stream to the state of its connection: there is no public way."""


@runtime_checkable
class _State(Protocol):
    """The part of `h11.Connection` that counts."""

    @property
    def trailing_data(self) -> tuple[bytes, bool]: ...

    def send_failed(self) -> None: ...


def _shut_if_more_came(stream: object) -> None:
    for name in _WAY:
        stream = getattr(stream, name, None)
    if isinstance(stream, _State) and stream.trailing_data[0]:
        stream.send_failed()  # what it takes for the pool to close it


class AsyncTailless(httpx2.AsyncByteStream):
    """A body whose connection is closed with it where more came."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    async def aclose(self) -> None:
        """Give the connection back, or close it."""
        _shut_if_more_came(self._stream)
        await self._stream.aclose()


class Tailless(httpx2.SyncByteStream):
    """The same for code that is not async."""

    def __init__(self, stream: httpx2.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        """Give the connection back, or close it."""
        _shut_if_more_came(self._stream)
        self._stream.close()
