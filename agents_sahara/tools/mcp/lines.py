"""Messages between a program and us: one line of JSON each, none longer than memory bears, none without end.

mcp 2.3's own pipes gather a line of any length, and copy it anew with each piece (checked 2026-11-28).
"""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp_types import (
    INTERNAL_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCNotification,
    JSONRPCResponse,
    jsonrpc_message_adapter,
)

from agents_sahara.tools.mcp.complaints import one_line
from agents_sahara.tools.mcp.process import Pipes

_LOGGER = logging.getLogger("agents_sahara.mcp")

MOST_MESSAGE_BYTES = 16 * 1024 * 1024
_MOST_UNASKED = 20_000
_MOST_UNASKED_BYTES = 64 * 1024 * 1024
"""Of notifications and noise between two answers: beyond that, a server does nothing else."""

_ENDS = 512
_ID = re.compile(rb'"id"\s*:\s*(\d{1,18})\s*[,}]')

HEARD = frozenset(
    {
        "notifications/tools/list_changed",
        "notifications/progress",
        "notifications/cancelled",
        "notifications/subscriptions/acknowledged",
    }
)
"""Notifications that mean something to us; a server may send others as often as it likes."""

Streams: TypeAlias = tuple[
    MemoryObjectReceiveStream[SessionMessage | Exception], MemoryObjectSendStream[SessionMessage]
]


class FloodError(Exception):
    """More came than anybody has asked for."""


class Lines:
    """Cuts what comes into lines; of one that is too long, its beginning and its end are kept."""

    def __init__(self, most: int = MOST_MESSAGE_BYTES) -> None:
        self._most = most
        self._pieces: list[bytes] = []
        self._size = 0

    def feed(self, piece: bytes) -> Iterator[tuple[bytes, bool]]:
        """Each line that `piece` ends, and whether it is whole."""
        while (place := piece.find(b"\n")) >= 0:
            self._gather(piece[:place])
            yield self._taken()
            piece = piece[place + 1 :]
        self._gather(piece)

    def _gather(self, piece: bytes) -> None:
        self._size += len(piece)
        self._pieces.append(piece)
        if self._size > self._most:
            kept = b"".join(self._pieces)
            self._pieces = [kept[:_ENDS], kept[-_ENDS:]]

    def _taken(self) -> tuple[bytes, bool]:
        line, is_whole = b"".join(self._pieces), self._size <= self._most
        self._pieces, self._size = [], 0
        return line, is_whole


class _Gauge:
    """Counts what nobody has asked for."""

    def __init__(self) -> None:
        self._count = self._size = 0

    def note(self, message: SessionMessage | None, size: int) -> None:
        """Count a line of `size` bytes.

        Raises:
            FloodError: it was one too many.
        """
        if message is not None and isinstance(message.message, JSONRPCResponse | JSONRPCError):
            self._count = self._size = 0
            return
        self._count += 1
        self._size += size
        if self._count > _MOST_UNASKED or self._size > _MOST_UNASKED_BYTES:
            raise FloodError


def read_line(line: bytes, *, is_whole: bool) -> SessionMessage | None:
    """The message of a line, or None where it is noise; the answer to a request that is too long becomes an error."""
    if not is_whole:
        return _too_long(line)
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError:  # a banner, a print() that was left in, broken JSON
        if line.strip():
            _LOGGER.debug("not a message: %s", one_line(line[:2000].decode(errors="replace")))
        return None


def _too_long(line: bytes) -> SessionMessage | None:
    found = _ID.search(line[:_ENDS]) or _ID.search(line[-_ENDS:])
    if found is None:
        return None
    error = ErrorData(
        code=INTERNAL_ERROR,
        message=f"the answer is larger than {MOST_MESSAGE_BYTES >> 20} MiB and was not read",
    )
    return SessionMessage(JSONRPCError(jsonrpc="2.0", id=int(found[1]), error=error))


@asynccontextmanager
async def over_pipes(pipes: Pipes, on_end: Callable[[str], None]) -> AsyncGenerator[Streams]:
    """A session's streams over a program's pipes; `on_end` is told once why no more comes."""
    to_session, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outgoing, from_session = anyio.create_memory_object_stream[SessionMessage](0)
    async with to_session, incoming, outgoing, from_session, anyio.create_task_group() as tasks:
        tasks.start_soon(_receive, pipes, to_session, on_end)
        tasks.start_soon(_send, pipes, from_session)
        try:
            yield incoming, outgoing
        finally:
            tasks.cancel_scope.cancel()


async def _receive(
    pipes: Pipes,
    to_session: MemoryObjectSendStream[SessionMessage | Exception],
    on_end: Callable[[str], None],
) -> None:
    lines, gauge, why = Lines(), _Gauge(), "it has ended"
    async with to_session:
        try:
            while piece := await pipes.stdout.read():
                for line, is_whole in lines.feed(piece):
                    message = read_line(line, is_whole=is_whole)
                    gauge.note(message, len(line))
                    if message is not None and _is_heard(message):
                        await to_session.send(message)
        except FloodError:
            why = "it sends without end what nobody has asked for"
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            why = "the session was closed"
        on_end(why)


def _is_heard(message: SessionMessage) -> bool:
    return not isinstance(message.message, JSONRPCNotification) or message.message.method in HEARD


async def _send(pipes: Pipes, from_session: MemoryObjectReceiveStream[SessionMessage]) -> None:
    async with from_session:
        async for message in from_session:
            text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
            if not await pipes.stdin.write(text.encode() + b"\n"):
                return
