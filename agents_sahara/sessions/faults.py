"""What SQLite says of a file, as errors that name the file and the mend.

The result codes: sqlite.org, "Result and Error Codes" (checked 2026-11-28).
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from agents_sahara.errors import SessionError
from agents_sahara.types import SessionFault

_FAULTS: dict[int, tuple[SessionFault, str, str]] = {
    sqlite3.SQLITE_BUSY: (
        "locked",
        "is locked by another program",
        "end the program that holds it, such as a shell of sqlite3 inside a transaction; then try again",
    ),
    sqlite3.SQLITE_LOCKED: ("locked", "is locked", "try again"),
    sqlite3.SQLITE_FULL: ("full", "cannot grow: the disk is full", "make room on the disk, then try again"),
    sqlite3.SQLITE_READONLY: (
        "read_only",
        "cannot be written",
        "let this user write the file and its folder, or name another file in `session`",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "corrupt",
        "is damaged",
        "move it away and start anew, or rescue what is left: sqlite3 FILE .recover",
    ),
    sqlite3.SQLITE_NOTADB: (
        "corrupt",
        "is no SQLite database",
        "move it away, or name another file in `session`",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "unusable",
        "cannot be opened",
        "let this user write the file and its folder, or name another file in `session`",
    ),
    sqlite3.SQLITE_PERM: ("unusable", "may not be opened", "let this user read and write it"),
    sqlite3.SQLITE_IOERR: (
        "unusable",
        "cannot be read or written: the disk reports an error",
        "see that it is well, and that no quota of this user is used up",
    ),
}
_LEAST_ROOM = 64 * 1024
"""Bytes that SQLite needs beside a file to open it (sqlite.org, "WAL-mode File Format": the index of the log)."""
_PRIMARY = 0xFF
"""Of an extended result code, the part that says the kind."""


def error_of(problem: sqlite3.Error | UnicodeDecodeError, path: Path) -> SessionError:
    """What `problem` means to whoever runs the team."""
    if isinstance(problem, UnicodeDecodeError):  # what Python says of a text in the file that is none
        return fault_at(path, *_FAULTS[sqlite3.SQLITE_CORRUPT])
    code = getattr(problem, "sqlite_errorcode", 0) & _PRIMARY
    if code == sqlite3.SQLITE_IOERR and not _has_room(
        path
    ):  # the file's index in memory could not be laid out
        code = sqlite3.SQLITE_FULL
    fault, what, mend = _FAULTS.get(code, ("unusable", f"cannot be used: {problem}", "look at the file"))
    return fault_at(path, fault, what, mend)


def _has_room(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free >= _LEAST_ROOM
    except OSError:
        return True


def fault_at(path: Path, fault: SessionFault, what: str, mend: str) -> SessionError:
    """An error about the file at `path`."""
    message = f"the file of conversations {str(path)!r} {what}"
    return SessionError(message, fault=fault, mend=mend.replace("FILE", str(path)), where=str(path))


def os_error_of(problem: OSError, path: Path) -> SessionError:
    """What the system said when a file beside the database was made or locked."""
    reason = (problem.strerror or str(problem)).lower()
    fault: SessionFault = "full" if reason.startswith("no space") else "unusable"
    mend = "let this user write the file and its folder, or name another file in `session`"
    return fault_at(path, fault, f"cannot be opened: {reason}", mend)
