"""The event loop on which all servers of tools live: one thread of ours, whatever loops and threads call them.

A session of mcp's must be opened, used and closed on one loop, and closed by the task that opened it; runs come and
go on many. The thread also keeps a server that floods us away from the caller's loop.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_lock = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None
_owner_pid = 0


def server_loop() -> asyncio.AbstractEventLoop:
    """The loop; a forked child, which has no thread behind its copy, gets a new one."""
    global _loop, _owner_pid
    with _lock:
        if _loop is None or _owner_pid != os.getpid():
            _loop, _owner_pid = asyncio.SelectorEventLoop(), os.getpid()
            threading.Thread(target=_loop.run_forever, name="agents_sahara_mcp", daemon=True).start()
        return _loop


async def there(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` on the servers' loop; cancelling this cancels it there."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, server_loop()))


def _forget() -> None:
    """A forked child may have copied the lock while another thread held it."""
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
