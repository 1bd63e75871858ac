"""The answer of an early request, for the one request that is the same byte for byte.

httpcore2 makes the bytes that the ordinary way would put on the wire; each is compared with what has left. The same
connection object then reads the answer, so that sizes, time limits and faults are those of any other answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator

import httpcore2
import httpx2

from agents_sahara.clients.bodies import AsyncCappedTransport
from agents_sahara.clients.early import OTHER_BYTES, EarlyRequest


class _NotThisError(Exception):
    """The answer is not that of this request."""


class EarlyAnswers:
    """Stands before a client's transport, and answers its first request or none."""

    def __init__(self, early: EarlyRequest) -> None:
        self._early: EarlyRequest | None = early

    async def answer(self, request: httpx2.Request) -> httpx2.Response | None:
        """The early answer, where `request` is what has left; None sends it the ordinary way.

        Raises:
            httpx2.TransportError: the answer broke, as it would have on any other connection.
        """
        early, self._early = self._early, None
        if early is None:
            return None
        if not _is_for(request.url, early):
            early.claim(OTHER_BYTES)
            return None
        try:
            response = await _Transport(request.url, early).handle_async_request(request)
        except _NotThisError as reason:
            early.claim(str(reason))
            return None
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Once(response.stream, early)
        return response


def _is_for(url: httpx2.URL, early: EarlyRequest) -> bool:
    is_tls, wire = url.scheme == "https", early.wire
    port = url.port or (443 if is_tls else 80)
    return (url.host, port, is_tls) == (wire.host, wire.port, wire.tls is not None)


class _Transport(AsyncCappedTransport):
    """The ordinary transport on a connection that is there already."""

    def __init__(self, url: httpx2.URL, early: EarlyRequest) -> None:
        super().__init__(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), trust_env=False)
        made = httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=b"/")
        # There is no public way to give a transport one connection (httpx2 2.16, checked 2026-11-28).
        self._pool = httpcore2.AsyncHTTP11Connection(made.origin, _Stream(early))  # type: ignore[assignment]


class _Stream(httpcore2.AsyncNetworkStream):
    """Takes the bytes that have left already, and no others; gives what has come."""

    def __init__(self, early: EarlyRequest) -> None:
        self._early = early
        self._left = memoryview(early.wire.data)
        """What is still to be compared."""
        self._is_claimed = False
        self._news = asyncio.Event()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109  httpcore2's
        if self._left[: len(buffer)] != buffer:
            raise _NotThisError(OTHER_BYTES)
        self._left = self._left[len(buffer) :]

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109  as above
        self._claim()
        try:
            async with asyncio.timeout(timeout):
                while (data := self._early.read()) is None:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError as error:
            raise httpcore2.ReadTimeout from error
        except ssl.SSLError:
            raise  # as httpcore2 2.16 passes it on (checked 2026-11-28)
        except OSError as error:
            raise httpcore2.ReadError from error
        return data

    def _claim(self) -> None:
        if self._is_claimed:
            return
        if self._left:
            raise _NotThisError(OTHER_BYTES)
        if not self._early.claim():
            raise _NotThisError(self._early.reason)
        self._is_claimed = True
        loop = asyncio.get_running_loop()

        def tell() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._news.set)

        self._early.listen(tell)

    async def aclose(self) -> None:
        if self._is_claimed:
            self._early.close()


class _Once(httpx2.AsyncByteStream):
    """A body whose connection is closed with it."""

    def __init__(self, stream: httpx2.AsyncByteStream, early: EarlyRequest) -> None:
        self._stream = stream
        self._early = early

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._stream)

    async def aclose(self) -> None:
        try:
            await self._stream.aclose()
        finally:
            self._early.close()
