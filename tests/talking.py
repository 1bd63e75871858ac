"""A server on loopback whose answers a test writes itself, byte by byte and at its own pace."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeAlias

EVENTS = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"

Talk: TypeAlias = Callable[[socket.socket], None]
"""What is done with one connection after its request has come."""


_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def read_request(connection: socket.socket) -> bytes:
    """All of it: a connection that is closed with something unread is reset."""
    read = b""
    while b"\r\n\r\n" not in read:
        read += connection.recv(65536) or b"\r\n\r\n"
    head, _, body = read.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    missing = int(length[1]) - len(body) if length else 0
    while missing > 0 and (more := connection.recv(missing)):
        missing -= len(more)
        body += more
    return head + b"\r\n\r\n" + body


@contextmanager
def talking(talk: Talk, asked: list[bytes] | None = None) -> Iterator[str]:
    """The base URL of a server that talks so, each connection on a thread of its own.

    What it is sent, to the byte, is added to `asked` before it talks.
    """
    threads: list[threading.Thread] = []
    open_now: list[socket.socket] = []

    def answer(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            request = read_request(connection)
            if asked is not None:
                asked.append(request)
            talk(connection)

    def serve(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection = listening.accept()[0]
                open_now.append(connection)
                threads.append(threading.Thread(target=answer, args=(connection,), daemon=True))
                threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = threading.Thread(target=serve, args=(listening,), daemon=True)
        server.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/api/compute"
        listening.shutdown(socket.SHUT_RDWR)
    for connection in open_now:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
    for thread in [server, *threads]:
        thread.join(10)
