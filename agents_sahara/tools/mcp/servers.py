"""The servers of one team, for runs on any event loop and in any thread: one session with each, shared by all runs.

A server is opened when a run first needs it, and ends when the team is closed, or the last event loop that has used
it ends, or nobody holds the team any more.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import mcp_types as wire

from agents_sahara.errors import ToolsChangedError, ToolServerError
from agents_sahara.tools.mcp.keeper import RESTS, Keeper, Open, Rests
from agents_sahara.tools.mcp.loop import server_loop, there
from agents_sahara.tools.mcp.offers import Offer, fingerprint
from agents_sahara.tools.mcp.pins import Pins, changes
from agents_sahara.tools.mcp.process import Command
from agents_sahara.tools.mcp.server import Way


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a team file says of one server."""

    key: str
    way: Way
    allow: tuple[str, ...] | None = None
    """The only tools that are offered; None offers all."""
    is_required: bool = True
    pin: str = ""
    """The fingerprint that its tools must have; empty where what was seen first counts."""
    start_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Ready:
    """What a run may use."""

    offers: Mapping[str, tuple[Offer, ...]]
    """By the server's key; a server that is not there has none."""
    warnings: tuple[str, ...] = ()
    """What the run goes on without, and why."""


@dataclass(frozen=True, slots=True)
class _Judged:
    opened: Open
    offers: tuple[Offer, ...]
    warnings: tuple[str, ...]


class Servers:
    """Opens servers when they are first needed and closes each once."""

    def __init__(
        self,
        wanted: Iterable[Wanted],
        environ: Mapping[str, str],
        pins: Pins,
        *,
        accepted: Iterable[str] = (),
        rests: Rests = RESTS,
    ) -> None:
        """`accepted`: keys of servers whose tools are accepted as they are now."""
        self._wanted = {one.key: one for one in wanted}
        self._environ = environ
        self._pins = pins
        self._accepted = set(accepted)
        self._rests = rests
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._keepers: dict[str, Keeper] = {}
        self._judged: dict[str, _Judged] = {}
        self._holders: dict[asyncio.AbstractEventLoop, AsyncGenerator[None]] = {}
        self._finalizer = weakref.finalize(self, _abandon, self._keepers, self._pid)

    async def ready(self, keys: Iterable[str]) -> Ready:
        """Open these servers, where they are not open, all at once.

        Raises:
            ToolServerError: one that is required cannot be used, or says other things of its tools than before.
        """
        keys = tuple(dict.fromkeys(keys))
        if not keys:
            return Ready({})
        await self._hold()
        found = await asyncio.gather(*map(self._offered, keys), return_exceptions=True)
        offers: dict[str, tuple[Offer, ...]] = {}
        warnings: list[str] = []
        for key, one in zip(keys, found, strict=True):
            if isinstance(one, ToolServerError) and not self._wanted[key].is_required:
                warnings.append(f"{one.message}; the run goes on without it")
            elif isinstance(one, BaseException):
                raise one
            else:
                offers[key] = one.offers
                warnings += one.warnings
        return Ready(offers, tuple(warnings))

    async def _offered(self, key: str) -> _Judged:
        keeper = self._keeper(key)
        opened = keeper.usable()
        if opened is None:
            opened = await there(keeper.open())
        judged = self._judged.get(key)
        if judged is None or judged.opened is not opened:
            judged = self._judged[key] = self._judge(self._wanted[key], opened)
        return judged

    def _judge(self, wanted: Wanted, opened: Open) -> _Judged:
        offers, warnings = _allowed(wanted, opened)
        warnings += tuple(_unset(wanted, self._environ))
        with self._lock:
            self._compare(wanted, offers)
        return _Judged(opened, offers, warnings)

    def _compare(self, wanted: Wanted, offers: tuple[Offer, ...]) -> None:
        """Refuse a server that says other things than it did; remember what is accepted."""
        now = fingerprint(offers)
        if wanted.pin:
            if now != wanted.pin:
                message = f"the server of tools {wanted.key!r} does not say what its `pin` stands for"
                mend = f"look at what it says now, and accept it with `pin: {now}`"
                raise ToolsChangedError(message, mend=mend, server=wanted.key)
            return
        known = self._pins.known(wanted.way)
        changed = None if known is None else changes(known, offers, wanted.allow or ())
        if changed and wanted.key not in self._accepted:
            message = f"the server of tools {wanted.key!r} has changed since it was accepted: {changed}"
            mend = (
                "look at what it says now; then accept it once, with --accept-tools "
                f"{wanted.key} or load_team(..., accept_tools=[{wanted.key!r}]), or for good, with `pin: {now}`"
            )
            raise ToolsChangedError(message, mend=mend, server=wanted.key)
        self._pins.keep(wanted.way, offers)

    async def call(
        self, key: str, offer: Offer, arguments: Mapping[str, Any], limit_s: float
    ) -> wire.CallToolResult:
        """The server's answer to one call.

        Raises:
            CallError: there is none, with a reason that a model can read.
        """
        await self._hold()
        return await there(self._keeper(key).call(offer, arguments, limit_s))

    def doubt(self, key: str) -> None:
        """The server did not answer in time: before it is used again, it has to show that it is there."""
        self._keeper(key).doubt()

    def _keeper(self, key: str) -> Keeper:
        with self._lock:
            keeper = self._keepers.get(key)
            if keeper is None:
                wanted = self._wanted[key]
                keeper = self._keepers[key] = Keeper(
                    key, wanted.way, self._environ, start_s=wanted.start_s, rests=self._rests
                )
            return keeper

    async def _hold(self) -> None:
        """Keep the servers while the running loop runs."""
        if self._pid != os.getpid():  # a forked child has none of its parent's servers
            self._pid, self._lock = os.getpid(), threading.Lock()
            for of_parent in (self._keepers, self._judged, self._holders):
                of_parent.clear()
        loop = asyncio.get_running_loop()
        if loop in self._holders:
            return
        holder = _while_loop_runs(self, loop)
        await anext(holder)
        with self._lock:
            self._holders[loop] = holder

    async def release(self, loop: asyncio.AbstractEventLoop) -> None:
        """`loop` has ended; with the last one, the servers go."""
        with self._lock:
            self._holders.pop(loop, None)
            for old in [old for old in self._holders if old.is_closed()]:
                del self._holders[old]
            is_last = not self._holders
        if is_last:
            await self.aclose()

    async def aclose(self) -> None:
        """End every server; they are opened again if a run needs them after."""
        with self._lock:
            closing = [] if self._pid != os.getpid() else list(self._keepers.values())
            self._keepers.clear()
            self._judged.clear()
        await asyncio.gather(*(there(keeper.close()) for keeper in closing))


