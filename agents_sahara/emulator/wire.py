"""Put an answer on the wire, whole or broken as a script asks: bytes, pieces, delays, cuts.

An ASGI response of our own, because Starlette's cannot stop half-way. Knows nothing of models or scripts' rules.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from starlette.types import Receive, Scope, Send

from agents_sahara.types import Json

Sleep: TypeAlias = Callable[[float], Awaitable[None]]

DONE = b"data: [DONE]\n\n"


class Piece(NamedTuple):
    """Bytes that are sent together, and whether they carry content of the answer."""

    data: bytes
    is_content: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """Where an answer stops, and how.

    With neither count the connection ends before any byte of an answer. Where the answer has fewer chunks or
    bytes than the count, all of them arrive and the end is still broken.
    """

    after_chunks: int | None = None
    """Content chunks that still arrive, and nothing behind them; of an answer that is no stream, half of its body."""
    after_bytes: int | None = None
    """Bytes of the body that still arrive."""
    how: Literal["close", "reset", "end"] = "close"
    """`close` the connection, `reset` it (RST), or `end` the body as if all had been sent."""
    hold_s: float = 0.0
    """Seconds of silence before that."""

    @property
    def is_total(self) -> bool:
        """Whether not even the status line arrives."""
        return self.after_bytes is None and self.after_chunks is None


@dataclass(frozen=True, slots=True)
class Pace:
    """How slowly an answer comes, and where it breaks off."""

    delay_s: float = 0.0
    """Before the status line."""
    chunk_delay_s: float = 0.0
    """Before each piece of the body."""
    cut: Cut | None = None


FULL_SPEED = Pace()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An answer ready to be sent: `body` is bytes where the length is known, pieces where it is a stream."""

    status: int
    headers: Mapping[str, str]
    body: bytes | Iterable[Piece] | AsyncGenerator[Piece, None]
    pace: Pace = FULL_SPEED
    sleep: Sleep = asyncio.sleep
    is_wire: bool = False
    """Whether `body` goes onto the connection in place of an HTTP response."""

    @property
    def has_status(self) -> bool:
        """Whether the client gets to see `status`."""
        return not self.is_wire and not (self.pace.cut and self.pace.cut.is_total)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it: the ASGI door."""
        if self.pace.delay_s:
            await self.sleep(self.pace.delay_s)
        if self.is_wire and isinstance(self.body, bytes):
            scope["state"]["transport"].write(self.body)
        cut = self.pace.cut
        if self.has_status:
            await send({"type": "http.response.start", "status": self.status, "headers": self._raw_headers()})
            if cut is None and isinstance(self.body, bytes) and not self.pace.chunk_delay_s:
                await send({"type": "http.response.body", "body": self.body})
                return
            await self._send_pieces(cut, scope["state"]["transport"], send)
        await self._finish(cut, scope, receive, send)

    async def _send_pieces(self, cut: Cut | None, transport: asyncio.Transport, send: Send) -> None:
        pieces = _pieces(self.body, cut)
        async with aclosing(pieces), aclosing(_until(cut, pieces)) as passed:
            async for data in passed:
                if transport.is_closing():
                    return
                if self.pace.chunk_delay_s:
                    await self.sleep(self.pace.chunk_delay_s)
                await send({"type": "http.response.body", "body": data, "more_body": True})

    async def _finish(self, cut: Cut | None, scope: Scope, receive: Receive, send: Send) -> None:
        if cut and cut.hold_s:
            await self.sleep(cut.hold_s)
        if self.has_status and (cut is None or cut.how == "end"):
            await send({"type": "http.response.body", "body": b""})
        else:
            break_connection(scope["state"]["transport"], is_reset=cut is not None and cut.how == "reset")
            await until_disconnected(receive)

    def _raw_headers(self) -> list[tuple[bytes, bytes]]:
        raw = [
            (name.lower().encode(), value.encode("latin-1", "replace"))
            for name, value in self.headers.items()
        ]
        cut = self.pace.cut
        has_length = isinstance(self.body, bytes) and not (cut and cut.how == "end")
        if isinstance(self.body, bytes) and has_length:
            raw.append((b"content-length", str(len(self.body)).encode()))
        return raw


def dump(value: Json) -> bytes:
    """`value` as compact JSON in UTF-8; what UTF-8 cannot say (a lone surrogate) is escaped."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def event(value: Json) -> bytes:
    """`value` as one server-sent event."""
    return b"data: " + dump(value) + b"\n\n"


def break_connection(transport: asyncio.Transport, *, is_reset: bool) -> None:
    """End a connection in the middle: with FIN behind what was written, or with RST at once."""
    if not is_reset:
        transport.close()
        return
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def until_disconnected(receive: Receive) -> None:
    """Wait until the server has seen that the connection is gone: it must not take the silence for a bug."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _pieces(
    body: bytes | Iterable[Piece] | AsyncGenerator[Piece, None], cut: Cut | None
) -> AsyncGenerator[Piece, None]:
    if isinstance(body, bytes):
        yield Piece(body[: len(body) // 2] if cut and cut.after_bytes is None else body)
    elif isinstance(body, AsyncGenerator):
        async with aclosing(body):
            async for piece in body:
                yield piece
    else:
        for piece in body:
            yield piece


async def _until(cut: Cut | None, pieces: AsyncIterable[Piece]) -> AsyncGenerator[bytes, None]:
    """The bytes that arrive before the cut.

    Cutting by chunks stops right behind the last content chunk that is let through; `after_chunks=0` leaves what
    comes before any content.
    """
    room = cut.after_bytes if cut else None
    contents = cut.after_chunks if cut else None
    seen = 0
    async for piece in pieces:
        if contents is not None and (seen == contents and (piece.is_content or seen)):
            return
        seen += piece.is_content
        data = piece.data if room is None else piece.data[:room]
        if data:
            yield data
        if room is not None:
            room -= len(data)
            if not room:
                return
