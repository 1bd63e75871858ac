"""A connection of an event loop: a request goes out, its answer comes in, one after the other.

What comes while nothing is asked ends it. Knows nothing of what answers mean, or of who keeps connections.
"""

from __future__ import annotations

import asyncio
import math
import select
import sys
from collections.abc import AsyncGenerator
from typing import Final, cast

import httpx2

from agents_sahara.clients.framing import Framing, Head

_MOST_WAITING: Final = 256 * 1024
"""Bytes that wait for a reader; no more are taken from the socket until they are read."""


class Connection(asyncio.Protocol):
    """One connection, made by the event loop that runs."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._framing: Framing | None = None
        """Of the answer that is under way; None while nothing is asked."""
        self._pieces: list[bytes] = []
        self._size = 0
        self._is_paused = False
        self._is_full = False
        """Whether what was written waits for the other side."""
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        """One for the many waits: it looks when it rings whether the wait under way has a later end."""
        self._ends = 0.0
        self._has_rung = False
        self._lost = self._loop.create_future()
        self._error: Exception | None = None
        """Why it ended, other than by the end of what the other side says."""
        self.idle_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop, when it has connected."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Called by the loop, with what has come."""
        if self._framing is None:
            self.close()
            return
        self._pieces.append(data)
        self._size += len(data)
        if self._size > _MOST_WAITING and self._transport is not None and not self._is_paused:
            self._transport.pause_reading()
            self._is_paused = True
        self._wake()

    def pause_writing(self) -> None:
        """Called by the loop, when the other side takes no more for now."""
        self._is_full = True

    def resume_writing(self) -> None:
        """Called by the loop, when it takes more."""
        self._is_full = False
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        """Called by the loop, when there is no connection any more."""
        self._error = self._error or error
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._lost.done():
            self._lost.set_result(None)
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    @property
    def is_usable(self) -> bool:
        """Whether something may be asked: nothing has come or ended, even where the loop has not seen it yet."""
        transport = self._transport
        if self._lost.done() or transport is None or transport.is_closing():
            return False
        sock = transport.get_extra_info("socket")
        return sock is not None and sock.fileno() >= 0 and not is_readable(sock.fileno())

    def begin(self, framing: Framing) -> None:
        """What comes from now on is an answer, for `framing` to cut."""
        self._framing = framing

    async def send(self, data: bytes, seconds: float | None) -> bool:
        """Write a part of a request; whether more of it is wanted, as nothing has been answered yet.

        Raises:
            httpx2.WriteTimeout: for so many seconds the other side took nothing.
        """
        assert self._transport is not None
        self._transport.write(data)
        while self._is_full and not self._pieces and not self._lost.done():
            await self._wait(seconds, httpx2.WriteTimeout)
        return not self._pieces and not self._lost.done()

    async def head(self, seconds: float | None) -> tuple[Head, bytes]:
        """The head of the answer, and what has come of its body.

        Raises:
            httpx2.TransportError: there is no answer, or for so many seconds nothing came.
        """
        framing = self._framing
        assert framing is not None
        while True:
            part = await self._more(framing, seconds)
            if framing.head is not None:
                return framing.head, part
            if framing.failure is not None:
                raise framing.failure

    async def rest(self, framing: Framing, part: bytes, seconds: float | None) -> AsyncGenerator[bytes]:
        """The body that `framing` cuts, of which `part` has come.

        Raises:
            httpx2.TransportError: it breaks off, or for so many seconds nothing came.
        """
        while True:
            if part:
                yield part
            if framing.failure is not None:
                raise framing.failure
            if framing.is_over:
                return
            part = await self._more(framing, seconds)

    async def _more(self, framing: Framing, seconds: float | None) -> bytes:
        """What comes next of the body."""
        while not self._pieces:
            if self._lost.done():
                if self._error is not None:
                    raise httpx2.ReadError(str(self._error)) from self._error
                return framing.end()
            await self._wait(seconds, httpx2.ReadTimeout)
        data = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        part = framing.feed(data)
        if self._is_paused and not framing.is_over and self._transport is not None:
            self._transport.resume_reading()
            self._is_paused = False
        return part

    async def _wait(self, seconds: float | None, late: type[httpx2.TimeoutException]) -> None:
        """Until something happens to the connection."""
        waiter = self._waiter = self._loop.create_future()
        self._has_rung = False
        if seconds is None:
            self._ends = math.inf
        else:
            self._set_timer(self._loop.time() + seconds)
        try:
            await waiter
        finally:
            self._waiter = None
        if self._has_rung:
            raise late("nothing happened in time")

    def _set_timer(self, ends: float) -> None:
        self._ends = ends
        if self._timer is not None and self._timer.when() > ends:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_at(ends, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        if self._loop.time() >= self._ends:
            self._has_rung = True
            self._wake()
        elif self._ends < math.inf:
            self._timer = self._loop.call_at(self._ends, self._ring)

    def leave(self) -> bool:
        """No more is read of the answer; whether something else may be asked. If not, it is closed."""
        framing, self._framing = self._framing, None
        transport = self._transport
        is_whole = framing is not None and framing.is_over and framing.keeps and not self._pieces
        is_whole = is_whole and not self._is_paused  # TLS may hold more back, which nobody can see
        is_open = transport is not None and not transport.is_closing()
        if is_whole and is_open and transport is not None and not transport.get_write_buffer_size():
            return True
        self.close()
        return False

    def close(self) -> None:
        """End it at once; an answer that is under way is broken off, and none that its end would make whole."""
        self._error = self._error or ConnectionAbortedError("the connection was closed here")
        self._pieces.clear()
        if self._transport is not None:
            self._transport.abort()

    async def closed(self) -> None:
        """Wait until the loop has let it go."""
        await asyncio.wait([self._lost], timeout=1)


def is_readable(descriptor: int) -> bool:
    """Whether a socket has something to read; the end is something too."""
    if sys.platform == "win32":
        return bool(select.select([descriptor], [], [], 0)[0])
    polled = select.poll()
    polled.register(descriptor, select.POLLIN)
    return bool(polled.poll(0))
