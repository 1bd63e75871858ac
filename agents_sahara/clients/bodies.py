"""Answers that cannot fill memory: beyond a size, a body or one event of a stream is not read on.

httpx2 2.16 decompresses in pieces of 1 MiB and h11 0.16 refuses headers over 100 KiB; neither they nor openai 3.54
put a limit to a body, a line or an event (checked 2026-11-22). A compressed body that breaks off is no body either,
though httpx2 takes it for one (checked 2026-11-28). Knows nothing of what the bytes mean.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

import httpx2

from agents_sahara.clients.tails import AsyncTailless, Tailless

MOST_BODY_BYTES = 16 * 1024 * 1024
"""Of a whole body, decompressed. The longest answers of today's models have some 0.6 MB; read as JSON, a body can
take twenty times its size in memory."""

MOST_EVENT_BYTES = 4 * 1024 * 1024
"""Of one server-sent event. A stream as a whole has no limit in bytes."""

_ENDS = (b"\n\n", b"\r\n\r\n", b"\r\r")
"""Ends of an event: a blank line."""


class TooLargeError(httpx2.TransportError):
    """More came than an answer can be."""


class _Gauge:
    """Counts the bytes since the body, or the event, began."""

    def __init__(self, headers: httpx2.Headers, *, is_whole: bool) -> None:
        is_events = headers.get("content-type", "").lower().startswith("text/event-stream")
        self.is_stream = is_events and not is_whole
        self._most = MOST_EVENT_BYTES if self.is_stream else MOST_BODY_BYTES
        self._size = 0
        self._tail = b""

    def note(self, part: bytes) -> bytes:
        """Count `part`, and give it back.

        Raises:
            TooLargeError: that was too much.
        """
        self._size += len(part)
        if self.is_stream:
            window = self._tail + part
            self._tail = window[-3:]
            for end in _ENDS:
                if (place := window.rfind(end)) >= 0:
                    self._size = len(window) - place - len(end)
                    break
        if self._size > self._most:
            raise TooLargeError(f"more than {self._most >> 20} MiB")
        return part


class _Textual(httpx2.Response):
    @property
    def charset_encoding(self) -> str | None:
        """What the answer says that its text is written in, where Python can read text of that kind: httpx2 takes
        any codec's name, such as base64, and fails on the text."""
        name = super().charset_encoding
        try:
            return name if name is None or b" ".decode(name, "replace") else None
        except (LookupError, ValueError):
            return None

    @property
    def text(self) -> str:
        """The body as text, which is not always in what it says that it is in."""
        try:
            return super().text
        except ValueError:  # UTF-16 without its mark
            return self.content.decode(errors="replace")

    def _check_end(self) -> None:
        """Look whether what was compressed had come to its end.

        Raises:
            httpx2.DecodingError: it broke off, or more stands behind it, which httpx2 leaves out.
        """
        decoder = getattr(self, "_decoder", None)
        for one in getattr(decoder, "children", [decoder]):
            state = getattr(getattr(one, "decompressor", None), "decompressor", None)
            if not getattr(state, "eof", True) and self.num_bytes_downloaded:
                raise httpx2.DecodingError("the compressed body breaks off")
            if getattr(state, "unused_data", b"").strip(b"\0"):
                raise httpx2.DecodingError("something stands behind the compressed body")

    def _is_told_by_status(self, error: Exception) -> bool:
        """Whether the answer says enough though its body broke: a refusal stays a refusal."""
        return self.status_code >= 400 and not isinstance(error, httpx2.TimeoutException | TooLargeError)


class AsyncCappedResponse(_Textual):
    """An answer of an `AsyncClient` that ends at its size."""

    _is_whole = False

    async def aread(self) -> bytes:
        """The whole body."""
        self._is_whole = True
        try:
            return await super().aread()
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            if not self._is_told_by_status(error):
                raise
            await self.aclose()
            self._content = b""
            return b""

    async def aiter_bytes(self, chunk_size: int | None = None) -> AsyncGenerator[bytes]:
        """The body bit by bit."""
        gauge = _Gauge(self.headers, is_whole=self._is_whole)
        is_as_sent = (
            chunk_size is None and "content-encoding" not in self.headers and not hasattr(self, "_content")
        )
        source = self.aiter_raw() if is_as_sent else super().aiter_bytes(chunk_size)
        async with aclosing(source) as parts:
            async for part in parts:
                yield gauge.note(part)
        if not gauge.is_stream:
            self._check_end()


class _Response(_Textual):
    _is_whole = False

    def read(self) -> bytes:
        self._is_whole = True
        try:
            return super().read()
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            if not self._is_told_by_status(error):
                raise
            self.close()
            self._content = b""
            return b""

    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
        gauge = _Gauge(self.headers, is_whole=self._is_whole)
        for part in super().iter_bytes(chunk_size):
            yield gauge.note(part)
        if not gauge.is_stream:
            self._check_end()


class AsyncCappedTransport(httpx2.AsyncHTTPTransport):
    """Connections of an `AsyncClient` whose answers end at their size."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send `request`; reading the answer raises `TooLargeError` where it is."""
        got = await super().handle_async_request(request)
        assert isinstance(got.stream, httpx2.AsyncByteStream)
        stream = AsyncTailless(got.stream)
        return AsyncCappedResponse(
            got.status_code, headers=got.headers, stream=stream, extensions=got.extensions
        )


class CappedTransport(httpx2.HTTPTransport):
    """Connections of a `Client` whose answers end at their size."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send `request`; reading the answer raises `TooLargeError` where it is."""
        got = super().handle_request(request)
        assert isinstance(got.stream, httpx2.SyncByteStream)
        stream = Tailless(got.stream)
        return _Response(got.status_code, headers=got.headers, stream=stream, extensions=got.extensions)
