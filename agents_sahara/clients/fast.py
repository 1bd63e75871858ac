"""Connections by aiohttp, for whoever has installed the extra `[fast]`: half the CPU a request, a third a chunk.

What httpx2 promises its callers holds here too: the same bytes, limits and errors. aiohttp 3.14 (checked 2026-11-28)
takes what comes on an idle connection for the answer to the next request; here such a connection is closed. Knows
nothing of providers or answers.
"""

from __future__ import annotations

import select
import ssl
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx2
from aiohttp.client_exceptions import ClientConnectorError, ClientSSLError
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from agents_sahara.clients.bodies import AsyncCappedResponse

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ConnectionKey
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

_MOST_HEADER_BYTES = 100 * 1024
"""As h11 0.16, which httpx2 uses, allows for all headers together."""
_MOST_HEADERS = 1000
_MOST_URLS = 64
_NOT_ADDED = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""Headers that aiohttp would add."""


class _Handler(ResponseHandler):
    """A connection that takes nothing but answers: what comes while nothing is asked is dropped, and ends it."""

    _is_asked = False

    def set_response_params(self, **params: Any) -> None:
        self._is_asked = True
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        if not self._is_asked:
            if data:  # aiohttp itself passes on nothing, when a reader has caught up
                self.force_close()
            return
        super().data_received(data)
        payload = self._payload
        self._is_asked = payload is None or not payload.is_eof()


class _Connector(aiohttp.TCPConnector):
    """Gives out no connection on which something came that nobody asked for, or which is just being closed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._factory: Any = partial(_Handler, loop=self._loop)  # there is no public way to say which

    async def _get(self, key: ConnectionKey, traces: list[Trace]) -> Connection | None:
        while (connection := await super()._get(key, traces)) is not None:
            if connection.protocol is not None and not _has_more(connection.protocol):
                return connection
            connection.close()
        return None


def _has_more(protocol: ResponseHandler) -> bool:
    """Whether there was, or is, something to read before anything is asked; the end is something too."""
    transport = protocol.transport
    sock = None if transport is None else transport.get_extra_info("socket")
    if protocol.should_close or sock is None or sock.fileno() < 0:
        return True
    return _is_readable(sock.fileno())


def _is_readable(descriptor: int) -> bool:
    if sys.platform == "win32":
        return bool(select.select([descriptor], [], [], 0)[0])
    polled = select.poll()
    polled.register(descriptor, select.POLLIN)
    return bool(polled.poll(0))


class FastTransport(httpx2.AsyncBaseTransport):
    """Connections of an `AsyncClient` whose answers end at their size, for the event loop that first uses them."""

    def __init__(self, verifier: ssl.SSLContext, *, keeps: bool, kept_s: float) -> None:
        """With `keeps`, as many connections are kept as were in use at once, `kept_s` seconds each; else none is."""
        self._verifier = verifier
        self._keeps = keeps
        self._kept_s = kept_s
        self._session: aiohttp.ClientSession | None = None
        self._urls: dict[str, URL] = {}

    def _open(self) -> aiohttp.ClientSession:
        keeping: dict[str, Any] = (
            {"keepalive_timeout": self._kept_s} if self._keeps else {"force_close": True}
        )
        return aiohttp.ClientSession(
            connector=_Connector(limit=0, ssl=self._verifier, **keeping),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            skip_auto_headers=_NOT_ADDED,
            max_line_size=_MOST_HEADER_BYTES,
            max_field_size=_MOST_HEADER_BYTES,
            max_headers=_MOST_HEADERS,
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send `request`; reading the answer raises `TooLargeError` where it is."""
        if self._session is None:
            self._session = self._open()
        limits = request.extensions.get("timeout", {})
        with _as_httpx2():
            response = await self._session.request(
                request.method,
                self._parsed(str(request.url)),
                headers=[
                    (name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw
                ],
                data=request.content or None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=limits.get("connect"), sock_read=limits.get("read")
                ),
            )
        return AsyncCappedResponse(
            response.status,
            headers=list(response.raw_headers),
            stream=_Stream(response),
            extensions={
                "http_version": _version(response),
                "reason_phrase": (response.reason or "").encode(),
            },
        )

    def _parsed(self, url: str) -> URL:
        known = self._urls.get(url)
        if known is None:
            if len(self._urls) >= _MOST_URLS:
                self._urls.clear()
            known = self._urls[url] = URL(url, encoded=True)
        return known

    async def aclose(self) -> None:
        """Close every connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


class _Stream(httpx2.AsyncByteStream):
    """A body as it comes; what is not read to its end closes its connection."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        content = self._response.content
        with _as_httpx2():
            while part := await content.readany():
                yield part

    async def aclose(self) -> None:
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()


def _version(response: aiohttp.ClientResponse) -> bytes:
    version = response.version
    return b"HTTP/1.1" if version is None else b"HTTP/%d.%d" % (version.major, version.minor)


@contextmanager
def _as_httpx2() -> Iterator[None]:
    """What aiohttp raises as what httpx2 would."""
    try:
        yield
    except (
        aiohttp.ClientError,
        aiohttp.http.HttpProcessingError,
        TimeoutError,
        OSError,
        ValueError,
    ) as error:
        kind = next((kind for ours, kind in _KINDS if isinstance(error, ours)), httpx2.RemoteProtocolError)
        raise kind(str(error) or type(error).__name__) from error


_KINDS: tuple[tuple[type[BaseException], type[httpx2.TransportError]], ...] = (
    (aiohttp.ConnectionTimeoutError, httpx2.ConnectTimeout),
    (aiohttp.SocketTimeoutError, httpx2.ReadTimeout),
    (TimeoutError, httpx2.ConnectTimeout),
    (ClientConnectorError, httpx2.ConnectError),
    (ClientSSLError, httpx2.ConnectError),
    (aiohttp.ServerDisconnectedError, httpx2.RemoteProtocolError),
    (aiohttp.ClientPayloadError, httpx2.RemoteProtocolError),
    (OSError, httpx2.ReadError),
)
"""The first that fits; anything else is an answer that is not HTTP."""
