"""While many runs are under way, Python looks for garbage less often.

CPython 3.11 looks at all young objects whenever 700 more were made than freed: at 1,000 runs in flight that takes
a third of the CPU, and finds next to nothing, since a run that ends leaves no circles behind (measured 2026-11-28).
What the program has set itself stays, and comes back when fewer runs are left; SAHARA_FAST=off does without.
"""

from __future__ import annotations

import gc
import os
import threading
from types import TracebackType

MANY = 50
"""Runs under way in the process."""
CALM = 10_000
"""Objects more than were freed, before the collector looks."""


class Crowd:
    """Counts the runs that are under way; a context manager around each, for any thread."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin afresh: no run is under way."""
        self._lock = threading.RLock()  # the collector may end a stream in the thread that has it
        self._under_way = 0
        self._before: tuple[int, int, int] | None = None
        """The program's own thresholds, while ours hold."""

    def __enter__(self) -> None:
        with self._lock:
            self._under_way += 1
            before = gc.get_threshold()
            if self._under_way >= MANY and self._before is None and 0 < before[0] < CALM:
                self._before = before
                gc.set_threshold(CALM, *before[1:])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._under_way -= 1
            if self._before is not None and self._under_way < MANY // 2:
                if gc.get_threshold()[0] == CALM:
                    gc.set_threshold(*self._before)
                self._before = None


crowd = Crowd()
"""Of the process."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=crowd.reset)
