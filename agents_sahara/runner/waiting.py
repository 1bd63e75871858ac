"""Runs that wait for a person, on disk: each is kept under a token that nobody can guess, and taken up once.

The file's name is a hash of the token, so that whoever sees its name has no token. A file is never changed: whoever
renames it may go on with it, so of all processes that are given the same token only one does. Where the message that
began a run has an id, a second file says the token, so that the message can be delivered again.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from agents_sahara.errors import ApprovalError, ResumeError
from agents_sahara.types import JsonObject

VERSION: Final = 2
"""Of the files that are written; version 1 knew neither workflows nor agents that are asked."""
_READ: Final = (1, VERSION)
KEEP_S: Final = 7 * 24 * 3600.0
"""How long a run waits."""

_PREFIX = "wait_"
_TOKEN = re.compile(rf"{_PREFIX}[A-Za-z0-9_-]{{43}}")


@dataclass(frozen=True, slots=True)
class WaitingRuns:
    """The runs of this machine's user that wait."""

    folder: Path | None
    """None where the user has no home."""
    now: Callable[[], float] = time.time
    """Seconds since 1970."""

    async def keep(self, run: JsonObject) -> str:
        """Keep a run on disk; the token with which it goes on.

        Raises:
            ApprovalError: it cannot be kept.
        """
        token = _PREFIX + secrets.token_urlsafe(32)
        try:
            await asyncio.to_thread(self._keep, token, {**run, "version": VERSION, "time": self.now()})
        except OSError as problem:
            raise ApprovalError(
                f"a run that waits for an approval could not be kept: {problem.strerror or problem}",
                mend="make the state folder writable, or set SAHARA_STATE_DIR to one that is",
            ) from problem
        return token

    async def look(self, token: str) -> Mapping[str, Any]:
        """The run that waits under `token`; it still waits.

        Raises:
            ResumeError: none does.
        """
        return await asyncio.to_thread(self._read, token)

    async def of_message(self, mark: str) -> tuple[str, Mapping[str, Any]] | None:
        """The run that the message with this mark began, with its token, while it waits."""
        return await asyncio.to_thread(self._begun_by, mark)

    async def take(self, token: str) -> None:
        """Take up the run: nobody else can.

        Raises:
            ResumeError: somebody has.
        """
        path = self._path(token)
        try:
            await asyncio.to_thread(_take, path)
        except FileNotFoundError:
            raise self._missing(path) from None

    def _keep(self, token: str, run: JsonObject) -> None:
        if self.folder is None:
            raise OSError("there is no state folder, as the user has no home")
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self._sweep(self.folder)
        _write(self._path(token), run)
        mark = _mark_of(run)
        if mark is not None:
            _write(self._place(self.folder, mark), {"token": token})

    def _begun_by(self, mark: str) -> tuple[str, Mapping[str, Any]] | None:
        if self.folder is None:
            return None
        try:
            token = json.loads(self._place(self.folder, mark).read_text(encoding="utf-8"))["token"]
            return token, self._read(token)
        except (OSError, ValueError, TypeError, KeyError, ResumeError):
            return None

    def _place(self, folder: Path, mark: str) -> Path:
        """Where the token is kept under which the run of a message waits."""
        return folder / f"{hashlib.sha256(mark.encode()).hexdigest()}.message"

    def _sweep(self, folder: Path) -> None:
        """Remove what has waited too long."""
        oldest = self.now() - KEEP_S
        for path in folder.iterdir():
            try:
                if path.stat().st_mtime < oldest:
                    path.unlink()
            except OSError:
                continue  # another process was faster

    def _path(self, token: str) -> Path:
        if self.folder is None or not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise ResumeError("unknown", "this is no token of a run that waits", mend=_MEND)
        return self.folder / f"{hashlib.sha256(token.encode()).hexdigest()}.json"

    def _read(self, token: str) -> Mapping[str, Any]:
        path = self._path(token)
        try:
            run = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise self._missing(path) from None
        except (OSError, ValueError, RecursionError):
            run = None
        if not isinstance(run, dict) or run.get("version") not in _READ:
            raise ResumeError("unknown", "the run that waits under this token cannot be read", mend=_MEND)
        if not self.now() - KEEP_S <= run["time"]:
            raise ResumeError("expired", "this run has waited for more than 7 days", mend=_MEND)
        return run

    def _missing(self, path: Path) -> ResumeError:
        if path.with_suffix(".used").exists():
            return ResumeError("used", "this token was used before, and a token is good once", mend=_MEND)
        return ResumeError("unknown", "no run waits under this token", mend=_MEND)


_MEND = "ask the user for the message again"


def _mark_of(run: JsonObject) -> str | None:
    """That of the message that began a run, where it has one."""
    talk = run.get("talk")
    mark = talk.get("mark") if isinstance(talk, Mapping) else None
    return mark if isinstance(mark, str) else None


def _write(path: Path, value: JsonObject) -> None:
    """Write a file whole, for its user alone."""
    unfinished = path.with_suffix(f".{secrets.token_hex(4)}.new")
    file = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as written:
        json.dump(value, written)
        written.flush()
        os.fsync(written.fileno())
    unfinished.replace(path)


def _take(path: Path) -> None:
    used = path.with_suffix(".used")
    path.rename(used)
    nothing = path.with_suffix(".nothing")
    nothing.write_bytes(b"")
    nothing.replace(used)  # what remains says only that there was one; who has it open still reads all of it
