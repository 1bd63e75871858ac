"""An event loop of our own on a thread of our own, for callers that are not async.

It works in a script, inside a running loop, in a notebook, under uvloop and from many threads, and patches nothing.
One for the whole process, started when first needed.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from agents_sahara.errors import UsageError
from agents_sahara.runner.loops import new_loop

T = TypeVar("T")

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_owner_pid = 0


def run_here(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on the loop thread and wait for it; an interrupt of the caller cancels it.

    Raises:
        UsageError: the caller is on the loop thread itself, where waiting would never end.
    """
    loop = _running_loop()
    if _is_inside(loop):
        work.close()
        raise UsageError("run_sync was called from inside a run", mend="use `await team.run(...)` there")
    future = asyncio.run_coroutine_threadsafe(work, loop)
    try:
        return future.result()
    except BaseException:
        _cancel(future)
        raise


def _cancel(future: concurrent.futures.Future[T]) -> None:
    """Stop what the caller no longer waits for, and let it clean up."""
    if future.done():
        return
    future.cancel()


def _is_inside(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def _running_loop() -> asyncio.AbstractEventLoop:
    """The process's loop; a forked child, which has no thread behind its copy, gets a new one."""
    global _loop, _owner_pid
    with _lock:
        if _loop is None or _owner_pid != os.getpid():
            _loop, _owner_pid = new_loop(), os.getpid()
            threading.Thread(target=_loop.run_forever, name="agents_sahara", daemon=True).start()
        return _loop
