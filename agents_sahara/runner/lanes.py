"""Events of steps that work side by side, told one branch after the other: text of several agents is never mixed.

The first branch is told as it happens; what the others do is held back until those before them are done.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeAlias

from agents_sahara.events import RunEvent

Put: TypeAlias = Callable[[RunEvent], Awaitable[None]]


async def nowhere(_: RunEvent) -> None:
    """For whole answers, of which nothing is told."""


class Lanes:
    """Where the branches of one fork tell what they do."""

    def __init__(self, put: Put, count: int) -> None:
        self._put = put
        self._held: list[list[RunEvent]] = [[] for _ in range(count)]
        self._is_done = [False] * count
        self._now = 0
        """Which branch is told as it happens."""

    def puts(self) -> Sequence[Put]:
        """How each branch tells."""
        return [partial(self._tell, number) for number in range(len(self._held))]

    async def _tell(self, number: int, event: RunEvent) -> None:
        if number == self._now:
            await self._put(event)
        else:
            self._held[number].append(event)

    async def done(self, number: int) -> None:
        """The branch is done; the next one is told when those before it are."""
        self._is_done[number] = True
        while self._now < len(self._held) - 1 and self._is_done[self._now]:
            await self.tell_held(self._now + 1)
            self._now += 1

    async def tell_held(self, number: int) -> None:
        """Tell what the branch did, out of turn where it is the one that ends the fork."""
        held = self._held[number]
        while held:
            await self._put(held.pop(0))
