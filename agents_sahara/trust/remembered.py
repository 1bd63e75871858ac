"""What a person at a terminal has said yes to, as long as it does not change: kept in the state folder.

A yes is kept under a hash of the code or of the command that it was said to; whatever changes, asks again. Only
digests and names are written.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

from agents_sahara.trust.places import known_place, place_beside
from agents_sahara.trust.wants import Want
from agents_sahara.types import Json

_MOST_FILES = 1000
_MOST_BYTES = 16 * 1024 * 1024
_MOST_KEPT = 10_000


def fingerprint(want: Want, folder: Path | None) -> str | None:
    """A hash of all that a yes to `want` would be for; None where it cannot be told.

    For a module that is all Python below its folder: what it may import beside itself counts too.
    """
    digest = hashlib.sha256(f"{want.kind}\n{want.what}\n{want.detail}\n".encode())
    if want.kind == "command":
        return digest.hexdigest()
    if want.kind != "python":
        return None
    place = code_of(want.what, folder)
    if place is None:
        return None
    try:
        for path in _sources(place.parent if place.is_file() else place):
            digest.update(f"{path}\n{path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    except (OSError, _TooMuchError):
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


class _TooMuchError(Exception):
    """More code than a yes can be for."""


def _sources(folder: Path) -> Iterator[Path]:
    size = 0
    for count, path in enumerate(sorted(folder.rglob("*.py")), start=1):
        size += path.stat().st_size
        if count > _MOST_FILES or size > _MOST_BYTES:
            raise _TooMuchError
        yield path


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
