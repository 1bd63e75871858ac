"""A JSON Schema inside a team file: read with a finding at each part that could not be used, or would mean nothing.

What passes here is a valid schema of draft 2020-12 that refers to nothing outside itself. Nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from agents_sahara.diagnostics.suggest import did_you_mean, nearest
from agents_sahara.source import nodes
from agents_sahara.source.compose import to_json
from agents_sahara.spec.schema_words import (
    ELSEWHERE,
    IN_PLACE,
    TYPES,
    complaint,
    kind_of,
    meant_type,
    pattern_problem,
    speaks_to,
    value_of,
    words,
)
from agents_sahara.spec.shapes import Drawing, Drawn, Reading, refuse_type
from agents_sahara.spec.tools.values import SchemaSpec
from agents_sahara.types import Json

MOST_DEPTH = 32
"""Schemas inside each other."""

MOST_NODES = 5_000
"""Values of one schema: each call of the agent sends it."""

RULE = "bad-schema"

_BOUNDS = (
    ("minimum", "maximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
    ("minContains", "maxContains"),
)


class JsonSchema:
    """A JSON Schema, in place or as `{file: path}`."""

    noun = "a map"

    def __init__(self, *, of_object: bool = False) -> None:
        self._of_object = of_object

    def read(self, node: nodes.Node, owner: nodes.Scalar | None, reading: Reading) -> SchemaSpec | None:
        """The schema, or the file that has it; a file is read where files are."""
        if not isinstance(node, nodes.Mapping):
            refuse_type(node, owner, "a map: a JSON Schema, or `{file: path}`", reading)
            return None
        file = named_file(node)
        if file is not None:
            return SchemaSpec(node=node, owner=owner, file=file, of_object=self._of_object)
        value = read_schema(node, "the schema", reading, of_object=self._of_object)
        return SchemaSpec(node=node, owner=owner, value=value, of_object=self._of_object)

    def draw(self, drawing: Drawing) -> Drawn:
        """An object: that it is a schema, draft-07 could say only with a schema from elsewhere."""
        return {"type": "object"}


def named_file(node: nodes.Mapping) -> str | None:
    """The path of `{file: path}`; JSON Schema has no such word, so nothing else can be meant."""
    value = node.get("file")
    is_path = len(node.entries) == 1 and isinstance(value, nodes.Scalar) and isinstance(value.value, str)
    return str(value.value) if is_path and isinstance(value, nodes.Scalar) else None


def read_schema(node: nodes.Node, title: str, reading: Reading, *, of_object: bool) -> dict[str, Json] | None:
    """The schema as JSON; None after a finding said why it cannot be used. `title` is what messages call it."""
    if not isinstance(node, nodes.Mapping):
        reading.report.add(RULE, node.place, f"{title} is no map", mend="write a JSON Schema, which is a map")
        return None
    reader = _Reader(node, title, reading)
    reader.read(of_object=of_object)
    if not reader.is_good:
        return None
    value = to_json(node)
    assert isinstance(value, dict)
    return value


class _Reader:
    """One schema under examination."""

    def __init__(self, root: nodes.Mapping, title: str, reading: Reading) -> None:
        self.is_good = True
        self._root = root
        self._title = title
        self._report = reading.report
        self._count = 0
        self._refs: dict[int, nodes.Mapping] = {}
        """By the identity of a schema with `$ref`: the schema that it refers to."""

    def read(self, *, of_object: bool) -> None:
        self._count = sum(1 for _ in _below(self._root))
        if self._count > MOST_NODES:
            self._say(self._root, f"has more than {MOST_NODES:,} values", "shorten it")
            return
        self._schema(self._root, 0, frozenset())
        if of_object and value_of(self._root.get("type") or self._root) != "object":
            self._say(
                self._root, "does not say `type: object`, and arguments are an object", "add `type: object`"
            )
        if self.is_good:
            self._find_circle()

    def _say(self, node: nodes.Node, message: str, mend: str) -> None:
        self.is_good = False
        self._report.add(RULE, node.place, f"{self._title}: {message}", mend=mend)

    def _schema(self, node: nodes.Node, depth: int, beside: frozenset[str]) -> None:
        """Judge one schema; `beside` are properties that schemas around it give the same value."""
        if isinstance(node, nodes.Scalar) and isinstance(node.value, bool):
            return
        if not isinstance(node, nodes.Mapping):
            self._say(node, "a part is no schema", "write a map with `type`, or true or false")
            return
        if depth > MOST_DEPTH:
            self._say(node, f"schemas are nested deeper than {MOST_DEPTH} levels", "use `$defs` and `$ref`")
            return
        known = beside | _names_of(node, "properties")
        for name, (key, value) in node.entries.items():
            if name != "$id" or depth > 0 or not isinstance(value_of(value), str):  # the schema's own address
                self._word(name, key, value, depth, known)
        self._judge_type(node)
        self._judge_bounds(node)
        self._judge_required(node, known)

    def _word(
        self, name: str, key: nodes.Scalar, value: nodes.Node, depth: int, known: frozenset[str]
    ) -> None:
        kind = kind_of(name)
        if kind is None:
            self._refuse_word(name, key)
        elif kind == "value":
            problem = complaint(name, value)
            if problem is not None:
                self._say(value, f"{name!r} {problem}", "correct it, or remove it")
        else:
            self._inner(name, key, value, depth, known if name in IN_PLACE else frozenset())

    def _refuse_word(self, name: str, key: nodes.Scalar) -> None:
        if name.startswith("x-"):
            return
        mend = ELSEWHERE.get(name) or did_you_mean(name, words(), what="words of JSON Schema")
        if name not in ELSEWHERE and nearest(name, words()) is None:
            mend = f"{mend}; properties of an object stand under `properties`"
        self._say(key, f"{name!r} is no word of JSON Schema that can be used here", mend)

    def _inner(
        self, name: str, key: nodes.Scalar, value: nodes.Node, depth: int, known: frozenset[str]
    ) -> None:
        kind = kind_of(name)
        if kind == "schema":
            self._schema(value, depth + 1, known)
        elif kind == "schemas":
            if not isinstance(value, nodes.Sequence) or not value.items:
                self._say(value, f"{name!r} must be a list of schemas", "list at least one")
                return
            for item in value.items:
                self._schema(item, depth + 1, known)
        elif not isinstance(value, nodes.Mapping):
            self._say(value, f"{name!r} must be a map of schemas", "write each under its name")
        else:
            self._named(name, value, depth, known)

    def _named(self, name: str, value: nodes.Mapping, depth: int, known: frozenset[str]) -> None:
        for inner, (key, schema) in value.entries.items():
            problem = pattern_problem(inner) if name == "patternProperties" else None
            if problem is not None:
                self._say(key, f"the key {inner!r} {problem}", "correct it")
            self._schema(schema, depth + 1, known)

    def _judge_type(self, node: nodes.Mapping) -> None:
        """The type is one that there is, and each other word says something about it."""
        self._judge_ref(node)
        if "type" not in node.entries:
            return
        stated = node.entries["type"].value
        items = stated.items if isinstance(stated, nodes.Sequence) else (stated,)
        types = [value_of(item) for item in items]
        for item in items:
            if value_of(item) not in TYPES:
                self._refuse_type(item)
        if not types or len(set(map(str, types))) != len(types):
            self._say(stated, "'type' has a word twice, or none", "write each type once")
        if not set(types) <= set(TYPES):
            return
        for name, (key, _) in node.entries.items():
            if kind_of(name) is not None and not _is_heard(speaks_to(name), types):
                about = " or ".join(map(str, types))
                self._say(key, f"{name!r} means nothing for the type {about}", "remove it, or correct `type`")
        self._judge_values(node, [str(kind) for kind in types])

    def _refuse_type(self, node: nodes.Node) -> None:
        value = value_of(node)
        if isinstance(node, nodes.Scalar) and value is None:
            self._say(node, "the type null is a word of its own", "write 'null', in quotes")
            return
        shown = node.text if isinstance(node, nodes.Scalar) else "a list or a map"
        meant = meant_type(shown) if isinstance(value, str) else None
        known = f"Types: {', '.join(TYPES)}"
        self._say(
            node, f"{shown!r} is no type", f"did you mean {meant!r}? {known}" if meant is not None else known
        )

    def _judge_values(self, node: nodes.Mapping, types: list[str]) -> None:
        listed = node.get("enum")
        values = listed.items if isinstance(listed, nodes.Sequence) else ()
        constant = node.get("const")
        for value in (*values, *(() if constant is None else (constant,))):
            if not any(_is_of(value, kind) for kind in types):
                shown = value.text if isinstance(value, nodes.Scalar) else "a list or a map"
                message = f"the value {shown} is not of the type {' or '.join(types)}"
                self._say(value, message, "correct it, or `type`")

    def _judge_bounds(self, node: nodes.Mapping) -> None:
        for least, most in _BOUNDS:
            low, high = (value_of(node.get(name) or node) for name in (least, most))
            if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
                message = f"{least!r} is greater than {most!r}, so no value would fit"
                self._say(node.entries[least].value, message, "correct one of the two")

    def _judge_required(self, node: nodes.Mapping, known: frozenset[str]) -> None:
        listed = node.get("required")
        is_open = any(
            name in node.entries for name in ("patternProperties", "$ref", "allOf", "anyOf", "oneOf")
        )
        if not isinstance(listed, nodes.Sequence) or "properties" not in node.entries or is_open:
            return
        for item in listed.items:
            name = value_of(item)
            if isinstance(name, str) and name not in known:
                mend = did_you_mean(name, sorted(known), what="properties")
                self._say(item, f"'required' names {name!r}, which 'properties' does not have", mend)

    def _judge_ref(self, node: nodes.Mapping) -> None:
        target = node.get("$ref")
        if not isinstance(target, nodes.Scalar) or not isinstance(target.value, str):
            return
        path = target.value
        if not path.startswith("#"):
            mend = "copy what it refers to into `$defs`, and write `$ref: '#/$defs/NAME'`"
            self._say(target, f"{path!r} refers to something outside the schema", mend)
            return
        found = self._at(path)
        if isinstance(found, nodes.Mapping):
            self._refs[id(node)] = found
            return
        if isinstance(found, nodes.Scalar) and isinstance(found.value, bool):
            return
        names = [
            f"#/{part}/{name}" for part in ("$defs", "definitions") for name in _names_of(self._root, part)
        ]
        self._say(target, f"{path!r} refers to no schema", did_you_mean(path, sorted(names), what="parts"))

    def _at(self, path: str) -> nodes.Node | None:
        node: nodes.Node | None = self._root
        if path == "#":
            return node
        if not path.startswith("#/"):
            return None
        for part in unquote(path[2:]).split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            if isinstance(node, nodes.Sequence):
                place = (
                    int(name) if name.isascii() and name.isdecimal() and len(name) < 6 else len(node.items)
                )
                node = node.items[place] if place < len(node.items) else None
            else:
                node = node.get(name) if isinstance(node, nodes.Mapping) else None
        return node

    def _find_circle(self) -> None:
        """A schema that leads back to itself for the same value says nothing, and its judge would never end."""
        done: set[int] = set()
        for schema in _schemas(self._root):
            if self._leads_back(schema, done):
                mend = "put the reference under `properties` or `items`"
                self._say(schema, "a `$ref` leads back to itself without going into the value", mend)
                return

    def _leads_back(self, start: nodes.Mapping, done: set[int]) -> bool:
        trail: list[tuple[int, Iterator[nodes.Mapping]]] = [(id(start), self._in_place(start))]
        open_now = {id(start)}
        while trail:
            here, others = trail[-1]
            other = next(others, None)
            if other is None:
                trail.pop()
                open_now.discard(here)
                done.add(here)
            elif id(other) in open_now:
                return True
            elif id(other) not in done:
                open_now.add(id(other))
                trail.append((id(other), self._in_place(other)))
        return False

    def _in_place(self, schema: nodes.Mapping) -> Iterator[nodes.Mapping]:
        """The schemas that judge the same value."""
        if id(schema) in self._refs:
            yield self._refs[id(schema)]
        for name in IN_PLACE & schema.entries.keys():
            yield from _mappings_in(schema.entries[name].value, name)


def _is_heard(speaks: str, types: list[object]) -> bool:
    return not speaks or speaks in types or (speaks == "number" and "integer" in types)


def _is_of(node: nodes.Node, kind: str) -> bool:
    """Whether a value is of a type of JSON Schema."""
    if isinstance(node, nodes.Mapping | nodes.Sequence):
        return kind == ("object" if isinstance(node, nodes.Mapping) else "array")
    value = node.value
    if isinstance(value, bool) or value is None:
        return kind == ("null" if value is None else "boolean")
    if isinstance(value, str):
        return kind == "string"
    return kind == "number" or (kind == "integer" and value == int(value))


def _names_of(node: nodes.Mapping, part: str) -> frozenset[str]:
    inner = node.get(part)
    return frozenset(inner.entries) if isinstance(inner, nodes.Mapping) else frozenset()


def _below(node: nodes.Node) -> Iterator[nodes.Node]:
    """The node and everything in it."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(nodes.children(one))


def _schemas(root: nodes.Mapping) -> Iterator[nodes.Mapping]:
    return (node for node in _below(root) if isinstance(node, nodes.Mapping))


def _mappings_in(node: nodes.Node, word: str) -> Iterable[nodes.Mapping]:
    inner: Iterable[nodes.Node] = (node,)
    if isinstance(node, nodes.Sequence):
        inner = node.items
    elif isinstance(node, nodes.Mapping) and word == "dependentSchemas":
        inner = [entry.value for entry in node.entries.values()]
    return [one for one in inner if isinstance(one, nodes.Mapping)]
