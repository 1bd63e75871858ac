"""What belongs to an event loop, such as its connections: one for each loop, closed with it at the latest."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

_Kept = TypeVar("_Kept")

_CLOSE_WITHIN_S = 5.0
"""How long another loop is waited for: it may be at its end, or stand still."""


@dataclass(frozen=True, slots=True)
class _Held(Generic[_Kept]):
    kept: _Kept
    keeper: AsyncGenerator[None]


class PerLoop(Generic[_Kept]):
    """Opens one when it is first needed on a loop, and closes each once."""

    def __init__(self, open_one: Callable[[], _Kept], close: Callable[[_Kept], Awaitable[None]]) -> None:
        self._open_one = open_one
        self._close = close
        self._by_loop: dict[asyncio.AbstractEventLoop, _Held[_Kept]] = {}
        self._lock = threading.Lock()

    async def here(self) -> _Kept:
        """That of the running loop."""
        loop = asyncio.get_running_loop()
        return (self._by_loop.get(loop) or await self._open(loop)).kept

    async def _open(self, loop: asyncio.AbstractEventLoop) -> _Held[_Kept]:
        kept = self._open_one()
        keeper = self._until_closed(kept)
        await anext(keeper)
        with self._lock:
            for old in [old for old in self._by_loop if old.is_closed()]:
                del self._by_loop[old]
            return self._by_loop.setdefault(loop, _Held(kept, keeper))

    async def _until_closed(self, kept: _Kept) -> AsyncGenerator[None]:
        """Held open until someone closes it: at the latest the loop, which closes its async generators as it ends."""
        try:
            yield
        finally:
            await self._close(kept)

    async def aclose(self, *, waiting: asyncio.AbstractEventLoop | None = None) -> None:
        """Close each, those of other running loops too; they are opened again when they are needed.

        The loop `waiting` stands still until this is done: it closes its own as soon as it goes on.
        """
        with self._lock:
            held, self._by_loop = self._by_loop, {}
        here = asyncio.get_running_loop()
        for loop, one in held.items():
            if loop is here:
                await one.keeper.aclose()
            elif loop.is_running():
                closing = asyncio.run_coroutine_threadsafe(one.keeper.aclose(), loop)
                if loop is not waiting:
                    done, _ = await asyncio.wait([asyncio.wrap_future(closing)], timeout=_CLOSE_WITHIN_S)
                    for closed in done:
                        closed.result()
