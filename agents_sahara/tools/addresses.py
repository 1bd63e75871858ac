"""The addresses that a tool's host leads to, looked at before one of them is connected to.

Addresses of this machine and of private networks are refused after the name was resolved, unless the operator allowed
that very address; the connection goes to the address that was looked at. RFC 6890 for what is private (checked
2026-11-28).
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Iterable
from typing import Any

import httpcore2
import httpx2

from agents_sahara.settings import is_loopback

_UNICAST = ipaddress.ip_network("2000::/3")
"""All that is public in IPv6. IANA, "IPv6 Address Space" (checked 2026-11-28)."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")

_SPECIAL = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))
"""Registered for special uses, and not all of it known to every version of `ipaddress`."""


class PrivateAddressError(OSError):
    """A name leads to this machine or into a private network, and the operator did not allow that address."""


class Pinned(httpcore2.AsyncNetworkBackend):
    """Looks at the addresses of a host before it connects, and connects to one of those."""

    def __init__(self, allowed: frozenset[str]) -> None:
        """`allowed`: addresses that may be called though they are private, and names of this machine."""
        self._allowed = allowed
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the name that httpcore2 gives it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection to an address that may be called; the next one where the first cannot be reached."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        for address in addresses:
            if not self._may_call(host, address):
                raise PrivateAddressError("the host leads to an address that may not be called")
        for address in addresses[:-1]:
            with contextlib.suppress(httpcore2.ConnectError):
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
        return await self._inner.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    def _may_call(self, host: str, address: str) -> bool:
        if address in self._allowed or (is_loopback(host) and host in self._allowed):
            return True
        return is_public(address)


def is_public(address: str) -> bool:
    """Whether the address, and one that it holds, is neither this machine's nor a private network's."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
        if ip not in _UNICAST or (ip.sixtofour is not None and not is_public(str(ip.sixtofour))):
            return False
    return ip.is_global and not ip.is_multicast and not any(ip in network for network in _SPECIAL)


def refusal(error: BaseException | None) -> PrivateAddressError | None:
    """The refusal of an address among the causes of `error`."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        if isinstance(error, PrivateAddressError):
            return error
        seen.append(error)
        error = error.__cause__ or error.__context__
    return None


def hold_to(transport: httpx2.AsyncHTTPTransport, allowed: frozenset[str]) -> None:
    """Let `transport` connect to addresses alone that `Pinned` lets it."""
    transport._pool._network_backend = Pinned(allowed)  # noqa: SLF001  the one seam between name and address
