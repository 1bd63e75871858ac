"""The servers of one team, for runs on any event loop and in any thread: one session with each, shared by all runs.

A server is opened when a run first needs it; how long it lives is the matter of `keepers`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import mcp_types as wire

from agents_sahara.errors import ToolsChangedError, ToolServerError
from agents_sahara.tools.mcp.keeper import Keeper, Open
from agents_sahara.tools.mcp.keepers import Keepers, Kind
from agents_sahara.tools.mcp.loop import there
from agents_sahara.tools.mcp.offers import Offer, fingerprint
from agents_sahara.tools.mcp.pins import changes, told
from agents_sahara.tools.mcp.process import Command, Leaving
from agents_sahara.tools.mcp.wanted import Wanted


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

    def __init__(self, wanted: Iterable[Wanted], keepers: Keepers, *, accepted: Iterable[str] = ()) -> None:
        """`accepted`: keys of servers whose tools are accepted as they are now."""
        self._wanted = {one.key: one for one in wanted}
        self.keepers = keepers
        """Of the whole team: what another of its `Servers` has opened goes on here where it is the same."""
        self._accepted = set(accepted)
        self._pid = os.getpid()
        self._own: dict[str, Keeper] = {}
        self._judged: dict[str, _Judged] = {}
        for key in self._wanted:
            self._keeper(key)

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
        warnings += tuple(_unset(wanted))
        with self.keepers.lock:
            self._compare(wanted, offers, opened.offers.keys())
        return _Judged(opened, offers, warnings)

    def _compare(self, wanted: Wanted, offers: tuple[Offer, ...], all_names: Collection[str]) -> None:
        """Refuse a server that says other things than it did; remember what is accepted."""
        now = fingerprint(offers)
        if wanted.pin:
            if now != wanted.pin:
                message = f"the server of tools {wanted.key!r} does not say what its `pin` stands for"
                mend = f"look at what it says now, and accept it with `pin: {now}`"
                raise ToolsChangedError(message, mend=mend, server=wanted.key)
            return
        known = self.keepers.pins.known(wanted.way)
        changed = None if known is None else changes(known, offers, wanted.allow or ())
        is_accepted = wanted.key in self._accepted or (wanted.key, now) in self.keepers.accepted
        if known is not None and changed and not is_accepted:
            message = f"the server of tools {wanted.key!r} has changed since it was accepted: {changed}"
            mend = (
                "look at what it says now; then accept it once, with --accept-tools "
                f"{wanted.key} or load_team(..., accept_tools=[{wanted.key!r}]), or for good, with `pin: {now}`"
            )
            refused = ToolsChangedError(message, mend=mend, server=wanted.key)
            refused.changes, refused.fingerprint = told(known, offers, all_names), now
            raise refused
        self.keepers.pins.keep(wanted.way, offers)

    def accept(self, key: str, print_: str) -> None:
        """Accept the tools of a server where that is their fingerprint."""
        with self.keepers.lock:
            self.keepers.accepted.add((key, print_))

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

    def restarts(self, key: str) -> tuple[int, str]:
        """How many sessions there were with the server, and why the one before the last of them had ended."""
        keeper = self._keeper(key)
        return keeper.number, keeper.ended

    def _keeper(self, key: str) -> Keeper:
        keeper = self._own.get(key)
        if keeper is None or keeper.is_over:
            wanted = self._wanted[key]
            kind = Kind(key, wanted.way, wanted.start_s, wanted.environ)
            keeper = self._own[key] = self.keepers.claim(self, kind)
        return keeper

    async def _hold(self) -> None:
        """Keep the servers while the running loop runs."""
        await self.keepers.hold()
        if self._pid != os.getpid():
            self._pid = os.getpid()
            self._own.clear()
            self._judged.clear()

    async def leave(self, key: str) -> Leaving:
        """End the servers, and how the program of that key has left."""
        keeper = self._keeper(key)
        await self.aclose()
        return keeper.left

    async def aclose(self) -> None:
        """End every server that no other needs; they are opened again if a run needs them after."""
        self._own.clear()
        self._judged.clear()
        await self.keepers.let_go(self)


def _unset(wanted: Wanted) -> Iterator[str]:
    if isinstance(wanted.way, Command):
        for name in wanted.way.variables:
            if name not in wanted.environ:
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
