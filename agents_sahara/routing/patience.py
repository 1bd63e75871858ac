"""One time limit for the many waits of a stream: it is set anew for each, at next to no cost.

`asyncio.timeout` makes a timer for each wait and takes it back. Here one timer stands, and looks when it rings
whether the wait under way has been set a later end. Knows nothing of streams.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self


class Patience:
    """Ends a wait of the current task that takes too long; `close` it after the last one."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[object] | None = None
        self._ends: float | None = None
        """When the wait under way is over; None between two."""
        self._cancelling = 0
        """How often the task had been cancelled when the wait began."""
        self._has_rung = False

    def within(self, seconds: float) -> Self:
        """To be entered for one wait.

        Raises:
            TimeoutError: at the end of the block, where it took longer than `seconds`.
        """
        ends = self._ends = self._loop.time() + seconds
        if self._timer is not None and self._timer.when() > ends:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_at(ends, self._ring)
        return self

    def _ring(self) -> None:
        self._timer = None
        if self._ends is None or self._task is None:
            return
        if self._loop.time() < self._ends:
            self._timer = self._loop.call_at(self._ends, self._ring)
            return
        self._has_rung = True
        self._task.cancel()

    def __enter__(self) -> None:
        task = self._task = asyncio.current_task()
        self._cancelling = 0 if task is None else task.cancelling()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        task, self._task, self._ends = self._task, None, None
        if self._has_rung:
            self._has_rung = False
            if task is not None and task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
                raise TimeoutError from error

    def close(self) -> None:
        """Take the timer back."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
