"""The connections of one event loop: those that are open, and of them those that nobody uses.

Knows nothing of requests.
"""

from __future__ import annotations

import asyncio

from agents_sahara.clients.connecting import Origin
from agents_sahara.clients.connections import Connection


class Keeper:
    """Keeps connections for the next request to the same host."""

    def __init__(self, loop: asyncio.AbstractEventLoop, kept_s: float) -> None:
        """With `kept_s` of 0, none is kept."""
        self.loop = loop
        self._kept_s = kept_s
        self._open: set[Connection] = set()
        self._idle: dict[Origin, list[Connection]] = {}
        """By host, the one that was used last at the end."""
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False

    def take(self, origin: Origin) -> Connection | None:
        """The connection that was used last, where there is a good one."""
        idle = self._idle.get(origin)
        while idle:
            connection = idle.pop()
            if self._is_fresh(connection) and connection.is_usable:
                return connection
            self._drop(connection)
        return None

    def add(self, connection: Connection) -> bool:
        """Note a new one, which is in use; False where all were closed while it was made, and it with them."""
        if self._is_closed:
            connection.close()
        else:
            self._open.add(connection)
        return not self._is_closed

    def leave(self, origin: Origin, connection: Connection) -> None:
        """Nothing more is read from it."""
        if not (connection.leave() and self._kept_s and connection in self._open):
            self._drop(connection)
            return
        connection.idle_since = self.loop.time()
        self._idle.setdefault(origin, []).append(connection)
        if self._timer is None:
            self._timer = self.loop.call_later(self._kept_s, self._sweep)

    def _is_fresh(self, connection: Connection) -> bool:
        return self.loop.time() - connection.idle_since < self._kept_s

    def _drop(self, connection: Connection) -> None:
        self._open.discard(connection)
        connection.close()

    def _sweep(self) -> None:
        """Close what nobody has used for so long."""
        before, self._idle, self._timer = self._idle, {}, None
        for origin, idle in before.items():
            for connection in idle:
                if self._is_fresh(connection) and connection.is_usable:
                    self._idle.setdefault(origin, []).append(connection)
                else:
                    self._drop(connection)
        if self._idle:
            self._timer = self.loop.call_later(self._kept_s, self._sweep)

    async def aclose(self) -> None:
        """Close every connection, those that are in use too."""
        self._is_closed = True
        closing, self._open, self._idle = self._open, set(), {}
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for connection in closing:
            connection.close()
        for connection in closing:
            await connection.closed()
