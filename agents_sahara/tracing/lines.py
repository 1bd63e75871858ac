"""A trace as lines of JSON in a file: each is appended by one write, so that what is there survives a crash.

A file may be shared by threads and processes. It is opened for each line, so that any number of runs under way holds
no descriptors, and a file that somebody moves away is begun anew. It is readable for its user alone.
"""

from __future__ import annotations

import json
import logging
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

from agents_sahara.errors import UsageError
from agents_sahara.tracing.record import Record

MOST_FILE_BYTES = 1 << 30
"""A file that many runs share grows no further."""

_FLAGS = (
    os.O_RDWR
    | os.O_APPEND
    | os.O_CREAT
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_NONBLOCK", 0)  # a named pipe without a reader is told at once
)
_writing = threading.Lock()
"""Threads of a process wait for each other, so that no line that is just being written looks cut off."""
_LOGGER = logging.getLogger("agents_sahara.tracing")


class LineFile:
    """The lines of a run, or of all runs that share a file; safe from several threads and processes."""

    def __init__(self, path: Path, on_problem: Callable[[str], object]) -> None:
        self.path = path
        self._on_problem = on_problem

    def write(self, record: Record) -> None:
        """Append one line; where that fails, whoever listens is told and nothing is raised."""
        try:
            text = json.dumps(record.to_json(), separators=(",", ":"), allow_nan=False)
            _append(self.path, text.encode("ascii") + b"\n")
        except (OSError, ValueError, RecursionError) as problem:
            reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else problem
            self._on_problem(f"{self.path}: {reason}")


class Complaints:
    """Says once that a trace cannot be written: a run is not worse for it, and a log need not be full of it."""

    def __init__(self) -> None:
        self._has_told = False

    def tell(self, problem: str) -> None:
        """Log the first problem."""
        if not self._has_told:
            self._has_told = True
            _LOGGER.warning("the trace of this run is not whole: %s", problem)


def place_for(text: str) -> Path:
    """The file that `text` names, made if it is not there; a folder where one is, or where a slash ends the text.

    Raises:
        UsageError: nothing can be written there.
    """
    path = Path(text)
    try:
        if text.endswith("/") or is_folder(path):
            _make_folders(path)
            if not os.access(path, os.W_OK | os.X_OK):
                raise PermissionError("the folder cannot be written")
        else:
            os.close(_open(path))
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) and problem.strerror else problem
        raise UsageError(
            f"the trace cannot be written to {text!r}: {reason}",
            mend="name a file in a folder that you may write to",
        ) from None
    return path


def is_folder(path: Path) -> bool:
    """Whether each run gets a file of its own there."""
    return path.is_dir()


def _after_fork() -> None:
    """In a child, in which no other thread is there to give the lock back."""
    global _writing
    _writing = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _append(path: Path, data: bytes) -> None:
    file = _open(path)
    try:
        with _writing:
            size = os.fstat(file).st_size
            if size > MOST_FILE_BYTES:
                raise OSError(f"the file has more than {MOST_FILE_BYTES >> 20} MiB; move it away")
            if os.write(file, _mended(file, size) + data) < len(data):
                raise OSError("the disk is full")
    finally:
        os.close(file)


def _mended(file: int, size: int) -> bytes:
    """What ends a line that was cut off, so that it does not take the next one with it.

    One that another process is just writing can look the same; then a blank line is left, which readers pass over.
    """
    if size == 0:
        return b""
    os.lseek(file, -1, os.SEEK_END)
    return b"" if os.read(file, 1) == b"\n" else b"\n"


def _open(path: Path) -> int:
    try:
        file = os.open(path, _FLAGS, 0o600)
    except FileNotFoundError:
        _make_folders(path.parent)
        file = os.open(path, _FLAGS, 0o600)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError("it is no regular file")
    return file


def _make_folders(folder: Path) -> None:
    """The folder for this user alone; what lies above and is missing as usual."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
