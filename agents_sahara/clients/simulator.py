"""Whether a simulator answers at the gateway's address: the local gateway says so in a header of each of its answers.

Asked before anything is kept that must not mix with what real models said. Only an address of this machine is asked,
in plain HTTP, without a key and without waiting long.
"""

from __future__ import annotations

import socket
import threading
from urllib.parse import SplitResult, urlsplit

from agents_sahara.settings.address import is_loopback

_LABEL = b"x-sahara-backend: sim"
_WITHIN_S = 0.25
"""The caller may be an event loop; the local gateway needs a hundredth of it."""
_MOST_HEAD_BYTES = 16 * 1024


class Address:
    """A gateway's address, asked once; safe from several threads."""

    def __init__(self, base_url: str) -> None:
        self._url = urlsplit(base_url)
        self._is_asked = self._url.scheme == "http" and is_loopback(self._url.hostname)
        self._answer: bool | None = None
        self._lock = threading.Lock()

    def is_simulator(self) -> bool:
        """Whether a simulator answers there; one that is not there, or says nothing in time, is none."""
        if not self._is_asked:
            return False
        with self._lock:
            if self._answer is None:
                self._answer = _asked(self._url)
            return bool(self._answer)


def _asked(url: SplitResult) -> bool | None:
    """What the server says; None where nobody is there, who may come yet."""
    request = f"GET {url.path}/models HTTP/1.1\r\nHost: {url.netloc}\r\nConnection: close\r\n\r\n"
    head = b""
    try:
        with socket.create_connection((url.hostname, url.port or 80), _WITHIN_S) as connection:
            connection.sendall(request.encode("ascii"))
            while b"\r\n\r\n" not in head and len(head) < _MOST_HEAD_BYTES:
                received = connection.recv(_MOST_HEAD_BYTES)
                if not received:
                    break
                head += received
    except TimeoutError:
        return False
    except OSError:
        return None
    return _LABEL in head.partition(b"\r\n\r\n")[0].lower().split(b"\r\n")
