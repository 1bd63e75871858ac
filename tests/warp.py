"""An event loop whose waits pass at once: where nothing happens for a moment, its clock jumps to the next timer.

For tests of what happens when others are silent. A peer on another thread has all the time it needs, however busy
the machine is: the clock jumps only when no thread of this process has worked, or waits to work. A peer in another
process must answer within the moment.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

_MOMENT_S = 0.1
_NEXT_TO_NOTHING_NS = 30_000
"""Of CPU: what reading two clocks one after the other makes them differ by, and less than any answer takes."""
_LATE_S = 0.001
"""Timers ring a little late, as they do without skipping: those of nearly the same time ring together."""
_THREADS = Path("/proc/self/task")
_AT_WORK = frozenset("RD")
"""States of a thread that runs, or would if it had a processor or the disk: proc_pid_stat(5), checked 2026-11-28."""


class _Selector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.skipped_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= _MOMENT_S:
            return super().select(timeout)
        ends = time.monotonic() + timeout
        while (left_s := ends - time.monotonic()) > 0:
            before = _work_of_others_ns()
            events = super().select(min(left_s, _MOMENT_S))
            if events:
                return events
            if _work_of_others_ns() - before < _NEXT_TO_NOTHING_NS and not any(_others_at_work()):
                self.skipped_s += max(0.0, ends - time.monotonic()) + _LATE_S
                break
        return []


def _work_of_others_ns() -> int:
    """CPU time of all other threads."""
    return time.process_time_ns() - time.thread_time_ns()


def _others_at_work() -> Iterator[bool]:
    """Whether each other thread has something to do; nothing where the system does not tell."""
    own = str(threading.get_native_id())
    for thread in _THREADS.iterdir() if _THREADS.is_dir() else ():
        if thread.name != own:
            try:
                said = (thread / "stat").read_text("utf-8", "replace")
            except OSError:  # it has just ended
                continue
            yield said.rpartition(") ")[2][:1] in _AT_WORK


class WarpLoop(asyncio.SelectorEventLoop):
    """Its `time` is real time, and the time that was skipped."""

    def __init__(self) -> None:
        self._skipping = _Selector()
        super().__init__(self._skipping)

    def time(self) -> float:
        """Seconds, monotonic."""
        return time.monotonic() + self._skipping.skipped_s


def run_warped(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` on such a loop."""
    with asyncio.Runner(loop_factory=WarpLoop) as runner:
        return runner.run(work)
