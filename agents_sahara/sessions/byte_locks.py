"""Locks on single bytes of a file, as the system has them: kept by a process, and let go of when it ends in any way.

POSIX locks belong to a whole process, and closing any descriptor of the file drops them all (fcntl(2)). Those of
Windows belong to one descriptor, lie where it stands, and take places below 2**31 alone (Microsoft C runtime
library reference, `_locking`). All checked 2026-11-28.
"""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from errno import EACCES, EAGAIN, EDEADLK
from typing import Protocol

_TAKEN = (EACCES, EAGAIN, EDEADLK)
"""What a system says of a byte that another process holds."""

_PLACES_OF_WINDOWS = 2**31 - 1


class ByteLocks(Protocol):
    """How bytes of an open file are locked."""

    def try_lock(self, file: int, place: int) -> bool:
        """Lock the byte at `place` unless it is locked.

        Raises:
            OSError: the file system has no locks.
        """
        ...

    def unlock(self, file: int, place: int) -> None:
        """Unlock it."""
        ...


class PosixLocks:
    """`fcntl`."""

    def try_lock(self, file: int, place: int) -> bool:
        """Lock the byte; see `ByteLocks`."""
        if sys.platform == "win32":
            raise NotImplementedError
        import fcntl  # not there on Windows

        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except OSError as problem:
            if problem.errno in _TAKEN:
                return False
            raise
        return True

    def unlock(self, file: int, place: int) -> None:
        """Unlock the byte; see `ByteLocks`."""
        if sys.platform == "win32":
            raise NotImplementedError
        import fcntl  # not there on Windows

        with suppress(OSError):
            fcntl.lockf(file, fcntl.LOCK_UN, 1, place)


class Locking(Protocol):
    """What Python's `msvcrt` has for this."""

    LK_NBLCK: int
    LK_UNLCK: int

    def locking(self, fd: int, mode: int, nbytes: int, /) -> None:
        """Lock or unlock bytes from where `fd` stands."""
        ...


class WindowsLocks:
    """`msvcrt`. Two conversations in some 2**31 share a byte, and wait for each other; that does no harm."""

    def __init__(self, msvcrt: Locking) -> None:
        self._msvcrt = msvcrt
        self._moving = threading.Lock()

    def try_lock(self, file: int, place: int) -> bool:
        """Lock the byte; see `ByteLocks`."""
        try:
            self._locking(file, place, self._msvcrt.LK_NBLCK)
        except OSError as problem:
            if problem.errno in _TAKEN:
                return False
            raise
        return True

    def unlock(self, file: int, place: int) -> None:
        """Unlock the byte; see `ByteLocks`."""
        with suppress(OSError):
            self._locking(file, place, self._msvcrt.LK_UNLCK)

    def _locking(self, file: int, place: int, mode: int) -> None:
        with self._moving:  # between going there and locking nobody else goes elsewhere
            os.lseek(file, place % _PLACES_OF_WINDOWS, os.SEEK_SET)
            self._msvcrt.locking(file, mode, 1)


def locks_of_system() -> ByteLocks:
    """Those of this system."""
    if sys.platform == "win32":
        import msvcrt  # there on Windows alone

        return WindowsLocks(msvcrt)
    return PosixLocks()
