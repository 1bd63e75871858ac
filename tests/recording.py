"""A gateway that writes down what it is sent, byte for byte, and answers with given bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeAlias

Answer: TypeAlias = "Callable[[str, bytes], bytes]"

_HIDDEN = frozenset({"host", "connection", "accept-encoding"})
"""Of the connection, not of the request; what can be decompressed is said by the transport."""


@dataclass(frozen=True)
class Sent:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Recorder:
    """A gateway that writes down the raw bytes of each request."""

    answer: Answer
    """Gives the raw answer to a request, from its provider and its body."""
    base_url: str = ""
    sent: list[Sent] = field(default_factory=list)

    def take(self) -> list[Sent]:
        """What came since the last time."""
        taken, self.sent = self.sent, []
        return taken


@contextmanager
def recording(answer: Answer) -> Iterator[Recorder]:
    """A gateway on loopback that answers so."""
    recorder = Recorder(answer)

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            kept = {name: value for name, value in headers.items() if name not in _HIDDEN}
            recorder.sent.append(Sent(self.path, kept, body))
            self.wfile.write(recorder.answer(headers.get("openai-organization", ""), body))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    recorder.base_url = f"http://127.0.0.1:{server.server_port}/api/compute"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield recorder
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
