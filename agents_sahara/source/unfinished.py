"""Lists and mappings whose end has not been read yet.

A mapping takes keys and values by turns and judges its keys; knows nothing of events.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable
from typing import Final, TypeAlias

from agents_sahara.diagnostics.finding import Place
from agents_sahara.source.nodes import Key, Mapping, Node, Scalar, Sequence
from agents_sahara.source.text import Lines

_MOST_REPEATS: Final = 10
"""Places that are listed for one repeated key."""
_TEMPLATE_MEND: Final = "if this is a template such as {{ name }}, put the whole text in quotes"
_MERGE_MEND: Final = "write the keys out, or use `defaults`"


Find: TypeAlias = Callable[[str, Place, str, str], None]
"""Adds a finding: rule, place, message, mend."""


class UnfinishedSequence:
    """A list that grows."""

    __slots__ = ("_items", "add", "anchor", "start")
    expects_key: Final = False
    """Whether the next node is a key."""

    def __init__(self, anchor: str | None, start: int) -> None:
        self.anchor, self.start = anchor, start
        self._items: list[Node] = []
        self.add: Final = self._items.append
        """Take the next item."""

    def close(self, lines: Lines, at: int) -> Node:
        """The finished list."""
        return Sequence(lines, at, tuple(self._items))


class UnfinishedMapping:
    """A mapping that grows; entries whose key was refused are left out, of equal keys the first is kept."""

    __slots__ = ("_find", "_key", "_keys", "_name", "_repeats", "_values", "anchor", "expects_key", "start")

    def __init__(self, anchor: str | None, start: int, find: Find) -> None:
        self.anchor, self.start = anchor, start
        self.expects_key = True
        """Whether the next node is a key."""
        self._values: dict[str, Node] = {}
        self._keys: list[Key] = []
        self._repeats: dict[str, list[Key]] = {}
        self._name: str | None = None
        """The key that waits for its value, as it is compared; None where it was refused."""
        self._key: Key = 0
        self._find = find

    def name(self, name: str, at: int) -> None:
        """Take the next key, which is plain ASCII and no merge key."""
        self._name, self._key, self.expects_key = name, at, False

    def add(self, node: Node) -> None:
        """Take the next key or value."""
        if self.expects_key:
            key = self._legal_key(node)
            self._name = None if key is None else unicodedata.normalize("NFC", key.text)
            self._key = 0 if key is None else key
            self.expects_key = False
            return
        self.expects_key = True
        name = self._name
        if name is None:
            return
        if name in self._values:
            self._repeats.setdefault(name, []).append(self._key)
            return
        self._values[sys.intern(name)] = node
        self._keys.append(self._key)

    def close(self, lines: Lines, at: int) -> Node:
        """The finished mapping; reports repeated keys at each of their places."""
        made = Mapping(lines, at, self._values, tuple(self._keys))
        for name, repeats in self._repeats.items():
            keys = [made.entries[name].key, *(made.key(name, key) for key in repeats)]
            shown = ", ".join(str(key.place.line) for key in keys[:_MOST_REPEATS])
            message = f"the key {keys[0].text!r} stands {len(keys)} times in one mapping (lines {shown})"
            for key in keys[:_MOST_REPEATS]:
                self._find("duplicate-key", key.place, message, "keep one and delete the others")
        return made

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
