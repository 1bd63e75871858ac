"""One SQLite file: opened private, written ahead and synced, and noticed when it is swapped under our feet.

`synchronous=FULL` in WAL mode syncs each commit to the disk before it is acknowledged (sqlite.org, "PRAGMA
synchronous" and "Write-Ahead Logging", checked 2026-11-28).
"""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

from agents_sahara.sessions.faults import error_of, os_error_of
from agents_sahara.sessions.schema import bring_up_to_date

BUSY_S = 5.0
"""How long another program may hold the file before it counts as locked."""

_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_OPENING_TRIES = 50
_OPENING_WAIT_S = 0.02


def make_private(path: Path) -> None:
    """Make the file for this user alone where there is none, with the folders above it; an existing one is left.

    SQLite gives the files that it keeps beside it the same mode.

    Raises:
        SessionError: it cannot be made.
    """
    try:
        if not path.exists():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, _FLAGS, 0o600))
    except OSError as problem:
        raise os_error_of(problem, path) from problem
    if not os.access(path, os.W_OK):
        raise error_of(_read_only(), path)


def _read_only() -> sqlite3.OperationalError:
    """As SQLite would say when a turn is written, and its answer paid for."""
    problem = sqlite3.OperationalError("attempt to write a readonly database")
    problem.sqlite_errorcode = sqlite3.SQLITE_READONLY
    return problem


def connect(path: Path, *, busy_s: float = BUSY_S) -> sqlite3.Connection:
    """A connection for one thread; transactions are begun by hand.

    Raises:
        SessionError: the file cannot be used.
    """
    make_private(path)
    connection: sqlite3.Connection | None = None
    try:
        connection = sqlite3.connect(path, timeout=busy_s, isolation_level=None, check_same_thread=False)
        _set_up(connection)
        bring_up_to_date(connection, path)
    except BaseException as problem:
        if connection is not None:
            connection.close()
        if isinstance(problem, sqlite3.Error | UnicodeDecodeError):
            raise error_of(problem, path) from problem
        raise
    return connection


def _set_up(connection: sqlite3.Connection) -> None:
    for attempt in range(_OPENING_TRIES):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as problem:
            # Several processes that switch a new file to WAL at once: SQLite does not wait here as it does elsewhere.
            if problem.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or attempt == _OPENING_TRIES - 1:
                raise
            time.sleep(_OPENING_WAIT_S)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA wal_autocheckpoint = 10000")  # `worker` does it sooner, between turns
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")


def identity(path: Path) -> tuple[int, int] | None:
    """By which a file is known again when another one has taken its name; None where there is none."""
    with suppress(OSError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None
