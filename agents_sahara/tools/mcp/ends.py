"""The ends of a program's pipes, on an event loop of any kind, with flow control in both directions."""

from __future__ import annotations

import asyncio
from typing import IO

_BUFFERED = 1 << 18
"""Bytes that are read before somebody wants them, and then no more."""


class ReadEnd:
    """What a program writes."""

    def __init__(self, reader: asyncio.StreamReader, transport: asyncio.BaseTransport) -> None:
        self._reader = reader
        self._transport = transport

    @classmethod
    async def of(cls, pipe: IO[bytes]) -> ReadEnd:
        """Take over `pipe`."""
        reader = asyncio.StreamReader(limit=_BUFFERED)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        return cls(reader, transport)

    async def read(self) -> bytes:
        """The next piece; empty at the end."""
        try:
            return await self._reader.read(_BUFFERED)
        except OSError:
            return b""

    def close(self) -> None:
        """Read no more."""
        self._transport.close()


class WriteEnd(asyncio.BaseProtocol):
    """What a program reads."""

    _transport: asyncio.WriteTransport

    def __init__(self) -> None:
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._is_lost = False

    @classmethod
    async def of(cls, pipe: IO[bytes]) -> WriteEnd:
        """Take over `pipe`."""
        end = cls()
        end._transport, _ = await asyncio.get_running_loop().connect_write_pipe(lambda: end, pipe)
        return end

    def pause_writing(self) -> None:
        """Called by the loop: the program does not read fast enough."""
        self._may_write.clear()

    def resume_writing(self) -> None:
        """Called by the loop: it has caught up."""
        self._may_write.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  the name is asyncio's
        """Called by the loop: nobody reads any more."""
        self._is_lost = True
        self._may_write.set()

    async def write(self, piece: bytes) -> bool:
        """Hand `piece` over, as fast as the program reads; whether somebody was there."""
        if not self._is_lost:
            self._transport.write(piece)
            await self._may_write.wait()
        return not self._is_lost

    def close(self) -> None:
        """Say that nothing follows what was written; asked again, forget that too."""
        if self._is_lost:
            return
        if self._transport.is_closing():
            self._transport.abort()
        else:
            self._transport.close()
