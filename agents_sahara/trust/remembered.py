"""What a person at a terminal has said yes to, as long as it does not change: kept in the state folder.

A yes is kept under a hash of the code or of the command that it was said to; whatever changes, asks again. Only
digests and names are written.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.machinery
import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from agents_sahara.trust.places import known_place, place_beside
from agents_sahara.trust.wants import Want
from agents_sahara.types import Json

_CODE = tuple(importlib.machinery.all_suffixes())

_MOST_FILES = 1000
_MOST_BYTES = 16 * 1024 * 1024
_MOST_KEPT = 10_000


def fingerprint(want: Want, folder: Path | None) -> str | None:
    """A hash of all that a yes to `want` would be for; None where it cannot be told.

    For a module that is all code below its folder: what it may import beside itself counts too. For a command it is
    the folder where it runs, and of its words those that are files there.
    """
    digest = hashlib.sha256(f"{want.kind}\n{want.what}\n{want.detail}\n".encode())
    if want.kind == "command":
        digest.update(f"{(folder or Path()).resolve()}\n".encode())
        return _with(_named(want.what, folder or Path()), digest)
    place = code_of(want.what, folder) if want.kind == "python" else None
    if place is None:
        return None
    return _with(_sources(place.parent if place.is_file() else place), digest)


def _with(paths: Iterator[Path], digest: hashlib._Hash) -> str | None:
    size = 0
    try:
        for count, path in enumerate(paths, start=1):
            size += path.stat().st_size
            if count > _MOST_FILES or size > _MOST_BYTES:
                return None
            digest.update(f"{path}\n{path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    except (OSError, _UnclearError):
        return None
    return digest.hexdigest()


def code_of(module: str, folder: Path | None) -> Path | None:
    """The file or folder of the module's package; None where it is not clear which, or it is no code on disk."""
    top = module.partition(".")[0]
    known, own = known_place(top), place_beside(top, folder)
    if known is not None and own is not None and known != own:
        return None
    place = known or own
    return place if place is not None and place.exists() else None


class _UnclearError(Exception):
    """It cannot be told what a yes would be for."""


def _named(command: str, folder: Path) -> Iterator[Path]:
    """The files that came with the team and that the command names, such as a script."""
    for word in shlex.split(command):
        path = (folder / word).resolve()
        if path.is_relative_to(folder.resolve()) and path.is_file():
            yield path


def _sources(folder: Path) -> Iterator[Path]:
    """All that Python could run from below the folder, whatever it is compiled to.

    What Python itself keeps of sources in `__pycache__` does not count: modules beside a team file are never loaded
    from there.
    """
    for place, folders, names in os.walk(folder):
        folders.sort()
        if any(name.isidentifier() and Path(place, name).is_symlink() for name in folders):
            raise _UnclearError  # what lies behind the link may change, and be imported
        if Path(place).name == "__pycache__":
            continue
        yield from (Path(place, name) for name in sorted(names) if name.endswith(_CODE))


class RememberedYes:
    """The file with what was said yes to; a file that cannot be read or written remembers nothing."""

    def __init__(self, state: Path | None) -> None:
        self._file = None if state is None else state / "consents.json"

    def has(self, print_: str) -> bool:
        """Whether this very thing was said yes to."""
        return print_ in self._kept()

    def is_empty(self) -> bool:
        """Whether there was never a yes."""
        return not self._kept()

    def keep(self, print_: str, want: Want) -> bool:
        """Remember a yes; whether that could be done."""
        if self._file is None:
            return False
        day = dt.datetime.now(dt.UTC).date().isoformat()
        kept = dict(list(self._kept().items())[-_MOST_KEPT + 1 :])
        kept[print_] = {"kind": want.kind, "what": want.what, "day": day}
        draft = self._file.with_suffix(f".{os.getpid()}.tmp")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump({"version": 1, "yes": kept}, file, indent=2)
            draft.replace(self._file)
        except OSError:
            return False
        return True

    def _kept(self) -> dict[str, Json]:
        if self._file is None:
            return {}
        try:
            read = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        kept = read.get("yes") if isinstance(read, dict) and read.get("version") == 1 else None
        return kept if isinstance(kept, dict) else {}
