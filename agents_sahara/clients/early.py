"""A request that leaves before the SDK is loaded, and its answer as far as it has come.

A thread connects, sends and receives plain bytes with the standard library alone, so that it need not wait for
anything to be loaded. Nothing is sent again, no redirect is followed, no proxy is used. Who may read the answer is
decided in `early_answers`.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    import ssl

CONNECT_TIMEOUT_S: Final = 15.0
"""Of any connection. Long enough for an event loop that a thousand runs keep busy: its own delays count too."""
_PIECE: Final = 64 * 1024
"""Bytes that are received at once, as httpcore2 2.16 does: its limit for headers counts on it."""
_MOST_WAITING: Final = 64
"""Pieces of an answer that wait for a reader; no more are received until one is read."""

OTHER_BYTES: Final = "the SDK's own first request is another"
UNASKED: Final = "the run ended before it asked a model"

Stage: TypeAlias = Literal["connecting", "sent", "taken", "thrown away", "not sent"]


@dataclass(frozen=True, slots=True)
class Wire:
    """What is to be sent, and where."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    """None for plain HTTP."""
    data: bytes = field(repr=False)
    """The whole request: its head, with the key, and its body."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked by an early request, and for whom."""

    agent: str
    provider: str
    model: str


class EarlyRequest:
    """One request under way; any thread may look at it, one event loop may read its answer."""

    def __init__(self, wire: Wire, asked: Asked) -> None:
        self.wire = wire
        self.asked = asked
        self.stage: Stage = "connecting"
        self.reason = ""
        """Why it was thrown away, or never sent."""
        self.ahead_s = 0.0
        """How long before it was taken it had left."""
        self._sent_at = 0.0
        self._changed = threading.Condition()
        self._pieces: deque[bytes] = deque()
        self._error: OSError | None = None
        self._is_over = False
        self._socket: socket.socket | None = None
        self._listener: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name="early request", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def claim(self, reason: str = "") -> bool:
        """Whether the answer may be read now, by the caller alone; with a `reason` the request is given up instead.

        A request that has not left yet never will.
        """
        with self._changed:
            if self.stage == "sent":
                self.stage = "thrown away" if reason else "taken"
                self.ahead_s = time.monotonic() - self._sent_at
            elif self.stage == "connecting":
                self.stage = "not sent"
                reason = reason or "no connection was made before the SDK was loaded"
            self.reason = self.reason or reason
        if self.stage != "taken" or reason:
            self.close()
        return self.stage == "taken" and not reason

    def abandon(self) -> bool:
        """Give the answer up, unless somebody has taken or given it up before; whether the request had left."""
        is_open = self.stage in ("connecting", "sent")
        if is_open:
            self.claim(UNASKED)
        return is_open and self.stage == "thrown away"

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener`, from the thread, whenever there is more to read."""
        self._listener = listener

    def read(self) -> bytes | None:
        """The next piece, of at most 64 KiB; nothing at the end of the answer, None while there is nothing yet.

        Raises:
            OSError: the connection broke.
        """
        with self._changed:
            if self._pieces:
                self._changed.notify_all()
                return self._pieces.popleft()
            if self._error is not None:
                raise self._error
            return b"" if self._is_over else None

    def close(self) -> None:
        """Shut the connection; the thread ends."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
            opened = self._socket
        if opened is not None:
            with contextlib.suppress(OSError):
                # `ssl.SSLSocket.shutdown` first takes TLS away: a thread that still sends would go on in plain.
                socket.socket.shutdown(opened, socket.SHUT_RDWR)

    def wait(self, seconds: float) -> None:
        """Wait until the thread has ended."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            with self._connected() as connection:
                if self._leave(connection):
                    self._receive(connection)
        except (OSError, ValueError) as error:  # ValueError: a host name that is none
            with self._changed:
                if self.stage == "connecting":
                    self.stage, self.reason = "not sent", "no connection could be made"
                elif isinstance(error, OSError) and not self._is_over:
                    self._error = error
        finally:
            with self._changed:
                self._is_over, self._socket = True, None
            self._listener()

    def _connected(self) -> socket.socket:
        wire = self.wire
        plain = socket.create_connection((wire.host, wire.port), CONNECT_TIMEOUT_S)
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            made = plain if wire.tls is None else wire.tls.wrap_socket(plain, server_hostname=wire.host)
        except BaseException:
            plain.close()
            raise
        made.settimeout(None)  # whoever reads has the time limits
        return made

    def _leave(self, connection: socket.socket) -> bool:
        """Send the request, unless it was given up meanwhile."""
        with self._changed:
            if self.stage != "connecting":
                return False
            self.stage, self._sent_at, self._socket = "sent", time.monotonic(), connection
        with contextlib.suppress(OSError):  # a gateway may answer before it has read all: what it said counts
            connection.sendall(self.wire.data)
        return True

    def _receive(self, connection: socket.socket) -> None:
        while data := connection.recv(_PIECE):
            with self._changed:
                self._pieces.append(data)
                while len(self._pieces) >= _MOST_WAITING and not self._is_over:
                    self._changed.wait()
                if self._is_over:
                    return
            self._listener()
