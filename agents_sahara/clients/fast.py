"""Connections by aiohttp, where it is installed: its parser is compiled, and it finds an idle one without a search.

Keeps what `transport` promises of the others: our own certificates, no proxy, no redirect, no cookie, answers that
end at their size, and httpx2's errors, from which the reasons of a failure are told.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import aiohttp
import httpx2
from yarl import URL

from agents_sahara.clients.bodies import AsyncCappedResponse

_MOST_HEADER_BYTES = 100 * 1024
"""As much as h11 0.16 takes."""

_OWN_HEADERS = frozenset({"Accept", "Accept-Encoding", "Content-Type", "User-Agent"})
"""What aiohttp would add where httpx2 sends none."""


class AiohttpTransport(httpx2.AsyncBaseTransport):
    """A pool of connections for one event loop; `keepalive_s` is how long an idle one is kept."""

    def __init__(self, *, verify: ssl.SSLContext, keepalive_s: float) -> None:
        self._verify = verify
        self._keepalive_s = keepalive_s
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send `request`; reading the answer raises what httpx2's own transport raises."""
        session = self._session or self._open()
        limits = request.extensions.get("timeout", {})
        timeout = aiohttp.ClientTimeout(
            total=None, connect=limits.get("connect"), sock_read=limits.get("read")
        )
        with _explained():
            answer = await session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=_headers(request),
                data=await request.aread() or None,
                allow_redirects=False,
                timeout=timeout,
            )
        return AsyncCappedResponse(
            answer.status,
            headers=answer.raw_headers,
            stream=_Body(answer),
            extensions={"http_version": b"HTTP/1.1", "reason_phrase": (answer.reason or "").encode()},
        )

    def _open(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(limit=0, ssl=self._verify, keepalive_timeout=self._keepalive_s)
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=_OWN_HEADERS,
            max_line_size=_MOST_HEADER_BYTES,
            max_field_size=_MOST_HEADER_BYTES,
        )
        return self._session

    async def aclose(self) -> None:
        """Close every connection; the next request opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


def _headers(request: httpx2.Request) -> list[tuple[str, str]]:
    """Names as they are to be written; httpx2 gives them in lower case."""
    encoding = request.headers.encoding
    return [(name.decode("ascii"), value.decode(encoding)) for name, value in request.headers.raw]


class _Body(httpx2.AsyncByteStream):
    """The bytes of an answer, as many at a time as are there."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _explained():
            async for part in self._answer.content.iter_any():
                yield part

    async def aclose(self) -> None:
        self._answer.close()  # gives the connection back where the answer was read to its end


@contextmanager
def _explained() -> Iterator[None]:
    """Raise the error of httpx2 that means the same."""
    try:
        yield
    except (aiohttp.ClientError, OSError) as error:
        raise _kind(error)(str(error)) from error


def _kind(error: aiohttp.ClientError | OSError) -> type[httpx2.TransportError]:
    if isinstance(error, aiohttp.SocketTimeoutError):
        return httpx2.ReadTimeout
    if isinstance(error, aiohttp.ServerTimeoutError):
        return httpx2.ConnectTimeout
    if isinstance(error, aiohttp.ClientConnectorError):
        return httpx2.ConnectError
    if isinstance(error, aiohttp.InvalidURL):
        return httpx2.UnsupportedProtocol
    if isinstance(
        error, aiohttp.ClientPayloadError | aiohttp.ServerDisconnectedError | aiohttp.ClientResponseError
    ):
        return httpx2.RemoteProtocolError
    return httpx2.ReadError
