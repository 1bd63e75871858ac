"""`http` and `openapi`: one request to one host, at an address that was looked at before it is connected to.

No redirect is followed, no proxy used, no cookie kept. Addresses of this machine and of private networks are refused
after the name was resolved, unless the operator allowed that very address; the connection goes to the address that
was looked at. RFC 6890 for what is private (checked 2026-11-28).
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpcore2
import httpx2

from agents_sahara.clients.transport import tls_context
from agents_sahara.graph.tools.requests import INSERTED, HttpRequest
from agents_sahara.graph.tools.values import ToolNode
from agents_sahara.routing.validator import validator_of
from agents_sahara.settings import is_loopback
from agents_sahara.tools.callee import Bench
from agents_sahara.tools.context import ToolContext
from agents_sahara.tools.marking import ToolError

_MOST_SHOWN = 500
"""Characters of an answer that says what went wrong."""

_BYTES_A_CHARACTER = 4

_LEAST_SECRET = 8
"""Characters of a header's value that is taken out of answers: a shorter one is a word, and no secret."""


@dataclass(frozen=True, slots=True)
class HttpCallee:
    """A request with open parameters."""

    request: HttpRequest
    hosts: frozenset[str]
    """What the operator allowed."""
    most_bytes: int
    description: str = ""

    @property
    def schema(self) -> dict[str, Any]:
        """The parameters."""
        return dict(self.request.schema)

    async def call(self, arguments: Mapping[str, Any], context: ToolContext) -> object:
        """The body of the answer.

        Raises:
            ToolError: the arguments do not fit, the host cannot be reached, or it does not answer with 2xx.
        """
        given = self._fitting(arguments)
        request = self._made(given, context)
        transport = httpx2.AsyncHTTPTransport(
            verify=tls_context() if request.url.scheme == "https" else False, trust_env=False
        )
        transport._pool._network_backend = _Pinned(self.hosts)  # noqa: SLF001  the one seam between name and address
        client = httpx2.AsyncClient(
            transport=transport, trust_env=False, follow_redirects=False, timeout=None
        )
        try:
            async with client:
                answer = await client.send(request, stream=True)
                return self._judged(answer, await self._body(answer))
        except (httpx2.HTTPError, OSError) as error:
            refused = next((one for one in _causes(error) if isinstance(one, PrivateAddressError)), None)
            raise ToolError(str(refused or "the host cannot be reached.")) from None

    def _fitting(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        problems = list(validator_of(self.request.schema).iter_errors(dict(arguments)))
        if not problems:
            return arguments
        where = ", ".join(
            dict.fromkeys("/".join(map(str, one.path)) or str(one.validator) for one in problems[:10])
        )
        raise ToolError(f"The arguments do not fit the schema: {where}.")

    def _made(self, given: Mapping[str, Any], context: ToolContext) -> httpx2.Request:
        request = self.request
        query = [
            (name, _said(given[name]))
            for name, where in request.places.items()
            if where == "query" and name in given
        ]
        url = INSERTED.sub(lambda match: _inserted(match[1], given), request.url)
        if query:
            url += ("&" if "?" in url else "?") + urlencode(query)
        headers = {name: secret.reveal() for name, secret in request.headers.items()}
        headers |= {
            name: _line(given[name])
            for name, where in request.places.items()
            if where == "header" and name in given
        }
        if request.method != "GET" and "idempotency-key" not in {name.lower() for name in headers}:
            headers["Idempotency-Key"] = context.idempotency_key
        body = _body_of(request, given)
        headers |= {"Accept-Encoding": "identity", "User-Agent": "agents-sahara"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        return httpx2.Request(request.method, url, headers=headers, content=body)

    async def _body(self, answer: httpx2.Response) -> str:
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            raise ToolError("the answer is packed, which was not asked for.")
        parts, size = [], 0
        async for part in answer.aiter_raw():
            parts.append(part)
            size += len(part)
            if size > self.most_bytes:
                break
        data = b"".join(parts)[: self.most_bytes]
        if b"\0" in data:
            raise ToolError("the answer is no text.")
        text = data.decode("utf-8", "replace")
        for secret in self.request.headers.values():
            if len(secret.reveal()) >= _LEAST_SECRET:
                text = secret.scrub(text)
        return text

    def _judged(self, answer: httpx2.Response, text: str) -> str:
        if answer.is_success:
            return text
        if answer.has_redirect_location:
            raise ToolError(f"HTTP {answer.status_code}: redirects are not followed.")
        shown = " ".join(text.split())[:_MOST_SHOWN]
        raise ToolError(f"HTTP {answer.status_code}. {shown}".strip())


def make(node: ToolNode, bench: Bench) -> HttpCallee:
    """The request that `node` makes."""
    assert isinstance(node.does, HttpRequest)
    return HttpCallee(node.does, bench.graph.consent.hosts, _BYTES_A_CHARACTER * (node.max_chars + 1))


def _body_of(request: HttpRequest, given: Mapping[str, Any]) -> bytes | None:
    whole = next((name for name, where in request.places.items() if where == "whole_body"), None)
    if whole is not None:
        return json.dumps(given[whole]).encode() if whole in given else None
    parts = {name: given[name] for name, where in request.places.items() if where == "body" and name in given}
    has_body = "body" in request.places.values()
    return json.dumps(parts).encode() if has_body else None


def _said(value: object) -> str:
    """A value as one piece of an address."""
    return value if isinstance(value, str) else json.dumps(value)


def _inserted(name: str, given: Mapping[str, Any]) -> str:
    """Every character that could end a piece of the path is escaped; a piece that leads upwards is refused."""
    text = _said(given[name])
    if text.strip() in ("", ".", ".."):
        raise ToolError(f"The arguments do not fit. {name}: {text!r} cannot stand in an address.")
    return quote(text, safe="")


def _line(value: object) -> str:
    text = _said(value)
    if any(ord(char) < 32 or ord(char) > 126 for char in text):
        raise ToolError("The arguments do not fit: a header takes plain characters on one line.")
    return text


class PrivateAddressError(OSError):
    """A name leads to this machine or into a private network, and the operator did not allow that address."""


class _Pinned(httpcore2.AsyncNetworkBackend):
    """Looks at the addresses of a host before it connects, and connects to one of those."""

    def __init__(self, allowed: frozenset[str]) -> None:
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
        """A connection to an address that may be called."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        for address in addresses:
            if not self._may_call(host, address):
                raise PrivateAddressError("the host leads to an address that may not be called.")
        return await self._inner.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    def _may_call(self, host: str, address: str) -> bool:
        if address in self._allowed or (is_loopback(host) and host in self._allowed):
            return True
        return _is_public(address)


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    if isinstance(ip, ipaddress.IPv6Address) and ip in ipaddress.ip_network("64:ff9b::/96"):
        inner = ipaddress.ip_address(int(ip) & 0xFFFFFFFF)
    return ip.is_global and not ip.is_multicast and (inner is None or inner.is_global)


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
