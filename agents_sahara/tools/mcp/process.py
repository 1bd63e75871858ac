"""A server that is a program: started without a shell and with next to no environment, and never left behind.

Between us and the program stands `watchdog`, which ends it whenever we are gone. Knows nothing of the protocol.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from agents_sahara.errors import ToolServerError
from agents_sahara.settings import KEY_NAMES
from agents_sahara.tools.mcp import watchdog
from agents_sahara.tools.mcp.complaints import Complaints
from agents_sahara.tools.mcp.ends import ReadEnd, WriteEnd

ALWAYS = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ")
"""Variables that every server gets where they are set: where programs and temporary files lie, and how text is
written. mcp 2.3 adds HOME, LOGNAME, SHELL, TERM and USER by itself (checked 2026-11-28); here the file names them."""

_PATIENCE_S = 1.0
"""How long a server may take to leave when its input ends, and again when it is told to; then it is killed. The order
is that of the MCP specification 2025-11-25, "Lifecycle" (checked 2026-11-28)."""
_POLL_S = 0.01


@dataclass(frozen=True, slots=True)
class Command:
    """What is started, and what it may know."""

    words: tuple[str, ...]
    """The program and its arguments, as they are; no shell reads them."""
    variables: tuple[str, ...] = ()
    """Names of environment variables that it gets beside `ALWAYS`."""
    folder: Path | None = None
    """Where it runs, and where relative paths begin; None is wherever we run."""


def environment(command: Command, environ: Mapping[str, str]) -> dict[str, str]:
    """All that the program gets: what it always gets and what is named, but never the gateway's key."""
    names = dict.fromkeys((*ALWAYS, *command.variables))
    return {name: environ[name] for name in names if name in environ and name.upper() not in KEY_NAMES}


def program(command: Command, environ: Mapping[str, str]) -> str:
    """The file that is run.

    Raises:
        ToolServerError: there is none that can be.
    """
    word = command.words[0]
    is_path = os.sep in word
    place = str((command.folder or Path()).joinpath(word).absolute()) if is_path else word
    file = shutil.which(place, path=environ.get("PATH", os.defpath))
    if file is None:
        why = "no such program is there" if is_path else "no folder of PATH has it"
        mend = (
            "write each argument as an item of its own" if " " in word else "install it, or correct its name"
        )
        raise ToolServerError(f"the command {word!r} cannot be run: {why}", mend=mend)
    return str(Path(file).absolute())


Leaving: TypeAlias = Literal["", "by itself", "when told to", "killed"]


@dataclass(slots=True)
class Ending:
    """How a server has left when it was not needed any more."""

    how: Leaving = ""
    """Empty as long as it runs, and where it ended before."""


@dataclass(frozen=True, slots=True)
class Pipes:
    """Our ends of a running server."""

    stdin: WriteEnd
    stdout: ReadEnd
    complaints: Complaints
    ending: Ending = field(default_factory=Ending)


@asynccontextmanager
async def running(server: str, command: Command, environ: Mapping[str, str]) -> AsyncGenerator[Pipes]:
    """Start the program; end it, with all that it has started, when the block is left.

    Raises:
        ToolServerError: it cannot be started.
    """
    if os.name != "posix":
        mend = "start it yourself and give its `url`"
        raise ToolServerError("servers are started as programs on Linux and macOS only", mend=mend)
    started = _spawn(program(command, environ), command, environment(command, environ))
    try:
        stdin, stdout, stderr = await started.connect()
        complaints = Complaints(server)
        listening = asyncio.create_task(_listen(stderr, complaints))
        try:
            pipes = Pipes(stdin, stdout, complaints)
            yield pipes
            pipes.ending.how = await started.stop(stdin)
        finally:
            await started.end()
            await asyncio.wait([listening], timeout=_PATIENCE_S)
            listening.cancel()
    finally:
        await started.end()
        started.close()


async def _listen(stderr: ReadEnd, complaints: Complaints) -> None:
    while piece := await stderr.read():
        complaints.note(piece)
    complaints.end()


_lives: set[int] = set()
"""Our ends of the pipes to all watchdogs."""


class _Started:
    def __init__(self, process: subprocess.Popen[bytes], life: int) -> None:
        self._process = process
        self._life: int | None = life
        self._ends: list[ReadEnd | WriteEnd] = []

    async def connect(self) -> tuple[WriteEnd, ReadEnd, ReadEnd]:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._ends.append(stdin := await WriteEnd.of(process.stdin))
        self._ends.append(stdout := await ReadEnd.of(process.stdout))
        self._ends.append(stderr := await ReadEnd.of(process.stderr))
        return stdin, stdout, stderr

    async def stop(self, stdin: WriteEnd) -> Leaving:
        """End its input, and tell it to leave where that is not enough; what is left then is killed by `end`."""
        if self._process.poll() is not None:
            return ""
        stdin.close()
        if await self._is_gone():
            return "by itself"
        self._tell(watchdog.POLITELY)
        return "when told to" if await self._is_gone() else "killed"

    async def end(self) -> None:
        """Kill what is left; once is enough, and more does no harm."""
        self._tell(watchdog.AT_ONCE)
        life, self._life = self._life, None
        if life is not None:
            _lives.discard(life)
            os.close(life)
            await self._is_gone()

    def close(self) -> None:
        """Let go of the pipes."""
        for end in self._ends:
            end.close()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr)[len(self._ends) :]:
            if pipe is not None:
                pipe.close()

    def _tell(self, how: bytes) -> None:
        if self._life is not None and self._process.poll() is None:
            with suppress(OSError):
                os.write(self._life, how)

    async def _is_gone(self) -> bool:
        """Whether it has ended within our patience; no thread or signal handler waits for it."""
        for _ in range(round(_PATIENCE_S / _POLL_S)):
            if self._process.poll() is not None:
                return True
            await asyncio.sleep(_POLL_S)
        return False


def _spawn(file: str, command: Command, environ: Mapping[str, str]) -> _Started:
    watched, life = os.pipe()
    _lives.add(life)
    words = [sys.executable, "-I", "-S", watchdog.__file__, str(watched), file, *command.words]
    try:
        process = subprocess.Popen(  # noqa: S603  a list of words, and the operator has allowed them
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=command.folder,
            env=dict(environ),
            pass_fds=(watched,),
            start_new_session=True,
            bufsize=0,
        )
    except (OSError, ValueError) as problem:
        _lives.discard(life)
        os.close(life)
        reason = getattr(problem, "strerror", None) or problem
        raise ToolServerError(f"the command {command.words[0]!r} cannot be started: {reason}") from problem
    finally:
        os.close(watched)
    return _Started(process, life)


def _forget() -> None:
    """A forked child must not keep its parent's servers alive."""
    for life in _lives:
        with suppress(OSError):
            os.close(life)
    _lives.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
