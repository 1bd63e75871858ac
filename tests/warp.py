"""An event loop whose waits pass at once: where nothing happens for a moment, its clock jumps to the next timer.

For tests of what happens when others are silent. A peer that does answer must do so within the moment.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_MOMENT_S = 0.1


class _Selector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.skipped_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= _MOMENT_S:
            return super().select(timeout)
        events = super().select(_MOMENT_S)
        if not events:
            self.skipped_s += timeout - _MOMENT_S
        return events


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
