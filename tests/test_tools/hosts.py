"""A host on loopback whose answers are bytes, one function for all of them; it keeps what came, by connection."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

Answer: TypeAlias = Callable[[int, int], bytes | None]
"""What to answer the nth request of the mth connection, both from 0; None hangs up instead."""

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Host:
    """Where it is, and what came."""

    port: int
    connections: list[list[bytes]] = field(default_factory=list)
    """Head and body of each request, by connection."""
    ended: list[threading.Event] = field(default_factory=list)
    """By connection, whether it is over."""

    lines: list[socket.socket] = field(default_factory=list)

    def hang_up(self) -> None:
        """End all connections that are there, without being asked anything."""
        for line in self.lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def counts(self) -> list[int]:
        """Requests of each connection."""
        return [len(came) for came in self.connections]


@contextlib.contextmanager
def host(
    answer: Answer | bytes, tls: ssl.SSLContext | None = None, *, hangs_up: bool = False
) -> Iterator[Host]:
    """One that answers until the context ends; with `hangs_up` once on each connection."""
    told: Answer = (lambda _, __: answer) if isinstance(answer, bytes) else answer
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        made = Host(server.getsockname()[1])

        def serve() -> None:
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                made.lines.append(line)
                made.connections.append([])
                made.ended.append(threading.Event())
                threads.append(
                    threading.Thread(
                        target=_serve, args=(line, made, len(made.ended) - 1, told, tls, hangs_up)
                    )
                )
                threads[-1].start()

        door = threading.Thread(target=serve)
        door.start()
        yield made
        server.shutdown(socket.SHUT_RDWR)
        door.join(5)
    made.hang_up()
    for thread in threads:
        thread.join(5)


def _serve(
    line: socket.socket, made: Host, number: int, answer: Answer, tls: ssl.SSLContext | None, hangs_up: bool
) -> None:
    with contextlib.suppress(OSError, ValueError), line:
        whole = line if tls is None else tls.wrap_socket(line, server_side=True)
        with whole, whole.makefile("rb") as came:
            while (said := _request(came.readline, came.read)) is not None:
                made.connections[number].append(said)
                told = answer(number, len(made.connections[number]) - 1)
                if told is None:
                    break
                whole.sendall(told)
                if hangs_up:
                    break
    made.ended[number].set()


def _request(readline: Callable[[], bytes], read: Callable[[int], bytes]) -> bytes | None:
    head = [readline()]
    while head[-1] not in (b"\r\n", b""):
        head.append(readline())
    if head[-1] == b"":
        return None
    length = next((int(one[15:]) for one in head if one.lower().startswith(b"content-length:")), 0)
    return b"".join(head) + read(length)