async def _while_loop_runs(servers: Servers, loop: asyncio.AbstractEventLoop) -> AsyncGenerator[None]:
    """Held open until the loop ends: it closes its async generators then."""
    try:
        yield
    finally:
        await servers.release(loop)


def _unset(wanted: Wanted, environ: Mapping[str, str]) -> Iterator[str]:
    if isinstance(wanted.way, Command):
        for name in wanted.way.variables:
            if name not in environ:
                yield f"the variable {name!r}, which `env` of {wanted.key!r} names, is not set"


def _allowed(wanted: Wanted, opened: Open) -> tuple[tuple[Offer, ...], tuple[str, ...]]:
    """The tools that the file allows, and what is to be told of others.

    Raises:
        ToolServerError: one that the file names is not there, or cannot be offered.
    """
    if wanted.allow is not None:
        missing = [name for name in wanted.allow if name not in opened.offers]
        if missing:
            raise ToolServerError(
                f"the server of tools {wanted.key!r} does not have {', '.join(map(repr, missing))}",
                mend=f"its tools: {', '.join(opened.offers) or 'none'}",
                server=wanted.key,
            )
    offers = [one for name, one in opened.offers.items() if wanted.allow is None or name in wanted.allow]
    bad = [one for one in offers if one.problem]
    told = tuple(
        f"the tool {one.name!r} of the server {wanted.key!r} is left out: it {one.problem}" for one in bad
    )
    if bad and wanted.allow is not None:
        message = f"the tool {bad[0].name!r} of the server of tools {wanted.key!r} {bad[0].problem}"
        raise ToolServerError(message, mend="leave it out of `allow`", server=wanted.key)
    return tuple(one for one in offers if not one.problem), told


def _abandon(keepers: dict[str, Keeper], owner_pid: int) -> None:
    """Nobody holds the team any more: its servers end, and nobody waits for it."""
    if keepers and owner_pid == os.getpid():
        loop = server_loop()
        for keeper in keepers.values():
            asyncio.run_coroutine_threadsafe(keeper.close(), loop)
