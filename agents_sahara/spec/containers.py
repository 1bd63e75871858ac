"""Lists, maps and records of shapes, and a value that may be of one kind or another.

Each reads all of its parts even when some are wrong, so that every mistake is reported at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from itertools import pairwise
from typing import Generic, NamedTuple, Protocol, TypeVar

from agents_sahara.diagnostics.suggest import did_you_mean, edits, nearest
from agents_sahara.source import nodes
from agents_sahara.spec.shapes import Drawing, Drawn, Reading, Shape, Text, described, label, refuse_type
from agents_sahara.types import Json

T = TypeVar("T")


class KeyRule(Protocol):
    """What the keys of a map may be."""

    @property
    def pattern(self) -> str:
        """What draft-07 can say of it; `problem` may be stricter."""
        ...

    def problem(self, key: str) -> tuple[str, str, str] | None:
        """Rule, message and mend for a key that is refused."""
        ...


class ListOf(Generic[T]):
    """A list whose items have one shape."""

    def __init__(self, item: Shape[T], *, least: int = 0, most: int = 0, noun: str = "a list") -> None:
        self.noun = noun
        self._item = item
        self._least = least
        self._most = most

    def read(self, node: nodes.Node, owner: nodes.Scalar | None, reading: Reading) -> tuple[T, ...] | None:
        """The items that could be read; a list replaces another one, so its items are never partial."""
        if not isinstance(node, nodes.Sequence):
            refuse_type(node, owner, self.noun, reading)
            return None
        count = len(node.items)
        if count < self._least:
            message, mend = f"{label(owner)} is empty", "list something, or remove the key"
            reading.report.add("empty-list", node.place, message, mend=mend)
        if self._most and count > self._most:
            message = f"{label(owner)} has {count} items; at most {self._most} are allowed"
            reading.report.add("too-many", node.place, message, mend="remove some")
        whole = reading.whole()
        read = (self._item.read(item, owner, whole) for item in node.items)
        return tuple(item for item in read if item is not None)

    def draw(self, drawing: Drawing) -> Drawn:
        """An array."""
        drawn: Drawn = {"type": "array", "items": self._item.draw(drawing.whole())}
        if self._least:
            drawn["minItems"] = self._least
        if self._most:
            drawn["maxItems"] = self._most
        return drawn


class MapOf(Generic[T]):
    """A map whose keys the user chooses and whose values have one shape."""

    noun = "a map"

    def __init__(
        self,
        value: Shape[T],
        keys: KeyRule | None = None,
        *,
        least: int = 0,
        most: int = 0,
        refused: Mapping[str, str] | None = None,
    ) -> None:
        self._value = value
        self._keys = keys
        self._least = least
        self._most = most
        self._refused = refused or {}

    def read(self, node: nodes.Node, owner: nodes.Scalar | None, reading: Reading) -> dict[str, T] | None:
        """The entries that could be read, by key after NFC."""
        if not isinstance(node, nodes.Mapping):
            refuse_type(node, owner, self.noun, reading)
            return None
        count = len(node.values)
        if count < self._least and not reading.is_partial:
            place = node.place if owner is None else owner.place
            reading.report.add("empty-map", place, f"{label(owner)} is empty", mend="define at least one")
        if self._most and count > self._most:
            message = f"{label(owner)} has {count} entries; at most {self._most} are allowed"
            reading.report.add("too-many", node.place, message, mend="remove some")
        return self._entries(node, reading)

    def _entries(self, node: nodes.Mapping, reading: Reading) -> dict[str, T]:
        entries = {}
        for name, key, value in node.parts():
            owner = node.key(name, key)
            self._judge(owner, reading)
            read = self._value.read(value, owner, reading)
            if read is not None:
                entries[name] = read
        return entries

    def _judge(self, key: nodes.Scalar, reading: Reading) -> None:
        reason = self._refused.get(key.text)
        if reason is not None:
            message = f"{key.text!r} cannot be set here: {reason}"
            reading.report.add("refused-setting", key.place, message, mend="remove it")
            return
        problem = self._keys.problem(key.text) if self._keys else None
        if problem is not None:
            rule, message, mend = problem
            reading.report.add(rule, key.place, message, mend=mend)

    def draw(self, drawing: Drawing) -> Drawn:
        """An object with rules for its names."""
        drawn: Drawn = {"type": "object", "additionalProperties": self._value.draw(drawing)}
        if self._keys:
            drawn["propertyNames"] = {"pattern": self._keys.pattern}
        if self._refused:
            drawn["propertyNames"] = {"not": {"enum": sorted(self._refused)}}
        if self._least and not drawing.is_partial:
            drawn["minProperties"] = self._least
        if self._most:
            drawn["maxProperties"] = self._most
        return drawn


@dataclass(frozen=True, slots=True)
class LongKey:
    """Keys of any characters, up to a length."""

    most: int

    @property
    def pattern(self) -> str:
        """What draft-07 can say of it."""
        return rf"^[\s\S]{{1,{self.most}}}$(?!\n)"

    def problem(self, key: str) -> tuple[str, str, str] | None:
        """Rule, message and mend for a key that is refused."""
        if re.search(self.pattern, key):
            return None
        return "bad-key", f"a key of {len(key)} characters", f"use 1 to {self.most} characters"


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a record."""

    name: str
    shape: Shape[object]
    doc: str
    """One sentence for the schema and for docs/reference/TEAM_FILE.md."""
    required: bool = False
    default: Json = None
    """What holds where the key is missing, for the schema only."""
    plain: Callable[[nodes.Node], object] | None = dataclass_field(init=False, repr=False)
    """Gives a value that needs neither its key nor a finding, so that most keys never become nodes."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "plain", self.shape.plain if isinstance(self.shape, Text) else None)


class Apart(NamedTuple):
    """Two keys of a record that exclude each other."""

    first: str
    second: str
    mend: str = ""
    """What to do about `second`, where keeping one of the two does not say it all."""


class Record(Generic[T]):
    """A map with fixed keys, read into `make(node=..., owner=..., **values)`.

    `later` are keys of the format that this version does not have, `refused` keys that it never will, each with
    the reason. Of `one_of` exactly one key must stand; the keys of a pair in `apart` exclude each other; a key of
    `needs` cannot stand without the other. `item` is what a message calls one of a list, where the key before the
    list would not say which is meant.
    """

    def __init__(
        self,
        name: str,
        make: Callable[..., T],
        fields: tuple[Field, ...],
        *,
        later: tuple[str, ...] = (),
        refused: Mapping[str, str] | None = None,
        one_of: tuple[str, ...] = (),
        apart: tuple[Apart, ...] = (),
        needs: Mapping[str, str] | None = None,
        noun: str = "a map",
        item: str = "",
    ) -> None:
        self.noun = noun
        self._item = item
        self.name = name
        self.fields = {field.name: field for field in fields}
        self.later = later
        self.refused = refused or {}
        self._make = make
        self._one_of = one_of
        self._required = tuple(field.name for field in fields if field.required)
        self._needs = needs or {}
        said = {frozenset(pair[:2]) for pair in apart}
        pairs = (Apart(*pair) for pair in pairwise(one_of))
        self._apart = (*apart, *(pair for pair in pairs if frozenset(pair[:2]) not in said))

    def read(self, node: nodes.Node, owner: nodes.Scalar | None, reading: Reading) -> T | None:
        """The record; a key that is missing or wrong gives None there, never a lost record."""
        if not isinstance(node, nodes.Mapping):
            refuse_type(node, owner, self.noun, reading, title=self._item)
            return None
        values: dict[str, object] = {}
        slips: set[str] = set()
        for name, key, value in node.parts():
            field = self.fields.get(name)
            if field is None:
                slips.add(self._refuse_key(node.key(name, key), owner, reading))
                continue
            plain = field.plain(value) if field.plain is not None else None
            if plain is None:
                plain = field.shape.read(value, node.key(name, key), reading)
            values[name] = plain
        if not reading.is_partial:
            self._require(node, slips, owner, reading)
        self._keep_apart(node, reading)
        if slips:
            values["slips"] = frozenset(slips)
        return self._make(node=node, owner=owner, **values)

    def _refuse_key(self, key: nodes.Scalar, owner: nodes.Scalar | None, reading: Reading) -> str:
        """Report the key; the result is the key that was meant, where that can be guessed."""
        word = key.text
        if reading.is_judged(key):
            return word
        where = f"in {label(owner)}" if owner else "at the top of the team file"
        if word in self.later:
            message = f"{word!r} is part of the format but not supported yet by this version"
            reading.report.add("not-supported-yet", key.place, message, mend="remove it for now")
            return word
        if word in self.refused:
            message = f"{word!r} is refused {where}: {self.refused[word]}"
            meant = nearest(word, self.fields)
            mend = did_you_mean(word, self.fields, what="keys") if meant else "remove it"
            reading.report.add("refused-setting", key.place, message, mend=mend)
            return meant or word
        message = f"unknown key {word!r} {where}"
        reading.report.add("unknown-key", key.place, message, mend=self._suggestion(word))
        return nearest(word, self.fields) or word

    def _inner(self, word: str) -> str | None:
        """`word` where it is a key of one of the records inside this one, written as it must stand there."""
        for name, field in self.fields.items():
            inner = field.shape.fields if isinstance(field.shape, Record) else {}
            meant = word if word in inner else nearest(word, inner)
            if meant:
                return f"`{name}: {{{meant}: ...}}`"
        return None

    def _suggestion(self, word: str) -> str:
        if nearest(word, self.fields) is None:
            later = [name for name in self.later if edits(word, name, most=1) == 1]
            if len(later) == 1:
                return f"did you mean {later[0]!r}? It is not supported yet by this version"
            if inner := self._inner(word):
                return f"did you mean {inner}? {did_you_mean(word, self.fields, what='keys')}"
        return did_you_mean(word, self.fields, what="keys")

    def _require(
        self, node: nodes.Mapping, slips: set[str], owner: nodes.Scalar | None, reading: Reading
    ) -> None:
        needed = [other for name, other in self._needs.items() if name in node.values]
        missing = [
            name for name in (*self._required, *needed) if name not in node.values and name not in slips
        ]
        if not missing and not self._one_of:
            return
        place = node.place if owner is None or self._item else owner.place
        title = self._item or label(owner)
        for name in missing:
            message = f"{title} has no {name!r}"
            mend = f"add `{name}:`. {self.fields[name].doc}"
            reading.report.add("missing-key", place, message, mend=mend)
        if self._one_of and slips.union(node.values).isdisjoint(self._one_of):
            message = f"{title} has neither {' nor '.join(map(repr, self._one_of))}"
            mend = " or ".join(f"`{name}:` {self.fields[name].doc}" for name in self._one_of)
            reading.report.add("missing-key", place, message, mend=f"add {mend}")

    def _keep_apart(self, node: nodes.Mapping, reading: Reading) -> None:
        for first, second, mend in self._apart:
            if first in node.values and second in node.values:
                message = f"{second!r} cannot stand beside {first!r}"
                both = f"{self.fields[first].doc} {self.fields[second].doc}"
                mend = mend or f"keep one of the two: {both}"
                place = node.entries[second].key.place
                reading.report.add("keys-exclude-each-other", place, message, mend=mend)

    def draw(self, drawing: Drawing) -> Drawn:
        """A reference; the object itself goes to the definitions, once complete and once partial."""
        name = f"{self.name}_layer" if drawing.is_partial else self.name
        if name not in drawing.definitions:
            drawing.definitions[name] = {}
            drawing.definitions[name] = self.draw_object(drawing)
        return {"$ref": f"#/definitions/{name}"}

    def draw_object(self, drawing: Drawing) -> Drawn:
        """The object itself."""
        properties = {
            name: described(field.shape.draw(drawing), field.doc, field.default)
            for name, field in self.fields.items()
        }
        drawn: Drawn = {"type": "object", "additionalProperties": False, "properties": properties}
        required = list(self._required)
        if required and not drawing.is_partial:
            drawn["required"] = required
        if self._one_of and not drawing.is_partial:
            drawn["anyOf"] = [{"required": [name]} for name in self._one_of]
        if self._needs and not drawing.is_partial:
            drawn["dependencies"] = {name: [other] for name, other in self._needs.items()}
        if self._apart:
            drawn["allOf"] = [{"not": {"required": list(pair[:2])}} for pair in self._apart]
        return drawn


class Either(Generic[T]):
    """One shape where a single value stands, another where a list or map does."""

    def __init__(self, single: Shape[T], other: Shape[T]) -> None:
        self.noun = f"{single.noun} or {other.noun}"
        self._single = single
        self._other = other

    def read(self, node: nodes.Node, owner: nodes.Scalar | None, reading: Reading) -> T | None:
        """The value, by the shape for its kind of node."""
        if isinstance(node, nodes.Mapping if self._other.noun.startswith("a map") else nodes.Sequence):
            return self._other.read(node, owner, reading)
        if isinstance(node, nodes.Scalar) and isinstance(node.value, str):
            return self._single.read(node, owner, reading)
        refuse_type(node, owner, self.noun, reading)
        return None

    def draw(self, drawing: Drawing) -> Drawn:
        """Any of the two."""
        return {"anyOf": [self._single.draw(drawing), self._other.draw(drawing)]}
