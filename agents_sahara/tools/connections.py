"""The connections of one team's requests: kept for each event loop and each host, and closed with the team.

A connection was made to an address that was looked at, and stays with that address and that host whatever its name
leads to later. httpx2 2.16 (checked 2026-11-28) throws away kept connections that it sees to be closed; one that the
server closes just as a request goes out breaks, and the request is sent once more where that does no harm.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TypeAlias

import httpx2

from agents_sahara.clients.bodies import AsyncCappedTransport
from agents_sahara.clients.per_loop import PerLoop
from agents_sahara.clients.transport import CONNECT_TIMEOUT_S, tls_context
from agents_sahara.tools.addresses import hold_to

_MOST = 100
"""Connections to one host; further requests wait for one within their tool's time."""

_MOST_IDLE = 32

_KEPT_S = 30.0
"""How long a connection may be idle."""

_KEPT_FOR_DEEDS_S = 3.0
"""The same for requests that must not be sent twice: servers close idle connections after five seconds or later, and
such a request is not to meet that very moment."""

_HARMLESS = frozenset({"GET", "HEAD", "OPTIONS", "QUERY", "PUT", "DELETE"})
"""Methods that mean the same however often they are sent: RFC 9110, section 9.2.2 (checked 2026-11-28)."""

_MOST_TRIES = 3

_BROKEN = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)

_TIMEOUT = {"connect": CONNECT_TIMEOUT_S, "read": None, "write": None, "pool": None}
"""The tool's own limit ends everything else."""

_Pool: TypeAlias = "tuple[str, str, int | None, bool]"
"""Scheme, host and port, and whether its requests do no harm when they are sent twice."""


def is_harmless(request: httpx2.Request) -> bool:
    """Whether `request` may be sent twice."""
    return request.method in _HARMLESS


class Connections:
    """Sends requests, each over a connection to its own host."""

    def __init__(self, hosts: frozenset[str]) -> None:
        """`hosts`: what the operator allowed."""
        self._loops = PerLoop(lambda: _Pools(hosts), _Pools.aclose)

    async def send(self, request: httpx2.Request) -> httpx2.Response:
        """The answer, whose body is to be read and closed; no redirect is followed.

        Raises:
            TransportError: there is none.
            OSError: the host's name leads to an address that may not be called.
        """
        pool = (await self._loops.here()).of(request)
        for tries in range(1, _MOST_TRIES + 1):
            watch = _Watch()
            request.extensions = {"timeout": _TIMEOUT, "trace": watch}
            try:
                return await pool.handle_async_request(request)
            except _BROKEN:
                if watch.is_new or tries == _MOST_TRIES or not is_harmless(request):
                    raise
        raise AssertionError("the last try returns or raises")

    async def aclose(self, *, waiting: asyncio.AbstractEventLoop | None = None) -> None:
        """Close all; the loop `waiting` stands still meanwhile. They are opened again when they are needed."""
        await self._loops.aclose(waiting=waiting)


@dataclass(slots=True)
class _Watch:
    """Sees whether a request made its connection, or took a kept one."""

    is_new: bool = False

    async def __call__(self, event: str, _info: object) -> None:
        """Told by httpx2 what happens."""
        self.is_new = self.is_new or event.startswith("connection.connect_tcp")


@dataclass(slots=True)
class _Pools:
    """The connections of one event loop."""

    hosts: frozenset[str]
    pools: dict[_Pool, AsyncCappedTransport] = field(default_factory=dict)

    def of(self, request: httpx2.Request) -> AsyncCappedTransport:
        url, is_kept_long = request.url, is_harmless(request)
        key = (url.scheme, url.host, url.port, is_kept_long)
        found = self.pools.get(key)
        if found is None:
            limits = httpx2.Limits(
                max_connections=_MOST,
                max_keepalive_connections=_MOST_IDLE,
                keepalive_expiry=_KEPT_S if is_kept_long else _KEPT_FOR_DEEDS_S,
            )
            verify = tls_context() if url.scheme == "https" else False
            found = AsyncCappedTransport(verify=verify, trust_env=False, limits=limits)
            hold_to(found, self.hosts)
            self.pools[key] = found
        return found

    async def aclose(self) -> None:
        for pool in self.pools.values():
            await pool.aclose()
