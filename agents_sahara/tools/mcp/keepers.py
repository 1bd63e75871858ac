"""All servers of tools that one team has, whatever its file says at the time.

A file that is read again makes new agents; a server of which it says the same goes on, with all that it holds. A
server ends when nothing that its team stands on needs it any more, when the last event loop that has used the team's
servers ends, or when nobody holds the team.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass, field

from agents_sahara.tools.mcp.keeper import RESTS, Keeper, Rests
from agents_sahara.tools.mcp.loop import server_loop, there
from agents_sahara.tools.mcp.pins import Pins
from agents_sahara.tools.mcp.server import Way


@dataclass(frozen=True, slots=True)
class Kind:
    """What makes two entries the same server."""

    key: str
    way: Way
    start_s: float
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What a program knows: with another value of a variable, it is another server."""


@dataclass(slots=True, eq=False)
class _Kept:
    kind: Kind
    keeper: Keeper
    users: weakref.WeakSet[object] = field(default_factory=weakref.WeakSet)


class Keepers:
    """Makes one keeper for each server, and closes it once."""

    def __init__(self, pins: Pins, *, rests: Rests = RESTS) -> None:
        """What servers say of their tools is remembered in `pins`."""
        self.pins = pins
        self.lock = threading.Lock()
        """Of `pins`, and of all that stands here."""
        self.accepted: set[tuple[str, str]] = set()
        """Servers by key, each with the fingerprint of tools that somebody has accepted while the team lived."""
        self._rests = rests
        self._pid = os.getpid()
        self._kept: list[_Kept] = []
        self._holders: dict[asyncio.AbstractEventLoop, AsyncGenerator[None]] = {}
        self._finalizer = weakref.finalize(self, _abandon, self._kept, self._pid)

    def claim(self, user: object, kind: Kind) -> Keeper:
        """The keeper of a server, the same for all who ask for the same; `user` needs it until it lets go."""
        with self.lock:
            found = next((kept for kept in self._kept if kept.kind == kind), None)
            if found is None:
                made = Keeper(kind.key, kind.way, kind.environ, start_s=kind.start_s, rests=self._rests)
                found = _Kept(kind, made)
                self._kept.append(found)
            found.users.add(user)
            return found.keeper

    async def let_go(self, user: object) -> None:
        """`user` needs its servers no more: those that nobody else needs end."""
        if self._pid != os.getpid():
            return
        with self.lock:
            for kept in self._kept:
                kept.users.discard(user)
            over = self._taken(kept for kept in self._kept if not kept.users)
        await _close(over)

    async def hold(self) -> None:
        """Keep the servers while the running loop runs."""
        if self._pid != os.getpid():  # a forked child has none of its parent's servers
            self._pid, self.lock = os.getpid(), threading.Lock()
            self._kept.clear()
            self._holders.clear()
        loop = asyncio.get_running_loop()
        if loop in self._holders:
            return
        holder = _while_loop_runs(self, loop)
        await anext(holder)
        with self.lock:
            self._holders[loop] = holder

    async def release(self, loop: asyncio.AbstractEventLoop) -> None:
        """`loop` has ended; with the last one, the servers go."""
        with self.lock:
            self._holders.pop(loop, None)
            for old in [old for old in self._holders if old.is_closed()]:
                del self._holders[old]
            over = [] if self._holders or self._pid != os.getpid() else self._taken(self._kept)
        await _close(over)

    def _taken(self, over: Iterable[_Kept]) -> list[_Kept]:
        """`over`, of which nobody gets a keeper any more."""
        taken = list(over)
        self._kept[:] = [kept for kept in self._kept if kept not in taken]
        for one in taken:
            one.keeper.retire()
        return taken


async def _while_loop_runs(keepers: Keepers, loop: asyncio.AbstractEventLoop) -> AsyncGenerator[None]:
    """Held open until the loop ends: it closes its async generators then."""
    try:
        yield
    finally:
        await keepers.release(loop)


async def _close(over: Iterable[_Kept]) -> None:
    await asyncio.gather(*(there(kept.keeper.close()) for kept in over))


def _abandon(kept: list[_Kept], owner_pid: int) -> None:
    """Nobody holds the team any more: its servers end, and nobody waits for it."""
    if kept and owner_pid == os.getpid():
        loop = server_loop()
        for one in kept:
            asyncio.run_coroutine_threadsafe(one.keeper.close(), loop)
