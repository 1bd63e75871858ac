"""A gateway that costs next to nothing, so that what is measured is the client.

Its own process on a free loopback port. Routes on `OpenAI-Organization` as the real one does: `openai`
hands off with the first handoff tool it is offered, every other provider answers in words.
How it answers stands in the path (`Manner`), so that it keeps no settings: `/delay-50/chunks-500/api/compute`.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from dataclasses import dataclass, field, fields
from functools import lru_cache

from bench import replies

_ORGANIZATION = re.compile(rb"\r\nopenai-organization: *([^\r]+)", re.IGNORECASE)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a request is answered, as its path says."""

    delay: int = 0
    """Milliseconds before the answer begins."""
    chunks: int = 1
    """Content chunks of a streamed answer."""
    pace: int = 0
    """Milliseconds between two chunks; 0 sends all at once."""
    process: int = 0
    """Process whose CPU clock is read when its first request arrives; 0 for none."""

    @property
    def base_path(self) -> str:
        """The path of a base URL that asks for this manner."""
        named = [f"/{part.name}-{value}" for part in fields(self) if (value := getattr(self, part.name))]
        return "".join(named) + "/api/compute"


@lru_cache(maxsize=4096)
def manner_of(path: str) -> Manner:
    """The manner that a path asks for."""
    names = {part.name for part in fields(Manner)}
    pairs = (part.split("-", 1) for part in path.split("/") if "-" in part)
    return Manner(**{name: int(value) for name, value in pairs if name in names})


@dataclass(slots=True)
class Counts:
    """What the gateway has seen since it was last asked."""

    requests: int = 0
    connections: int = 0
    """Connections on which a first model call arrived."""
    bodies: list[dict[str, object]] = field(default_factory=list)
    """Each request, kept only under `--record`."""
    arrivals: dict[int, dict[str, float]] = field(default_factory=dict)
    """By process: CPU seconds it had used, and the monotonic second, when its first request arrived."""


class Ledger:
    """The counts of one gateway."""

    def __init__(self, *, record: bool) -> None:
        self.record = record
        self._counts = Counts()
        self._cpu_s = time.process_time()

    def opened(self) -> None:
        """A connection brings its first model call."""
        self._counts.connections += 1

    def asked(self, manner: Manner, provider: str, body: bytes) -> None:
        """A model call arrived."""
        self._counts.requests += 1
        if manner.process and manner.process not in self._counts.arrivals:
            self._counts.arrivals[manner.process] = {
                "cpu_s": _cpu_s(manner.process),
                "at_s": time.monotonic(),
            }
        if self.record:
            self._counts.bodies.append({"provider": provider, "body": json.loads(body)})

    def take(self) -> bytes:
        """The counts as JSON; counting starts anew."""
        counts, cpu_s = self._counts, time.process_time()
        taken = {part.name: getattr(counts, part.name) for part in fields(counts)}
        taken["cpu_ms_per_request"] = (cpu_s - self._cpu_s) * 1000 / max(1, counts.requests)
        self._counts, self._cpu_s = Counts(), cpu_s
        return json.dumps(taken).encode()


def _cpu_s(process: int) -> float:
    """CPU seconds of a process; Linux numbers the CPU clock of process p as (~p << 3) | 2."""
    return time.clock_gettime((~process << 3) | 2) if sys.platform == "linux" else float("nan")


class Connection(asyncio.Protocol):
    """One keep-alive connection: requests are answered in the order in which they come."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._received = bytearray()
        self._is_counted = False
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The client has connected."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the name is asyncio's
        """The client has gone."""
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = bytes(self._received[: end + 2])
            length = _LENGTH.search(head)
            size = end + 4 + (int(length[1]) if length else 0)
            if len(self._received) < size:
                return
            body = bytes(self._received[end + 4 : size])
            del self._received[:size]
            self._asked(head, body)

    def _asked(self, head: bytes, body: bytes) -> None:
        path = head.split(b" ", 2)[1].decode()
        if path == "/take":
            self._write(replies.whole(200, self._ledger.take()))
        elif path.endswith("/chat/completions"):
            self._count()
            organization = _ORGANIZATION.search(head)
            self._call(manner_of(path), organization[1].decode() if organization else "", body)
        else:
            self._write(replies.whole(404, b'{"error": {"message": "no such path"}}'))

    def _count(self) -> None:
        if not self._is_counted:
            self._is_counted = True
            self._ledger.opened()

    def _call(self, manner: Manner, provider: str, body: bytes) -> None:
        self._ledger.asked(manner, provider, body)
        if manner.delay:
            self._loop.call_later(manner.delay / 1000, self._answer, manner, provider, body)
        else:
            self._answer(manner, provider, body)

    def _answer(self, manner: Manner, provider: str, body: bytes) -> None:
        model = replies.model_of(body)
        tool = replies.handoff_of(body) if provider == "openai" else None
        if not provider:
            self._write(replies.whole(404, b'{"error": {"message": "no provider named"}}'))
        elif not replies.wants_stream(body):
            self._write(replies.completion(model, tool))
        elif tool:
            call = replies.stream_of_call(model, tool, replies.wants_usage(body))
            self._write(replies.STREAM_HEAD + call)
        else:
            self._stream(manner, model, replies.stream_end(model, replies.wants_usage(body)))

    def _stream(self, manner: Manner, model: str, end: bytes) -> None:
        words = [replies.next_chunk(model, number % 2) for number in range(manner.chunks - 1)]
        begin = replies.STREAM_HEAD + replies.first_chunk(model, time.monotonic())
        if manner.pace:
            self._pace([begin, *words, end], manner.pace / 1000, self._loop.time())
        else:
            self._write(begin + b"".join(words) + end)

    def _pace(self, waiting: list[bytes], pace_s: float, started_s: float, sent: int = 0) -> None:
        self._write(waiting[sent])
        if sent + 1 < len(waiting):
            at_s = started_s + (sent + 1) * pace_s
            self._loop.call_at(at_s, self._pace, waiting, pace_s, started_s, sent + 1)

    def _write(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)


async def serve(*, record: bool) -> None:
    """Serve until standard input ends; the first line on standard output is the port."""
    loop = asyncio.get_running_loop()
    ledger = Ledger(record=record)
    server = await loop.create_server(lambda: Connection(ledger), "127.0.0.1", 0, backlog=4096)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(record="--record" in sys.argv[1:]))
