"""An HTTP server on loopback that answers with what it was asked; started when it is first imported."""

from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ASKED: list[str] = []
"""Request lines, in order."""

KEYS: list[str | None] = []
"""Their idempotency keys."""


class Echo(BaseHTTPRequestHandler):
    """Says what came; paths below `/status` and `/odd` say something else."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        """Any method."""
        ASKED.append(f"{self.command} {self.path}")
        KEYS.append(self.headers.get("idempotency-key"))
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        told = {
            "method": self.command,
            "path": self.path,
            "body": json.loads(body) if body[:1] in ("{", "[") else body or None,
            "type": self.headers.get("content-type"),
            "key": self.headers.get("x-key"),
            "idempotency": bool(self.headers.get("idempotency-key")),
            "agent": self.headers.get("user-agent"),
            "host": self.headers.get_all("host"),
            "language": self.headers.get("accept-language"),
            "auth": self.headers.get("authorization"),
        }
        status = int(self.path.split("/")[2].partition("?")[0]) if self.path.startswith("/status/") else 200
        data = json.dumps(told).encode()
        if self.path.startswith("/odd/large"):
            data = b"x" * 3_000_000
        self.send_response(status)
        if self.path.startswith("/odd/packed"):
            self.send_header("content-encoding", "gzip")
        if 300 <= status < 400:
            self.send_header("location", "/elsewhere")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815  the names that the library looks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


_server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
threading.Thread(target=_server.serve_forever, name="echo", daemon=True).start()
URL = f"http://127.0.0.1:{_server.server_address[1]}"
