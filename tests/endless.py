"""A server on loopback that goes on sending until its client has had enough."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: %s\r\n\r\n"
JSON, EVENTS = b"application/json", b"text/event-stream"
_MOST_BYTES = 256 * 1024 * 1024
"""A client that never has enough is a failed test, not a full machine."""


class Endless:
    """Sends `head` once, then `piece` again and again, to whoever asks."""

    def __init__(self, listening: socket.socket, head: bytes, piece: bytes) -> None:
        self._listening, self._head, self._piece = listening, head, piece
        self.sent = 0
        self.base_url = f"http://127.0.0.1:{listening.getsockname()[1]}/api/compute"

    def serve(self) -> None:
        """Answer one connection after the other until the port is closed."""
        with suppress(OSError):
            while True:
                connection = self._listening.accept()[0]
                with connection, suppress(OSError):
                    connection.recv(65536)
                    self._send(connection)

    def _send(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        connection.sendall(self._head)
        while self.sent < _MOST_BYTES:
            connection.sendall(self._piece)
            self.sent += len(self._piece)


@contextmanager
def endless(head: bytes, piece: bytes) -> Iterator[Endless]:
    """A running server."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = Endless(listening, head, piece)
        thread = threading.Thread(target=server.serve, daemon=True)
        thread.start()
        yield server
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(10)
