"""A connection that is made while the SDK is still being loaded, for the first request to its host.

A thread looks the name up and connects; nothing is said over it, TLS neither, until a request takes it. Loads nothing
that the standard library does not have.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Final

from agents_sahara.clients.early import CONNECT_TIMEOUT_S


class Ahead:
    """One connection of the process, or none; any thread may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted: tuple[str, int] | None = None
        """Whom it is with, until it is taken or given up."""
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None

    def begin(self, host: str, port: int) -> None:
        """Connect; returns at once, and whatever fails is left for the request itself to find."""
        self.close()
        wanted = (host, port)
        with self._lock:
            self._wanted = wanted
            self._thread = threading.Thread(target=self._connect, args=wanted, name="connect", daemon=True)
            self._thread.start()

    def _connect(self, host: str, port: int) -> None:
        with contextlib.suppress(OSError, ValueError):  # ValueError: a host name that is none
            made = socket.create_connection((host, port), CONNECT_TIMEOUT_S)
            made.setblocking(False)
            with self._lock:
                is_wanted = self._wanted == (host, port) and self._thread is threading.current_thread()
                if is_wanted:
                    self._socket = made
            if not is_wanted:
                made.close()

    def take(self, host: str, port: int) -> socket.socket | None:
        """The connection to that host, for the caller alone; None where it is not there, or not there yet."""
        with self._lock:
            if self._wanted != (host, port):
                return None
            self._wanted = None
            taken, self._socket = self._socket, None
            return taken

    def close(self) -> None:
        """Give it up, if nobody has taken it."""
        with self._lock:
            self._wanted = None
            left, self._socket = self._socket, None
        if left is not None:
            left.close()

    def wait(self, seconds: float) -> None:
        """Wait until it has been tried."""
        if self._thread is not None:
            self._thread.join(seconds)


ahead: Final = Ahead()
"""Of the process."""
