"""Whether the machine stood still while a case was played: its times then say nothing about the product."""

from __future__ import annotations

import threading
import time
from typing import Self

STALL_S = 0.15
"""Cases allow half a second; a pause of this length, and there is never only one, can use that up."""

_BEAT_S = 0.02


class Pulse:
    """A thread that wants to run every 20 ms and notes how late it does; a context manager."""

    def __init__(self) -> None:
        self._stalls: list[float] = []
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _beat(self) -> None:
        before = time.monotonic()
        while not self._is_over.wait(_BEAT_S):
            now = time.monotonic()
            if now - before - _BEAT_S > STALL_S:
                self._stalls.append(now)
            before = now

    def has_stalled(self, since: float) -> bool:
        """Whether the process stood still at some time after `since`, by `time.monotonic`."""
        return any(stall >= since for stall in self._stalls)
