"""The tree of a YAML text: scalars, sequences and mappings, each with its place.

Plain values and where they stand; knows nothing of parsing or of what the keys mean. A large team has some 150,000
values, and a good one never asks where they stand: a stretch is one number until somebody asks for its place, and
a key is one number until somebody asks for its node.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, TypeAlias

from agents_sahara.diagnostics.finding import Place
from agents_sahara.source.text import Lines, start_of

Value: TypeAlias = "str | int | float | bool | None"
"""What a scalar can hold."""


class Spot:
    """A stretch of a text."""

    __slots__ = ("_at", "_lines")

    def __init__(self, lines: Lines, at: int) -> None:
        self._lines = lines
        self._at = at

    @property
    def place(self) -> Place:
        """Where the node stands, from its first character to just behind its last."""
        return self._lines.place(self._at)

    @property
    def start(self) -> int:
        """The index of its first character in its text."""
        return start_of(self._at)

    @property
    def file(self) -> str:
        """What findings call the text that it stands in."""
        return self._lines.file


class Scalar(Spot):
    """A single value."""

    __slots__ = ("text", "value")

    def __init__(self, lines: Lines, at: int, value: Value, text: str) -> None:
        self._lines = lines
        self._at = at
        self.value: Final = value
        self.text: Final = text
        """As written, without quotes and with escapes resolved: `1.10` where the value is 1.1."""

    @property
    def is_quoted(self) -> bool:
        """Whether it was written in quotes or as a block, and so can only be a string."""
        return bool(self._at & 1)

    def __repr__(self) -> str:
        return f"Scalar({self.value!r})"


class Sequence(Spot):
    """A list of nodes."""

    __slots__ = ("items",)

    def __init__(self, lines: Lines, at: int, items: tuple[Node, ...]) -> None:
        self._lines = lines
        self._at = at
        self.items: Final = items

    def __repr__(self) -> str:
        return f"Sequence({self.items!r})"


class Entry(NamedTuple):
    """One key of a mapping and what stands behind it."""

    key: Scalar
    value: Node


Key: TypeAlias = "int | Scalar"
"""A key of a mapping: the stretch of one that is written as it is compared, else its node."""


class Mapping(Spot):
    """Nodes by key, in the order of the file."""

    __slots__ = ("_entries", "_keys", "values")

    def __init__(self, lines: Lines, at: int, values: dict[str, Node], keys: tuple[Key, ...]) -> None:
        self._lines = lines
        self._at = at
        self.values: Final = values
        """By key after Unicode normalisation (NFC)."""
        self._keys = keys
        self._entries: dict[str, Entry] | None = None

    @property
    def entries(self) -> dict[str, Entry]:
        """The values with their keys as written; made when they are first asked for."""
        if self._entries is None:
            self._entries = {name: Entry(self.key(name, key), value) for name, key, value in self.parts()}
        return self._entries

    def parts(self) -> Iterator[tuple[str, Key, Node]]:
        """Each name with its key, of which `key` makes a node, and its value."""
        return zip(self.values, self._keys, self.values.values(), strict=True)

    def key(self, name: str, key: Key) -> Scalar:
        """The node of a key that `parts` gave."""
        return key if isinstance(key, Scalar) else Scalar(self._lines, key, name, name)

    def get(self, name: str) -> Node | None:
        """The node behind `name`, if the mapping has it."""
        return self.values.get(name)

    def holding(self, entries: dict[str, Entry]) -> Mapping:
        """Other entries in the place of this mapping."""
        values = {name: entry.value for name, entry in entries.items()}
        return Mapping(self._lines, self._at, values, tuple(entry.key for entry in entries.values()))

    def __repr__(self) -> str:
        return f"Mapping({self.values!r})"


Node: TypeAlias = "Scalar | Sequence | Mapping"
"""Any node of the tree."""


def children(node: Node) -> Iterable[Node]:
    """The nodes right below; of a mapping its keys too."""
    if isinstance(node, Sequence):
        return node.items
    if isinstance(node, Mapping):
        return (part for entry in node.entries.values() for part in entry)
    return ()
