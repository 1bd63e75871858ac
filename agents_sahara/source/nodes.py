"""The tree of a YAML text: scalars, sequences and mappings, each with its place.

Plain values and where they stand; knows nothing of parsing or of what the keys mean.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias

from agents_sahara.diagnostics.finding import Place

Value: TypeAlias = "str | int | float | bool | None"
"""What a scalar can hold."""

Span: TypeAlias = tuple[str, int, int, int, int]
"""The fields of a `Place`: file, line, column, end line, end column."""


class _Node:
    """A stretch of a file. Places are made on demand: a large team has some 200,000 nodes."""

    __slots__ = ("_span",)
    _span: Span

    @property
    def place(self) -> Place:
        """Where the node stands, from its first character to just behind its last."""
        return Place(*self._span)


class Scalar(_Node):
    """A single value."""

    __slots__ = ("is_quoted", "text", "value")

    def __init__(self, value: Value, text: str, is_quoted: bool, span: Span) -> None:
        self._span = span
        self.value: Final = value
        self.text: Final = text
        """As written, without quotes and with escapes resolved: `1.10` where the value is 1.1."""
        self.is_quoted: Final = is_quoted
        """Whether it was written in quotes or as a block, and so can only be a string."""

    def __repr__(self) -> str:
        return f"Scalar({self.value!r})"


class Sequence(_Node):
    """A list of nodes."""

    __slots__ = ("items",)

    def __init__(self, items: tuple[Node, ...], span: Span) -> None:
        self._span = span
        self.items: Final = items

    def __repr__(self) -> str:
        return f"Sequence({self.items!r})"


class Entry(NamedTuple):
    """One key of a mapping and what stands behind it."""

    key: Scalar
    value: Node


class Mapping(_Node):
    """Nodes by key, in the order of the file."""

    __slots__ = ("entries",)

    def __init__(self, entries: dict[str, Entry], span: Span) -> None:
        self._span = span
        self.entries: Final = entries
        """By key after Unicode normalisation (NFC); `Entry.key` has the key as written."""

    def get(self, name: str) -> Node | None:
        """The node behind `name`, if the mapping has it."""
        entry = self.entries.get(name)
        return None if entry is None else entry.value

    def __repr__(self) -> str:
        return f"Mapping({ {name: entry.value for name, entry in self.entries.items()}!r})"


Node: TypeAlias = "Scalar | Sequence | Mapping"
"""Any node of the tree."""


def children(node: Node) -> Iterable[Node]:
    """The nodes right below; of a mapping its keys too."""
    if isinstance(node, Sequence):
        return node.items
    if isinstance(node, Mapping):
        return (part for entry in node.entries.values() for part in entry)
    return ()
