"""A gateway that keeps the bytes of each request as they came, and answers all of them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bench import replies


@dataclass
class RawGateway:
    """Where it is, and what came."""

    base_url: str = ""
    requests: list[bytes] = field(default_factory=list)


@contextmanager
def raw_gateway() -> Iterator[RawGateway]:
    """One that runs for as long as the context; every connection must be closed by then."""
    made, threads = RawGateway(), list[threading.Thread]()
    with socket.create_server(("127.0.0.1", 0), backlog=16) as server:
        made.base_url = f"http://127.0.0.1:{server.getsockname()[1]}/api/compute"

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threads.append(threading.Thread(target=_answer_all, args=(connection, made)))
                threads[-1].start()

        door = threading.Thread(target=serve)
        door.start()
        yield made
        server.shutdown(socket.SHUT_RDWR)
        door.join(5)
    for thread in threads:
        thread.join(5)


def _answer_all(connection: socket.socket, made: RawGateway) -> None:
    with connection, connection.makefile("rb") as came:
        while line := came.readline():
            head = [line]
            while head[-1] not in (b"\r\n", b""):
                head.append(came.readline())
            lengths = (each.split(b":")[1] for each in head if each.lower().startswith(b"content-length:"))
            body = came.read(int(next(lengths, b"0")))
            made.requests.append(b"".join(head) + body)
            connection.sendall(_answer(b"".join(head), body))


def _answer(head: bytes, body: bytes) -> bytes:
    """`openai` hands off where it can; everyone else answers in words. There is nothing to look up."""
    if head.startswith(b"GET "):
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    model, is_first = replies.model_of(body), b'"role":"tool"' not in body
    tool = replies.handoff_of(body) if b"openai-organization: openai" in head and is_first else None
    if not replies.wants_stream(body):
        return replies.completion(model, tool)
    if tool:
        return replies.STREAM_HEAD + replies.stream_of_call(model, tool, usage=True)
    return replies.STREAM_HEAD + replies.first_chunk(model, 1.0) + replies.stream_end(model, usage=True)
