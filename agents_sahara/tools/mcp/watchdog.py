"""Start a server and outlive it: when whoever started both is gone, however that went, the server goes too.

Run by its path as `python -I -S watchdog.py PIPE FILE COMMAND...`, with the standard library alone. PIPE is the
number of a pipe's end for reading. The starter holds the other end, and says there how the server is to end; when
that end closes, which the system sees to even after `kill -9`, the server and all that it has started are killed.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from select import select
from types import FrameType

POLITELY, AT_ONCE = b"t", b"k"

_PATIENCE_S = 1.0
"""How long a server may take to leave by itself, its input having ended, when whoever started it has died."""

_DEATH_SIGNAL, _ADOPT_ORPHANS = 1, 36
"""PR_SET_PDEATHSIG and PR_SET_CHILD_SUBREAPER of prctl(2), which Linux alone has."""

_CANNOT_START = 127


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        import ctypes  # here, for whoever imports this file to know where it lies

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _become(file: str, command: list[str], watcher: int) -> None:
    """In the child: lead a process group, end with the watcher, and be the server."""
    os.setpgid(0, 0)
    _prctl(_DEATH_SIGNAL, signal.SIGKILL)
    for name in ("SIGPIPE", "SIGXFSZ"):  # Python ignores them, and a program inherits that
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    if os.getppid() == watcher:
        os.execv(file, command)  # noqa: S606  a program without a shell is what is wanted


def _start(file: str, command: list[str]) -> int:
    watcher = os.getpid()
    child = os.fork()
    if child == 0:
        try:
            _become(file, command, watcher)
        except OSError as problem:
            os.write(2, f"{file}: {problem.strerror}\n".encode())
        finally:
            os._exit(_CANNOT_START)
    with suppress(PermissionError, ProcessLookupError):  # it is the server already, or gone
        os.setpgid(child, child)
    return child


def _signal(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _kill_orphans() -> None:
    """Kill whoever left the server's group but was started by it: Linux makes them our own children in the end."""
    us = os.getpid()
    listing = Path(f"/proc/{us}/task/{us}/children")
    for _ in range(1000):
        try:
            left = listing.read_text(encoding="ascii").split()
        except OSError:
            return
        if not left:
            return
        try:
            for child in left:
                os.kill(int(child), signal.SIGKILL)
            os.waitpid(-1, 0)
        except OSError:  # it runs as another user
            return


def _ended(child: int) -> int | None:
    """The exit code of `child`, as a shell would tell it, or None while it runs; whoever else ended is reaped."""
    while True:
        try:
            ended, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return _CANNOT_START
        if ended == 0:
            return None
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _watch(pipe: int, wakeup: int, child: int) -> int:
    while (code := _ended(child)) is None:
        ready, _, _ = select([pipe, wakeup], [], [])
        if wakeup in ready:
            os.read(wakeup, 512)
        if pipe in ready:
            said = os.read(pipe, 1)
            if not said:
                select([wakeup], [], [], _PATIENCE_S)
            if said != POLITELY:
                return 128 + signal.SIGKILL
            _signal(child, signal.SIGTERM)
    return code


def _note(_number: int, _frame: FrameType | None) -> None:
    """Nothing: the signal has woken `select` by the pipe that it writes to."""


def _leave_streams() -> None:
    """The server's own ends must be the last: whoever reads from it waits for them to close."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)


def main(arguments: list[str]) -> int:
    """Watch one server to its end, and give its exit code."""
    pipe, file, command = int(arguments[0]), arguments[1], arguments[2:]
    os.set_inheritable(pipe, False)
    wakeup, woken = os.pipe()
    os.set_blocking(woken, False)
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, _note)
    _prctl(_ADOPT_ORPHANS, 1)
    child = _start(file, command)
    _leave_streams()
    code = _watch(pipe, wakeup, child)
    _signal(child, signal.SIGKILL)
    _kill_orphans()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
