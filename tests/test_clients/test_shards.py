"""Requests spread over small pools, and come back to the first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from agents_sahara.clients.shards import MOST_IN_SHARD, Shards


class _Body(httpx2.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"o"
        yield b"k"

    async def aclose(self) -> None:
        pass


class _Pool(httpx2.AsyncBaseTransport):
    """A pool that counts."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_closed = False
        self.failure: Exception | None = None

    async def handle_async_request(self, _: httpx2.Request) -> httpx2.Response:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return httpx2.Response(200, stream=_Body())

    async def aclose(self) -> None:
        self.is_closed = True


class _Pools(list[_Pool]):
    def make(self) -> _Pool:
        self.append(_Pool())
        return self[-1]


REQUEST = httpx2.Request("GET", "http://127.0.0.1/")


def test_a_full_pool_sends_the_next_request_to_another() -> None:
    pools = _Pools()

    async def go() -> None:
        shards = Shards(pools.make, idle_s=60)
        held = [await shards.handle_async_request(REQUEST) for _ in range(2 * MOST_IN_SHARD + 1)]
        assert [pool.asked for pool in pools] == [MOST_IN_SHARD, MOST_IN_SHARD, 1]
        for response in held:
            assert await response.aread() == b"ok"
        await shards.handle_async_request(REQUEST)
        await shards.aclose()

    asyncio.run(go())
    assert [pool.asked for pool in pools] == [MOST_IN_SHARD + 1, MOST_IN_SHARD, 1]
    assert all(pool.is_closed for pool in pools)


def test_a_pool_that_carried_nothing_for_its_time_is_closed_and_the_first_one_stays() -> None:
    pools = _Pools()

    async def go() -> None:
        shards = Shards(pools.make, idle_s=0)
        held = [await shards.handle_async_request(REQUEST) for _ in range(3 * MOST_IN_SHARD)]
        for response in held:
            await response.aclose()
        await shards.handle_async_request(REQUEST)

    asyncio.run(go())
    assert [pool.is_closed for pool in pools] == [False, True, True]


@pytest.mark.parametrize("way", ["fails", "is closed twice"])
def test_a_request_leaves_its_pool_once(way: str) -> None:
    pools = _Pools()

    async def go() -> None:
        shards = Shards(pools.make, idle_s=60)
        pools[0].failure = httpx2.ConnectError("no") if way == "fails" else None
        for _ in range(3 * MOST_IN_SHARD):
            if way == "fails":
                with pytest.raises(httpx2.ConnectError):
                    await shards.handle_async_request(REQUEST)
            else:
                response = await shards.handle_async_request(REQUEST)
                await response.stream.aclose()  # type: ignore[union-attr]  # an async one
                await response.aclose()
        pools[0].failure = None
        for _ in range(MOST_IN_SHARD + 1):
            await shards.handle_async_request(REQUEST)

    asyncio.run(go())
    assert [pool.asked for pool in pools] == [4 * MOST_IN_SHARD, 1]
