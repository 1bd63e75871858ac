"""Requests over kept connections, as httpx2 sends them, at a fifth of the cost.

httpx2 2.16 looks at every connection of its pool for each request, and takes each piece through the layers of
httpcore2, h11 and anyio (checked 2026-11-28). Here a request is written at once, and an answer with nothing out of
the ordinary is cut as it comes. No proxy is used. Knows nothing of providers or answers.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext, suppress
from functools import partial

import h11
import httpx2

from agents_sahara.clients.bodies import AsyncCappedResponse
from agents_sahara.clients.connecting import Origin, connected
from agents_sahara.clients.connections import Connection
from agents_sahara.clients.framing import Framing
from agents_sahara.clients.keeping import Keeper

_HEAD = re.compile(
    rb"[!-~]++ [!-~]++ HTTP/1\.1\r\n"
    rb"(?:[-!#$%&'*+.^_`|~0-9a-zA-Z]++: (?:[^\x00\s]++(?:[ \t]++[^\x00\s]++)*+)?+\r\n)++\r\n"
)
"""A head that nobody reads otherwise than it is meant, if it has as many lines as it should."""

_REFUSED = 400
_SHORT = 64 * 1024
"""Bytes of a body. A longer one may be refused before all of it was sent, which nobody sees over TLS."""


class DirectTransport(httpx2.AsyncBaseTransport):
    """Connections of an `AsyncClient` whose answers end at their size; each stays with the loop that made it."""

    def __init__(self, verifier: ssl.SSLContext, *, kept_s: float) -> None:
        """As many connections are kept as were in use at once, `kept_s` seconds each; with 0, none is."""
        self._verifier = verifier
        self._kept_s = kept_s
        self._keepers: dict[asyncio.AbstractEventLoop, Keeper] = {}
        self._lock = threading.Lock()

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send `request`; reading the answer raises `TooLargeError` where it is."""
        limits = request.extensions.get("timeout", {})
        origin, keeper = Origin.of(request.url), self._keeper()
        connection = keeper.take(origin)
        if connection is None:
            connection = await connected(origin, self._verifier, limits.get("connect"))
            if not keeper.add(connection):
                raise httpx2.ConnectError("the connections of this event loop were closed meanwhile")
        try:
            framing = await _sent(connection, request, limits.get("write"))
            head, part = await connection.head(limits.get("read"))
            if head.status >= _REFUSED and _is_long(request):
                framing.keeps = False
        except BaseException:
            keeper.leave(origin, connection)
            raise
        leave = partial(keeper.leave, origin, connection)
        stream: httpx2.AsyncByteStream
        if framing.is_over:
            leave()
            stream = httpx2.ByteStream(part)
        else:
            stream = _Body(connection.rest(framing, part, limits.get("read")), leave, keeper.loop)
        return AsyncCappedResponse(
            head.status,
            headers=head.headers,
            stream=stream,
            extensions={"http_version": b"HTTP/" + head.version, "reason_phrase": head.reason},
        )

    def _keeper(self) -> Keeper:
        loop = asyncio.get_running_loop()
        known = self._keepers.get(loop)
        if known is None:
            known = Keeper(loop, self._kept_s)
            with self._lock:
                for old in [old for old in self._keepers if old.is_closed()]:
                    del self._keepers[old]
                self._keepers[loop] = known
        return known

    async def aclose(self) -> None:
        """Close every connection of the running loop."""
        with self._lock:
            keeper = self._keepers.pop(asyncio.get_running_loop(), None)
        if keeper is not None:
            await keeper.aclose()


class _Body(httpx2.AsyncByteStream):
    """A body as it comes; what is not read to its end closes its connection."""

    def __init__(
        self, parts: AsyncGenerator[bytes], leave: Callable[[], None], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._parts = parts
        self._loop = loop
        self._leave: Callable[[], None] | None = leave

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._parts

    async def aclose(self) -> None:
        leave, self._leave = self._leave, None
        if leave is not None:
            leave()

    def __del__(self) -> None:
        """A body that was forgotten does not hold its connection open."""
        if self._leave is not None:
            with suppress(RuntimeError):  # the loop is closed, and with it the connection
                self._loop.call_soon_threadsafe(self._leave)


async def _sent(connection: Connection, request: httpx2.Request, seconds: float | None) -> Framing:
    """Send `request`; what cuts its answer.

    Raises:
        httpx2.LocalProtocolError: it cannot be said.
        httpx2.WriteTimeout: the other side did not take it.
    """
    is_last = "close" in _tokens(request.headers.get("connection", ""))
    framing = Framing(request.method, is_last=is_last)
    connection.begin(framing)
    plain = _plain(request)
    if plain is not None:
        await connection.send(plain, seconds)
        return framing
    async with aclosing(_pieces(request)) as pieces:
        async for piece in pieces:
            if not await connection.send(piece, seconds):
                framing.keeps = False  # it has answered before all was sent
                break
    return framing


def _tokens(value: str) -> list[str]:
    return [token.strip() for token in value.lower().split(",")]


def _is_long(request: httpx2.Request) -> bool:
    """Whether it may have been answered before all of it was sent."""
    headers = request.headers
    return "transfer-encoding" in headers or int(headers.get("content-length", 0)) > _SHORT


def _plain(request: httpx2.Request) -> bytes | None:
    """A request with its whole body; None where h11 has to look at it."""
    if not isinstance(request.stream, httpx2.ByteStream):
        return None
    body = b"".join(request.stream)
    headers = request.headers.raw
    names = [name.lower() for name, _ in headers]
    if names.count(b"host") != 1 or names.count(b"content-length") > 1 or b"transfer-encoding" in names:
        return None
    lines = [b"%s %s HTTP/1.1\r\n" % (request.method.encode("ascii"), request.url.raw_path)]
    length = b"0"
    for lowered, (name, value) in zip(names, headers, strict=True):
        line = b"%s: %s\r\n" % (name, value)
        if lowered == b"host":  # first, as RFC 9110 asks for
            lines.insert(1, line)
            continue
        if lowered == b"content-length":
            length = value
        lines.append(line)
    head = b"".join(lines) + b"\r\n"
    is_sound = head.count(b"\n") == len(headers) + 2 and _HEAD.fullmatch(head)
    return head + body if is_sound and length == b"%d" % len(body) else None


async def _pieces(request: httpx2.Request) -> AsyncGenerator[bytes]:
    """The same as it comes from h11, which refuses what cannot be said."""
    sender = h11.Connection(h11.CLIENT)
    assert isinstance(request.stream, httpx2.AsyncByteStream)
    try:
        target = request.url.raw_path
        yield (
            sender.send(h11.Request(method=request.method, target=target, headers=request.headers.raw)) or b""
        )
        async with _closing(aiter(request.stream)) as parts:
            async for part in parts:
                yield sender.send(h11.Data(data=part)) or b""
        yield sender.send(h11.EndOfMessage()) or b""
    except h11.LocalProtocolError as error:
        raise httpx2.LocalProtocolError(str(error)) from error


def _closing(parts: AsyncIterator[bytes]) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
    return aclosing(parts) if isinstance(parts, AsyncGenerator) else nullcontext(parts)
