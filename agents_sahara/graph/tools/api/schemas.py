"""Schemas of an OpenAPI file as JSON Schemas of draft 2020-12 that refer to nothing, as a model is told them.

Schemas of 3.0 are translated: `nullable`, and bounds that are true or false. What is read-only is left out: nobody
sends it. `oneOf` becomes `anyOf`: descriptions often say it where several fit, which is the API's to judge. OpenAPI
Specification 3.0.4, "Schema Object", and 3.1.1 (checked 2026-11-28).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents_sahara.graph.tools.api.document import Document, as_list, as_map
from agents_sahara.graph.tools.api.kinds import told_apart
from agents_sahara.spec.schema_words import TYPES, pattern_problem

MOST_ABOUT = 1000
"""Characters of a description."""
_MOST_DEPTH = 12
_MOST_SCHEMAS = 1000
"""Schemas in one: each call of the agent sends it. What lies beyond is anything."""

_TEXTS = frozenset({"description", "title", "format", "contentMediaType", "contentEncoding"})
_COUNTS = frozenset({"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"})
_BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_ALTERNATIVES = ("anyOf", "oneOf", "allOf")
_ONE_INSIDE = ("items", "additionalProperties", "contains", "propertyNames")
_MERGED = frozenset({"type", "properties", "required", "title", "description"})
"""What the parts of an `allOf` may say, and be one schema."""


@dataclass(slots=True)
class Schemas:
    """Turns schemas of one document into those of draft 2020-12."""

    document: Document
    _left: int = 0
    _told: set[str] = field(default_factory=set)
    """References to schemas whose kinds are being told: each kind has the schema itself among its parts."""

    def of(self, said: object) -> dict[str, Any]:
        """A schema in place; what leads back into itself is anything of its type there."""
        self._left = _MOST_SCHEMAS
        return self._made(said, ())

    def _made(self, said: object, within: tuple[str, ...]) -> dict[str, Any]:
        reference = as_map(said).get("$ref")
        schema = as_map(self.document.followed(said))
        if isinstance(reference, str):
            if within.count(reference) > (reference in self._told):
                return _type_alone(schema)
            within = (*within, reference)
            beside = {name: part for name, part in as_map(said).items() if name != "$ref"}
            schema = schema if self.document.is_3_0 else {**schema, **beside}
        self._left -= 1
        if self._left < 0 or len(within) > _MOST_DEPTH:
            return _type_alone(schema)
        if isinstance(reference, str) and reference not in self._told:
            kinds = self._kinds(schema, reference, within)
            if kinds:
                return self._nullable(schema, {"anyOf": kinds})
        made = _plain(schema, is_3_0=self.document.is_3_0) | self._parts(schema, within)
        return self._nullable(schema, _merged(made))

    def _kinds(
        self, schema: Mapping[str, Any], reference: str, within: tuple[str, ...]
    ) -> list[dict[str, Any]]:
        """The kinds of a schema that only says by which property they are told apart."""
        if "discriminator" not in schema or any(word in schema for word in ("oneOf", "anyOf")):
            return []
        self._told.add(reference)
        parts = [{"$ref": one} for one in self.document.kinds_of(reference)]
        made = [told_apart(self._made(part, within), part, schema) for part in parts]
        self._told.discard(reference)
        return made

    def _parts(self, schema: Mapping[str, Any], within: tuple[str, ...]) -> dict[str, Any]:
        made: dict[str, Any] = self._properties(schema, within)
        for word in _ONE_INSIDE:
            part = schema.get(word)
            if isinstance(part, Mapping):
                made[word] = self._made(part, within)
            elif isinstance(part, bool):
                made[word] = part
        for word in (*_ALTERNATIVES, "prefixItems"):
            parts = as_list(schema.get(word))
            if parts:
                is_any = word == "oneOf" and "anyOf" not in schema
                made["anyOf" if is_any else word] = [
                    told_apart(self._made(part, within), part, schema)
                    if word in ("oneOf", "anyOf")
                    else self._made(part, within)
                    for part in parts
                ]
        return made

    def _properties(self, schema: Mapping[str, Any], within: tuple[str, ...]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        properties = as_map(schema.get("properties"))
        hidden = {name for name, part in properties.items() if self._is_read_only(part)}
        if properties:
            shown = {str(name): part for name, part in properties.items() if name not in hidden}
            made["properties"] = {name: self._made(part, within) for name, part in shown.items()}
        patterns = as_map(schema.get("patternProperties"))
        known = {name: part for name, part in patterns.items() if pattern_problem(str(name)) is None}
        if known:
            made["patternProperties"] = {name: self._made(part, within) for name, part in known.items()}
        names = [name for name in as_list(schema.get("required")) if isinstance(name, str)]
        if names:
            made["required"] = [name for name in dict.fromkeys(names) if name not in hidden]
        return made

    def _is_read_only(self, part: object) -> bool:
        return as_map(self.document.followed(part)).get("readOnly") is True

    def _nullable(self, schema: Mapping[str, Any], made: dict[str, Any]) -> dict[str, Any]:
        if not self.document.is_3_0 or not _may_be_null(schema):
            return made
        if isinstance(made.get("enum"), list) and None not in made["enum"]:
            made["enum"] = [*made["enum"], None]
        if isinstance(made.get("type"), str):
            made["type"] = [made["type"], "null"]
        elif any(word in made for word in _ALTERNATIVES):
            return {"anyOf": [made, {"type": "null"}]}
        return made


def _may_be_null(schema: Mapping[str, Any]) -> bool:
    """Swagger 2.0 has no word for it, and many files have this one."""
    return schema.get("nullable") is True or schema.get("x-nullable") is True


def _type_alone(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": schema["type"]} if schema.get("type") in TYPES else {}


def _plain(schema: Mapping[str, Any], *, is_3_0: bool) -> dict[str, Any]:
    """The words with plain values; one that says nothing that it could is left out."""
    made = {word: value for word, value in schema.items() if _says(word, value)}
    for word in _TEXTS & made.keys():
        made[word] = made[word][:MOST_ABOUT]
    for word, plain in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if is_3_0 and schema.get(word) is True and plain in made:
            made[word] = made.pop(plain)
    return made


def _says(word: str, value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if word == "type":
        types = value if isinstance(value, list) else [value]
        return bool(types) and all(one in TYPES for one in types)
    if word == "pattern":
        return isinstance(value, str) and pattern_problem(value) is None
    if word in _TEXTS:
        return isinstance(value, str)
    if word in _BOUNDS:
        return is_number
    if word in _COUNTS:
        return isinstance(value, int) and is_number and value >= 0
    if word == "multipleOf":
        return isinstance(value, int | float) and is_number and value > 0
    if word == "enum":
        return isinstance(value, list) and bool(value)
    return word in ("default", "const") or (word == "uniqueItems" and isinstance(value, bool))


def _merged(made: dict[str, Any]) -> dict[str, Any]:
    """One schema instead of an `allOf`, where its parts are plain objects or there is but one."""
    parts = made.get("allOf")
    rest = {word: value for word, value in made.items() if word != "allOf"}
    if not parts:
        return made
    if len(parts) == 1 and not (parts[0].keys() & rest.keys()) - {"title", "description", "default"}:
        return {**parts[0], **rest}
    all_parts = [*parts, rest]
    names = [name for part in all_parts for name in part.get("properties", ())]
    is_plain = all(part.keys() <= _MERGED and part.get("type", "object") == "object" for part in all_parts)
    if not is_plain or len(set(names)) != len(names):
        return made
    required = [name for part in all_parts for name in part.get("required", ())]
    properties = {name: one for part in all_parts for name, one in part.get("properties", {}).items()}
    about = {word: part[word] for part in all_parts for word in ("title", "description") if word in part}
    merged = {"type": "object", "properties": properties, **about}
    return merged | ({"required": list(dict.fromkeys(required))} if required else {})
