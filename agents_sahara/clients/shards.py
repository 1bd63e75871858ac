"""Many small pools in place of a large one: what a request costs does not grow with how many are under way.

httpx2 2.16 (checked 2026-11-28) looks at every connection of a pool whenever a request begins or ends. Knows nothing
of providers or answers.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable

import httpx2

MOST_IN_SHARD = 32
"""Requests under way in one pool."""


class _Shard:
    """One pool, and how many requests it carries."""

    def __init__(self, transport: httpx2.AsyncBaseTransport) -> None:
        self.transport = transport
        self.busy = 0
        self.idle_since = 0.0

    def leave(self) -> None:
        self.busy -= 1
        if not self.busy:
            self.idle_since = time.monotonic()


class _Stream(httpx2.AsyncByteStream):
    """A body that leaves its pool when it is closed."""

    def __init__(self, stream: httpx2.AsyncByteStream, shard: _Shard) -> None:
        self._stream = stream
        self._shard: _Shard | None = shard

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        async for part in self._stream:
            yield part

    async def aclose(self) -> None:
        shard, self._shard = self._shard, None
        try:
            await self._stream.aclose()
        finally:
            if shard is not None:
                shard.leave()


class Shards(httpx2.AsyncBaseTransport):
    """Pools that are opened as they are needed, the fullest used first; the last ones close when they are idle."""

    def __init__(self, make: Callable[[], httpx2.AsyncBaseTransport], *, idle_s: float) -> None:
        """`make` gives a pool; one that carried nothing for `idle_s` seconds is closed by the next request."""
        self._make = make
        self._idle_s = idle_s
        self._shards = [_Shard(make())]

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send `request` over the first pool that has room."""
        shard = next((one for one in self._shards if one.busy < MOST_IN_SHARD), None)
        if shard is None:
            shard = _Shard(self._make())
            self._shards.append(shard)
        shard.busy += 1
        try:
            await self._close_idle()
            response = await shard.transport.handle_async_request(request)
            assert isinstance(response.stream, httpx2.AsyncByteStream)
        except BaseException:
            shard.leave()
            raise
        response.stream = _Stream(response.stream, shard)
        return response

    async def _close_idle(self) -> None:
        while len(self._shards) > 1 and not (last := self._shards[-1]).busy:
            if time.monotonic() - last.idle_since < self._idle_s:
                return
            await self._shards.pop().transport.aclose()

    async def aclose(self) -> None:
        """Close every pool."""
        for shard in self._shards:
            await shard.transport.aclose()
