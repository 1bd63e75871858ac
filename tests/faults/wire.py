"""A server that answers over raw sockets with exactly the bytes, pauses and breaks that a test writes down.

No HTTP library: what a library would mend is what must be shown. It runs on a thread with a loop of its own, so that
a client that stands still does not hold it up. A case is the first part of the path, so any number play at once.
"""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Self, TypeAlias

from tests.faults.replies import CLOSE, HANG, RESET, Pause, Reply, head, healthy

_LONGEST_HANG_S = 20.0
_TLS_HELLO = b"\x16"


@dataclass(frozen=True, slots=True)
class Fault:
    """What one request gets, if it asks for a plain answer and if it asks for a stream."""

    plain: Reply
    stream: Reply

    @classmethod
    def both(cls, reply: Reply) -> Fault:
        """The same bytes, whatever is asked."""
        return cls(reply, reply)


Script: TypeAlias = Mapping[str, Sequence[Fault]]
"""By provider (the `OpenAI-Organization` header): what its requests get in turn; the last one stays."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came in."""

    provider: str
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Mapping[str, Any]
    at: float
    connection: int


@dataclass(slots=True)
class Case:
    """One case on the server: its script, and what was asked of it."""

    script: Script
    requests: list[Request] = field(default_factory=list)
    open_connections: int = 0
    in_flight: int = 0
    most_in_flight: int = 0

    def of(self, provider: str) -> list[Request]:
        """The requests to one provider."""
        return [request for request in self.requests if request.provider == provider]

    def reply(self, request: Request) -> Reply:
        """What `request`, the last one noted, gets."""
        faults = self.script.get(request.provider)
        is_stream = request.body.get("stream") is True
        if not faults:
            return healthy(f"{request.provider} answers: grüß Gott, 42.", is_stream=is_stream)
        fault = faults[min(len(self.of(request.provider)), len(faults)) - 1]
        return fault.stream if is_stream else fault.plain


@dataclass(slots=True)
class _Peer:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int
    case: Case | None = None


class FaultServer:
    """Serves cases on a loopback port, over TLS too where it is given a context."""

    def __init__(self, tls: ssl.SSLContext | None = None, cases: dict[str, Case] | None = None) -> None:
        """`cases` are shared with another server, where they are given."""
        self.cases = {} if cases is None else cases
        self.port = 0
        self._tls = tls
        self._numbers = count(1)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="fault-server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def add(self, name: str, script: Script) -> Case:
        """A case to be played at `base_url(name)`."""
        made = self.cases[name] = Case(script)
        return made

    def base_url(self, name: str, host: str = "127.0.0.1") -> str:
        """Where the client of a case is to send its calls."""
        return f"http{'s' if self._tls else ''}://{host}:{self.port}/{name}"

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda *_: None)  # broken connections are what it is for
        server = self._loop.run_until_complete(
            asyncio.start_server(self._talk, "127.0.0.1", 0, ssl=self._tls, backlog=512)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        waiting = asyncio.all_tasks(self._loop)
        for task in waiting:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = _Peer(reader, writer, next(self._numbers))
        try:
            while await self._one(peer):
                pass
        except ValueError:
            writer.write(head(400, "text/plain") + b"no HTTP")
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            if peer.case is not None:
                peer.case.open_connections -= 1
            writer.close()

    async def _one(self, peer: _Peer) -> bool:
        """Answer one request; whether the connection goes on."""
        request = await _read(peer.reader, peer.number)
        case = self.cases.get(request.path.split("/")[1])
        if case is None:
            return False
        if peer.case is None:
            peer.case = case
            case.open_connections += 1
        case.requests.append(request)
        case.in_flight += 1
        case.most_in_flight = max(case.most_in_flight, case.in_flight)
        try:
            return await _play(case.reply(request), peer)
        finally:
            case.in_flight -= 1


async def _read(reader: asyncio.StreamReader, connection: int) -> Request:
    first_byte = await reader.readexactly(1)
    if first_byte == _TLS_HELLO:
        raise ValueError("TLS, where there is none")
    top = (first_byte + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = top.rstrip("\r\n").split("\r\n")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parsed = json.loads(body) if body else {}
    provider = headers.get("openai-organization", "")
    return Request(provider, first.split(" ")[1], headers, parsed, time.monotonic(), connection)


async def _play(reply: Reply, peer: _Peer) -> bool:
    for step in reply:
        if isinstance(step, bytes):
            peer.writer.write(step)
            await peer.writer.drain()
        elif isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
        elif step is HANG:
            async with asyncio.timeout(_LONGEST_HANG_S):
                await peer.reader.read()
            return False
        elif step is RESET:
            _reset(peer.writer)
            return False
        elif step is CLOSE:
            return False
    return True


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@contextmanager
def deaf_port() -> Iterator[int]:
    """A loopback port on which no connection is ever made: its queue is full."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        try:
            yield deaf.getsockname()[1]
        finally:
            for filler in fillers:
                filler.close()


def closed_port() -> int:
    """A loopback port that refuses connections."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
