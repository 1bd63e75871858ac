"""Makes a connection to a host: its addresses, the first of them that answers, TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
from asyncio.staggered import staggered_race
from collections.abc import Iterable
from functools import partial
from itertools import chain, zip_longest
from typing import Any, Final, NamedTuple, TypeAlias

import httpx2

from agents_sahara.clients.ahead import ahead
from agents_sahara.clients.connections import Connection, is_readable

_HEAD_START_S: Final = 0.25
"""How long an address has before the next is tried beside it (RFC 8305)."""

_Address: TypeAlias = tuple[int, Any]
"""Its family, and what a socket connects to."""


class Origin(NamedTuple):
    """Whom a connection is with."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: httpx2.URL) -> Origin:
        """Of an absolute URL."""
        scheme = url.scheme
        return cls(scheme, url.raw_host.decode("ascii"), url.port or (443 if scheme == "https" else 80))


async def connected(origin: Origin, verifier: ssl.SSLContext, seconds: float | None) -> Connection:
    """A new connection; reaching the host may take so many seconds, and TLS as many again.

    Raises:
        httpx2.UnsupportedProtocol: the scheme is neither http nor https.
        httpx2.ConnectTimeout, httpx2.ConnectError: there is none.
    """
    if origin.scheme not in ("http", "https"):
        raise httpx2.UnsupportedProtocol(f"no requests are sent to {origin.scheme!r} addresses")
    loop = asyncio.get_running_loop()
    tls: dict[str, Any] = {}
    if origin.scheme == "https":
        verifier.set_alpn_protocols(["http/1.1"])
        tls = {"ssl": verifier, "server_hostname": origin.host}
    try:
        async with asyncio.timeout(seconds):
            sock = await _socket(origin.host, origin.port)
        async with asyncio.timeout(seconds):
            _, connection = await loop.create_connection(Connection, sock=sock, **tls)
    except TimeoutError as error:
        raise httpx2.ConnectTimeout("no connection could be made in time") from error
    except (OSError, OverflowError, ValueError) as error:  # the last two: a host or port that is none
        raise httpx2.ConnectError(str(error)) from error
    return connection


async def _socket(host: str, port: int) -> socket.socket:
    """A socket that is connected to the first address that answers, or was so ahead of time."""
    made = ahead.take(host, port)
    if made is not None:
        if not is_readable(made.fileno()):
            return made
        made.close()
    addresses = await _addresses(host, port)
    if len(addresses) == 1:
        return await _connect(*addresses[0])
    return await _first(addresses)


async def _first(addresses: Iterable[_Address]) -> socket.socket:
    """A socket that is connected to the first that answers; no other is left open, however this ends."""
    made: list[socket.socket] = []

    async def connect(family: int, address: Any) -> None:
        made.append(await _connect(family, address))

    try:
        _, winner, errors = await staggered_race(
            [partial(connect, *address) for address in addresses], _HEAD_START_S
        )
        if winner is not None:
            return made.pop(0)
    finally:
        for sock in made:
            sock.close()
    causes = [error for error in errors if isinstance(error, Exception)]
    cause = ExceptionGroup("each failed", causes) if causes else None
    raise OSError("no address of the host could be reached") from cause


async def _connect(family: int, address: Any) -> socket.socket:
    # With its protocol named, asyncio sends what is written at once (TCP_NODELAY).
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


async def _addresses(host: str, port: int) -> list[_Address]:
    """The addresses of a host, those of its two families in turn."""
    loop = asyncio.get_running_loop()
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return _in_turn((family, address) for family, _, _, _, address in found)


def _in_turn(addresses: Iterable[_Address]) -> list[_Address]:
    listed = list(addresses)
    first = [address for address in listed if address[0] == listed[0][0]]
    others = [address for address in listed if address[0] != listed[0][0]]
    return [address for address in chain(*zip_longest(first, others)) if address is not None]
