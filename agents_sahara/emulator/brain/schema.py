"""The smallest value that a JSON Schema allows, for answers that must have a shape.

Best effort where JSON Schema can say more than can be constructed: `pattern` is met for common patterns only.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence

from agents_sahara.emulator.brain.patterns import example_of
from agents_sahara.types import Json, JsonObject

_MENTION = re.compile(r"json[ -]schema", re.IGNORECASE)
_DEEPEST = 24
_MOST_ITEMS = 50
_FORMATS = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "duration": "PT0S",
    "email": "user@example.com",
    "idn-email": "user@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "uri": "https://example.com/",
    "iri": "https://example.com/",
    "url": "https://example.com/",
    "uri-reference": "/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "json-pointer": "",
    "regex": ".*",
}
_TYPE_HINTS: tuple[tuple[str, str], ...] = (
    ("properties", "object"),
    ("required", "object"),
    ("minProperties", "object"),
    ("items", "array"),
    ("prefixItems", "array"),
    ("minItems", "array"),
    ("minLength", "string"),
    ("pattern", "string"),
    ("format", "string"),
    ("minimum", "number"),
    ("exclusiveMinimum", "number"),
    ("maximum", "number"),
    ("exclusiveMaximum", "number"),
    ("multipleOf", "number"),
)


def schema_in(text: str) -> JsonObject | None:
    """The JSON object that stands behind the last mention of a JSON Schema in a text, as prompts tell it."""
    mentions = list(_MENTION.finditer(text))
    start = text.find("{", mentions[-1].end()) if mentions else -1
    if start < 0:
        return None
    try:
        value, _ = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def smallest(schema: Json) -> Json:
    """The smallest value that `schema` allows, as far as it can be constructed."""
    return _Builder(schema if isinstance(schema, Mapping) else {}).build(schema, 0)


class _Builder:
    """Knows the root, which `$ref` points into."""

    __slots__ = ("_root",)

    def __init__(self, root: JsonObject) -> None:
        self._root = root

    def build(self, schema: Json, depth: int) -> Json:
        if not isinstance(schema, Mapping) or depth > _DEEPEST:
            return None
        schema = self._resolved(schema, depth)
        if "const" in schema:
            return schema["const"]
        choices = schema.get("enum")
        if isinstance(choices, Sequence) and not isinstance(choices, str) and choices:
            return choices[0]
        for key in ("anyOf", "oneOf"):
            if options := _objects(schema.get(key)):
                return self._least(schema, key, options, depth)
        return self._of_type(_type_of(schema), schema, depth)

    def _resolved(self, schema: JsonObject, depth: int) -> JsonObject:
        """`schema` with `$ref` followed and `allOf` merged in."""
        for _ in range(_DEEPEST):
            ref = schema.get("$ref")
            if not isinstance(ref, str):
                break
            schema = _merged({key: value for key, value in schema.items() if key != "$ref"}, self._at(ref))
        for part in _objects(schema.get("allOf")):
            rest = {key: value for key, value in schema.items() if key != "allOf"}
            schema = _merged(rest, self._resolved(part, depth + 1) if depth < _DEEPEST else {})
        return schema

    def _at(self, ref: str) -> JsonObject:
        node: Json = self._root
        for part in ref.removeprefix("#").split("/"):
            key = part.replace("~1", "/").replace("~0", "~")
            if key and isinstance(node, Mapping):
                node = node.get(key)
        return node if isinstance(node, Mapping) and node is not self._root else {}

    def _least(self, schema: JsonObject, key: str, options: Sequence[JsonObject], depth: int) -> Json:
        """The simplest of the alternatives, each with what the schema says beside them."""
        rest = {name: value for name, value in schema.items() if name != key}
        built = [self.build(_merged(rest, self._resolved(option, depth)), depth + 1) for option in options]
        return min(built, key=_size)

    def _of_type(self, kind: str, schema: JsonObject, depth: int) -> Json:
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return self._array(schema, depth)
        if kind == "string":
            return _string(schema)
        if kind in {"integer", "number"}:
            return _number(schema, is_integer=kind == "integer")
        return False if kind == "boolean" else None

    def _object(self, schema: JsonObject, depth: int) -> JsonObject:
        properties = schema.get("properties")
        known = properties if isinstance(properties, Mapping) else {}
        required = schema.get("required")
        names = [name for name in required if isinstance(name, str)] if isinstance(required, Sequence) else []
        least = _count(schema.get("minProperties"))
        names += [name for name in known if name not in names][: max(0, least - len(names))]
        extra = schema.get("additionalProperties")
        names += [f"key{index}" for index in range(max(0, least - len(names)))]
        return {
            name: self.build(known.get(name, extra if isinstance(extra, Mapping) else {}), depth + 1)
            for name in names
        }

    def _array(self, schema: JsonObject, depth: int) -> Sequence[Json]:
        least = _count(schema.get("minItems"))
        first = _objects(schema.get("prefixItems"))
        values = [self.build(item, depth + 1) for item in first[:least]]
        item = schema.get("items", {})
        while len(values) < least:
            value = self.build(item, depth + 1)
            values.append(_distinct(value, len(values), item) if schema.get("uniqueItems") else value)
        return values


def _objects(value: Json) -> list[JsonObject]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [item for item in value if isinstance(item, Mapping)]
    return []


def _merged(one: JsonObject, other: JsonObject) -> dict[str, Json]:
    """Both schemas at once: properties and required joined, the narrower bound of two."""
    merged: dict[str, Json] = dict(one)
    for key, value in other.items():
        mine = merged.get(key)
        if isinstance(mine, Mapping) and isinstance(value, Mapping) and key != "const":
            merged[key] = {**mine, **value}
        elif key == "required" and isinstance(mine, Sequence) and isinstance(value, Sequence):
            merged[key] = [*mine, *(name for name in value if name not in mine)]
        elif (
            key in {"minimum", "minLength", "minItems", "exclusiveMinimum"}
            and _is_number(mine)
            and _is_number(value)
        ):
            merged[key] = max(_float(mine), _float(value))
        else:
            merged[key] = value
    return merged


def _type_of(schema: JsonObject) -> str:
    kind = schema.get("type")
    if isinstance(kind, str):
        return kind
    if isinstance(kind, Sequence) and kind:
        return "null" if "null" in kind else str(kind[0])
    return next((name for key, name in _TYPE_HINTS if key in schema), "object" if not schema else "null")


def _string(schema: JsonObject) -> str:
    least = _count(schema.get("minLength"))
    most = schema.get("maxLength")
    text = _FORMATS.get(str(schema.get("format")), "")
    pattern = schema.get("pattern")
    if isinstance(pattern, str):
        text = example_of(pattern, least) or text
    text += "x" * (least - len(text))
    return text[: int(_float(most))] if _is_number(most) and len(text) > _float(most) else text


def _number(schema: JsonObject, *, is_integer: bool) -> int | float:
    low = max(
        (_float(schema[key]) for key in ("minimum", "exclusiveMinimum") if _is_number(schema.get(key))),
        default=None,
    )
    high = min(
        (_float(schema[key]) for key in ("maximum", "exclusiveMaximum") if _is_number(schema.get(key))),
        default=None,
    )
    step = abs(_float(schema["multipleOf"])) if _is_number(schema.get("multipleOf")) else 0.0
    step = step or (1.0 if is_integer else 0.0)
    value = (
        0.0
        if (low is None or low <= 0) and (high is None or high >= 0)
        else (low if low is not None else high or 0.0)
    )
    if step:
        value = (math.ceil(value / step) if low is not None else math.floor(value / step)) * step
    if low is not None and value == low == _bound(schema, "exclusiveMinimum"):
        value = value + step if step else (low + (high if high is not None else low + 2)) / 2
    if high is not None and value == high == _bound(schema, "exclusiveMaximum"):
        value = value - step if step else ((low if low is not None else high - 2) + high) / 2
    return int(value) if is_integer or value == int(value) else value


def _bound(schema: JsonObject, key: str) -> float | None:
    return _float(schema[key]) if _is_number(schema.get(key)) else None


def _distinct(value: Json, index: int, schema: Json) -> Json:
    """The `index`th of several different values; the first is `value` itself."""
    choices = schema.get("enum") if isinstance(schema, Mapping) else None
    if isinstance(choices, Sequence) and not isinstance(choices, str) and choices:
        return choices[min(index, len(choices) - 1)]
    if isinstance(value, bool):
        return index % 2 == 1
    if isinstance(value, int | float):
        return value + index
    return f"{value}{index}" if isinstance(value, str) and index else value


def _count(value: Json) -> int:
    return min(_MOST_ITEMS, max(0, int(_float(value)))) if _is_number(value) else 0


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15


def _float(value: Json) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _size(value: Json) -> int:
    return len(json.dumps(value))
