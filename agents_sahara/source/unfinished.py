"""Lists and mappings whose end has not been read yet.

A mapping takes keys and values by turns and judges its keys; knows nothing of events.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable
from typing import Final, TypeAlias

from agents_sahara.source.nodes import Entry, Mapping, Node, Scalar, Sequence, Span

_MOST_REPEATS: Final = 10
"""Places that are listed for one repeated key."""
_TEMPLATE_MEND: Final = "if this is a template such as {{ name }}, put the whole text in quotes"
_MERGE_MEND: Final = "write the keys out, or use `defaults`"


Find: TypeAlias = Callable[[str, Span, str, str], None]
"""Adds a finding: rule, span, message, mend."""


class UnfinishedSequence:
    """A list that grows."""

    __slots__ = ("_items", "anchor", "column", "line")
    expects_key: Final = False

    def __init__(self, anchor: str | None, line: int, column: int) -> None:
        self.anchor, self.line, self.column = anchor, line, column
        self._items: list[Node] = []

    def add(self, node: Node) -> None:
        """Take the next item."""
        self._items.append(node)

    def close(self, span: Span) -> Node:
        """The finished list."""
        return Sequence(tuple(self._items), span)


class UnfinishedMapping:
    """A mapping that grows; entries whose key was refused are left out, of equal keys the first is kept."""

    __slots__ = ("_entries", "_find", "_key", "_repeats", "anchor", "column", "expects_key", "line")

    def __init__(self, anchor: str | None, line: int, column: int, find: Find) -> None:
        self.anchor, self.line, self.column = anchor, line, column
        self.expects_key = True
        """Whether the next node is a key."""
        self._entries: dict[str, Entry] = {}
        self._repeats: dict[str, list[Scalar]] = {}
        self._key: Scalar | None = None
        self._find = find

    def add(self, node: Node) -> None:
        """Take the next key or value."""
        if self.expects_key:
            self._key = self._legal_key(node)
        elif self._key is not None:
            self._put(self._key, node)
        self.expects_key = not self.expects_key

    def close(self, span: Span) -> Node:
        """The finished mapping; reports repeated keys at each of their places."""
        for keys in self._repeats.values():
            lines = ", ".join(str(key.place.line) for key in keys[:_MOST_REPEATS])
            message = f"the key {keys[0].text!r} stands {len(keys)} times in one mapping (lines {lines})"
            for key in keys[:_MOST_REPEATS]:
                self._find("duplicate-key", key.place, message, "keep one and delete the others")
        return Mapping(self._entries, span)

    def _put(self, key: Scalar, value: Node) -> None:
        name = key.text if key.text.isascii() else unicodedata.normalize("NFC", key.text)
        if name in self._entries:
            self._repeats.setdefault(name, [self._entries[name].key]).append(key)
        else:
            self._entries[sys.intern(name)] = Entry(key, value)

    def _legal_key(self, node: Node) -> Scalar | None:
        if not isinstance(node, Scalar):
            what = "list" if isinstance(node, Sequence) else "mapping"
            self._find("non-string-key", node.place, f"a {what} cannot be a key", _TEMPLATE_MEND)
            return None
        if node.text == "<<" and not node.is_quoted:
            self._find("merge-key", node.place, "the merge key '<<' is not supported", _MERGE_MEND)
            return None
        if not isinstance(node.value, str):
            self._refuse_key(node)
        return node

    def _refuse_key(self, node: Scalar) -> None:
        if node.text:
            message = f"the key {node.text} is {_kind(node)}, and keys are strings"
            self._find("non-string-key", node.place, message, f'put it in quotes: "{node.text}"')
        else:
            self._find("non-string-key", node.place, "a key is missing before ':'", "write the key")


def _kind(node: Scalar) -> str:
    if node.value is None:
        return "null"
    return "a boolean" if isinstance(node.value, bool) else "a number"


Unfinished: TypeAlias = UnfinishedSequence | UnfinishedMapping
