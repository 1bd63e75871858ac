"""A transport that sends together what is written together.

Uvicorn writes a response in at least two parts, each a system call and a packet. What is written without waiting
in between leaves as one; whatever waits (a delay, a slow server behind the gateway) still sends what it has.
"""

from __future__ import annotations

import asyncio

_MOST_GATHERED_BYTES = 64 * 1024


class GatheringTransport(asyncio.Transport):
    """Wraps the transport of a connection; only writing is different."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._gathered: list[bytes] = []
        self._size = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send `data` when this turn of the event loop is over, or now if there is much."""
        if not self._gathered:
            self._loop.call_soon(self.flush)
        self._gathered.append(bytes(data))
        self._size += len(data)
        if self._size > _MOST_GATHERED_BYTES:
            self.flush()

    def flush(self) -> None:
        """Send what has been gathered."""
        if self._gathered:
            data = b"".join(self._gathered)
            self._gathered.clear()
            self._size = 0
            self._transport.write(data)

    def close(self) -> None:
        """Send what there is, then close."""
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        """Send what there is, then drop the connection."""
        self.flush()
        self._transport.abort()

    def is_closing(self) -> bool:
        """As the wrapped transport."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        """As the wrapped transport."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """As the wrapped transport."""
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: object = None) -> object:
        """As the wrapped transport."""
        return self._transport.get_extra_info(name, default)
