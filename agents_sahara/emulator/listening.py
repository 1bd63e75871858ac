"""The web server under the gateway: uvicorn with a fast start and stop, impatient with half-sent headers.

Uvicorn's own loop looks for a stop ten times a second and has no time limit for headers (0.54, read 2026-11-22).
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress

import h11
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from agents_sahara.emulator.gathering import GatheringTransport

HEADERS_WITHIN_S = 10.0
"""How long a connection may stay silent, or in the middle of its headers, before its first request."""
KEEP_ALIVE_S = 60
_ACCEPT_WITHIN_S = 0.1
_MOST_ROUNDS = 20
"""A flood of new connections does not keep the gateway from stopping."""
MOST_HEADER_BYTES = 64 * 1024

_LOGGER = logging.getLogger("agents_sahara.emulator")
_LOGGER.addHandler(logging.NullHandler())


class _Protocol(H11Protocol):
    """One connection; puts its transport into the request's state, so that an answer can break it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        gathering = GatheringTransport(transport, self.loop)
        super().connection_made(gathering)
        self.logger = _LOGGER
        self.app_state = {**self.app_state, "transport": gathering}
        self._impatience: asyncio.TimerHandle | None = None
        self._watch_headers()

    def data_received(self, data: bytes) -> None:
        """Feed the parser, and give it only so long to find the end of the headers."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._watch_headers()
        else:
            self._stop_watching()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_watching()
        super().connection_lost(exc)

    def _watch_headers(self) -> None:
        if self._impatience is None:
            self._impatience = self.loop.call_later(HEADERS_WITHIN_S, self.transport.abort)

    def _stop_watching(self) -> None:
        if self._impatience is not None:
            self._impatience.cancel()
            self._impatience = None


class Listener(uvicorn.Server):
    """Serves `app` on a socket until `leave` is called, from whatever thread."""

    def __init__(self, app: ASGIApp, *, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                self._until_left,
                http=_Protocol,
                ws="none",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=KEEP_ALIVE_S,
                h11_max_incomplete_event_size=MOST_HEADER_BYTES,
            )
        )
        self._app = app
        self._ready = ready
        self._leave = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def leave(self) -> None:
        """Stop soon; nothing happens where it has stopped already."""
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._leave.set)

    async def _until_left(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The app; an answer that is broken off by the stop is no error that uvicorn should log."""
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if not self._leave.is_set():
                raise

    async def main_loop(self) -> None:
        """Wait for `leave` and nothing else."""
        self._ready()
        await self._leave.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close everything now; answers that are still under way are broken off."""
        await self._finish_accepting()
        for server in self.servers:
            server.close()
        for listening in sockets or ():
            listening.close()
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
        tasks = tuple(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for server in self.servers:
            await server.wait_closed()

    async def _finish_accepting(self) -> None:
        """Let asyncio hand over the connections that it has just taken.

        Closing a server while it does so leaves the new socket open for ever: its transport fails on the closed
        server (CPython 3.11, `Server._attach`, read 2026-11-22).
        """
        for _ in range(_MOST_ROUNDS):
            taking = asyncio.all_tasks() - self.server_state.tasks - {asyncio.current_task()}
            if not taking:
                return
            await asyncio.wait(taking, timeout=_ACCEPT_WITHIN_S)


def listen(port: int) -> socket.socket:
    """A listening socket on the loopback address; port 0 takes a free one.

    The protocol is named, since asyncio sets TCP_NODELAY only on sockets that name it: without it each answer on
    a kept connection waits for a delayed ACK.

    Raises:
        OSError: the port is taken or not allowed.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(2048)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening
