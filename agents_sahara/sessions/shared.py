"""What a process has open of one file of conversations, once for all teams and event loops that use it.

A forked child opens its own: neither SQLite's connections nor threads survive a fork.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

from agents_sahara.sessions.file import BUSY_S, connect
from agents_sahara.sessions.queueing import LockFile, Turnstile
from agents_sahara.sessions.worker import Worker

LOCK_SUFFIX = "-turns"
"""Of the file beside the database whose bytes are locked."""

_CLOSING_S = 10.0


class SharedFile:
    """Two threads, a lock file and a turnstile."""

    def __init__(self, path: Path, *, busy_s: float) -> None:
        self.reading = Worker(path, lambda: connect(path, busy_s=busy_s), writes=False)
        self.writing = Worker(path, lambda: connect(path, busy_s=busy_s), writes=True)
        self._locks = LockFile(path.with_name(path.name + LOCK_SUFFIX))
        self.turnstile = Turnstile(self._locks)
        self.users = 0

    def close(self) -> None:
        """Finish what is under way; returns when everything is closed."""
        for worker in (self.reading, self.writing):
            worker.stop()
        for worker in (self.reading, self.writing):
            worker.join(_CLOSING_S)
        self._locks.close()


_guard = threading.Lock()
_files: dict[Path, SharedFile] = {}
_left_behind: list[object] = []
"""Of the parent process: a connection that is closed here would harm the parent's (sqlite.org, "How To Corrupt")."""


def _after_fork() -> None:
    global _guard, _files
    _guard = threading.Lock()
    _left_behind.append(_files)
    _files = {}


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def take(path: Path, *, busy_s: float = BUSY_S) -> SharedFile:
    """What is open of the file at `path`; give it back with `release`."""
    with _guard:
        if path not in _files:
            _files[path] = SharedFile(path, busy_s=busy_s)
        _files[path].users += 1
        return _files[path]


def release(path: Path, shared: SharedFile) -> None:
    """No longer needed; the last one closes it."""
    with _guard:
        shared.users -= 1
        if shared.users or _files.get(path) is not shared:
            return
        del _files[path]
    shared.close()
