"""Cancel a task at its n-th step, or at that of any task that it started: every moment of a run can be reached."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Generator
from typing import Any


class Steps:
    """Counts the steps of all tasks of a loop, and cancels one task at one of them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.taken = 0
        self.cancelled_s = 0.0
        """When the task was cancelled, on the monotonic clock."""
        self._at = -1
        self._target: asyncio.Task[Any] | None = None
        loop.set_task_factory(self._make)

    def cancel_at(self, step: int, target: asyncio.Task[Any] | None) -> None:
        """Count from now on; at `step` cancel `target`."""
        self.taken, self._at, self._target = 0, step, target

    def step(self) -> None:
        """A task goes on."""
        if self.taken == self._at and self._target is not None:
            self._target.cancel()
            self.cancelled_s = time.monotonic()
        self.taken += 1

    def _make(self, loop: asyncio.AbstractEventLoop, work: Any, **options: Any) -> asyncio.Task[Any]:
        return asyncio.Task(_Counted(work, self), loop=loop, **options)


class _Counted(Coroutine[Any, Any, Any]):
    def __init__(self, work: Coroutine[Any, Any, Any], steps: Steps) -> None:
        self._work, self._steps = work, steps

    def send(self, value: Any) -> Any:
        self._steps.step()
        return self._work.send(value)

    def throw(self, *error: Any) -> Any:
        self._steps.step()
        return self._work.throw(*error)

    def close(self) -> None:
        self._work.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._work.__await__()
