"""What servers said of their tools when they were first accepted: remembered, so that a change is seen.

A server can say one thing on the day that somebody looks at it, and give the model other orders a week later. One
file a server, in the state folder, for this user alone; it holds hashes and names, no description and no credential.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from agents_sahara.tools.mcp.offers import Offer
from agents_sahara.tools.mcp.process import Command
from agents_sahara.tools.mcp.server import Way

_LOGGER = logging.getLogger("agents_sahara.mcp")
_VERSION = 1


def identity(way: Way) -> str:
    """What a server is known by: its address, or its command, where that runs and the variables it gets."""
    if isinstance(way, Command):
        folder = str((way.folder or Path()).absolute())
        said: list[object] = ["command", list(way.words), sorted(way.variables), folder]
    else:
        said = ["url", way.url]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Changes:
    """What a server says now and did not say before."""

    altered: tuple[str, ...] = ()
    """Tools of which it says other things."""
    added: tuple[str, ...] = ()
    """Tools that it did not have."""

    def __bool__(self) -> bool:
        return bool(self.altered or self.added)

    def __str__(self) -> str:
        parts = [("it says other things of ", self.altered), ("it has the new ", self.added)]
        return ", and ".join(said + ", ".join(map(repr, names)) for said, names in parts if names)


def changes(known: Mapping[str, str], offers: Iterable[Offer], named: Iterable[str]) -> Changes:
    """What differs from `known`; a new tool in `named` is no change, as the file asks for it by its name."""
    asked, offers = frozenset(named), tuple(offers)
    altered = (one.name for one in offers if known.get(one.name, one.digest) != one.digest)
    added = (one.name for one in offers if one.name not in known and one.name not in asked)
    return Changes(tuple(altered), tuple(added))


class Pins:
    """The state folder's part for this; None remembers nothing beyond this process."""

    def __init__(self, state: Path | None) -> None:
        self._folder = None if state is None else state / "mcp"
        self._seen: dict[str, dict[str, str]] = {}

    def known(self, way: Way) -> dict[str, str] | None:
        """The hashes of a server's tools by name; None where it was never seen, or what was kept cannot be read."""
        name = identity(way)
        if name in self._seen:
            return dict(self._seen[name])
        found = None if self._folder is None else _read(self._folder / f"{name}.json")
        if found is not None:
            self._seen[name] = found
        return None if found is None else dict(found)

    def keep(self, way: Way, offers: Iterable[Offer]) -> None:
        """Remember what the server says now of these tools, beside those that were known."""
        name = identity(way)
        tools = (self.known(way) or {}) | {offer.name: offer.digest for offer in offers}
        if tools == self._seen.get(name):
            return
        self._seen[name] = tools
        if self._folder is None:
            return
        try:
            _write(self._folder, f"{name}.json", {"version": _VERSION, "tools": tools})
        except OSError as problem:
            reason = problem.strerror or problem
            _LOGGER.warning("what a server says of its tools is not remembered: %s: %s", self._folder, reason)


def _read(file: Path) -> dict[str, str] | None:
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        tools = said["tools"] if said["version"] == _VERSION else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    is_good = isinstance(tools, dict) and all(isinstance(digest, str) for digest in tools.values())
    return tools if is_good else None


def _write(folder: Path, name: str, said: object) -> None:
    """The whole file or nothing of it, whoever else writes the same."""
    folder.parent.parent.mkdir(parents=True, exist_ok=True)
    for part in (folder.parent, folder):
        part.mkdir(mode=0o700, exist_ok=True)
    with NamedTemporaryFile("w", dir=folder, suffix=".new", delete=False, encoding="utf-8") as file:
        json.dump(said, file, indent=1, sort_keys=True)
    Path(file.name).replace(folder / name)
