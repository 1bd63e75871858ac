"""What servers said of their tools when they were first accepted: remembered, so that a change is seen.

A server can say one thing on the day that somebody looks at it, and give the model other orders a week later. One
file a server, in the state folder, for this user alone; it holds names, hashes and the beginnings of descriptions,
and no credential.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, NamedTuple

from agents_sahara.tools.mcp.offers import Offer
from agents_sahara.tools.mcp.process import Command
from agents_sahara.tools.mcp.server import Way
from agents_sahara.types import ToolChange

_LOGGER = logging.getLogger("agents_sahara.mcp")
_VERSION = 2
_MOST_WORDS = 500
"""Characters that are kept of what is said of a tool, to be shown when it is another."""


def identity(way: Way) -> str:
    """What a server is known by: its address, or its command, where that runs and the variables it gets."""
    if isinstance(way, Command):
        folder = str((way.folder or Path()).absolute())
        said: list[object] = ["command", list(way.words), sorted(way.variables), folder]
    else:
        said = ["url", way.url]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


class Said(NamedTuple):
    """What is remembered of one tool."""

    digest: str
    words: str = ""
    """The beginning of what a model reads of it; empty where it is not known."""


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


def changes(known: Mapping[str, Said], offers: Iterable[Offer], named: Iterable[str]) -> Changes:
    """What differs from `known`; a new tool in `named` is no change, as the file asks for it by its name."""
    asked, offers = frozenset(named), tuple(offers)
    altered = (one.name for one in offers if one.name in known and known[one.name].digest != one.digest)
    added = (one.name for one in offers if one.name not in known and one.name not in asked)
    return Changes(tuple(altered), tuple(added))


def told(
    known: Mapping[str, Said], offers: Iterable[Offer], all_names: Collection[str]
) -> tuple[ToolChange, ...]:
    """What a person has to know to accept it: of each tool that is new, other, or not among `all_names` any more."""
    offers = tuple(offers)
    altered = (
        ToolChange(one.name, known[one.name].words, words(one))
        for one in offers
        if one.name in known and known[one.name].digest != one.digest
    )
    added = (ToolChange(one.name, None, words(one)) for one in offers if one.name not in known)
    gone = (ToolChange(name, said.words, None) for name, said in known.items() if name not in all_names)
    return (*altered, *added, *gone)


def words(offer: Offer) -> str:
    """What a model reads of a tool, on one line: its description, the names and kinds of its arguments."""
    named = offer.schema.get("properties")
    arguments = named.items() if isinstance(named, Mapping) else ()
    takes = ", ".join(f"{name}: {_kind(schema)}" for name, schema in arguments)
    return f"{' '.join(offer.description.split())} ({takes})".strip()


def _kind(schema: object) -> str:
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    return kind if isinstance(kind, str) else "any"


class Pins:
    """The state folder's part for this; None remembers nothing beyond this process."""

    def __init__(self, state: Path | None, *, is_kept: bool = True) -> None:
        """With `is_kept` false what is accepted is known to this object alone."""
        self._is_kept = is_kept
        self._folder = None if state is None else state / "mcp"
        self._seen: dict[str, dict[str, Said]] = {}

    def known(self, way: Way) -> dict[str, Said] | None:
        """What a server's tools were, by name; None where it was never seen, or what was kept cannot be read."""
        name = identity(way)
        if name in self._seen:
            return dict(self._seen[name])
        found = None if self._folder is None else _read(self._folder / f"{name}.json")
        if found is not None:
            self._seen[name] = found
        return None if found is None else dict(found)

    def was_kept(self, way: Way) -> bool:
        """Whether there is a file of the server."""
        return self._folder is not None and _read(self._folder / f"{identity(way)}.json") is not None

    def keep(self, way: Way, offers: Iterable[Offer]) -> None:
        """Remember what the server says now of these tools, beside those that were known."""
        name = identity(way)
        now = {offer.name: Said(offer.digest, words(offer)[:_MOST_WORDS]) for offer in offers}
        tools = (self.known(way) or {}) | now
        if tools == self._seen.get(name):
            return
        self._seen[name] = tools
        if self._folder is None or not self._is_kept:
            return
        try:
            kept = {tool: {"hash": said.digest, "said": said.words} for tool, said in tools.items()}
            _write(self._folder, f"{name}.json", {"version": _VERSION, "tools": kept})
        except OSError as problem:
            reason = problem.strerror or problem
            _LOGGER.warning("what a server says of its tools is not remembered: %s: %s", self._folder, reason)


def _read(file: Path) -> dict[str, Said] | None:
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        read = _READERS[kept["version"]]
        return {str(tool): read(said) for tool, said in kept["tools"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise TypeError(value)


_READERS: Mapping[int, Callable[[Any], Said]] = {
    1: lambda said: Said(_text(said)),
    _VERSION: lambda said: Said(_text(said["hash"]), _text(said["said"])),
}
"""What is kept of a tool, by the version of the file."""


def _write(folder: Path, name: str, said: object) -> None:
    """The whole file or nothing of it, whoever else writes the same."""
    folder.parent.parent.mkdir(parents=True, exist_ok=True)
    for part in (folder.parent, folder):
        part.mkdir(mode=0o700, exist_ok=True)
    with NamedTemporaryFile("w", dir=folder, suffix=".new", delete=False, encoding="utf-8") as file:
        json.dump(said, file, indent=1, sort_keys=True)
    Path(file.name).replace(folder / name)
