"""The words of a JSON Schema: what each may say, and to which types it speaks.

Draft 2020-12, without the words that point out of the schema or rename its parts. Source: JSON Schema Validation and
Core, 2020-12 (checked 2026-11-28).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from agents_sahara.diagnostics.suggest import nearest
from agents_sahara.source import nodes

Kind: TypeAlias = Literal["schema", "schemas", "named", "value"]
"""What stands behind a word: a schema, a list of them, a map of them by name, or a plain value."""

Complaint: TypeAlias = "str | None"
"""What is wrong with a value, as in "must be text"; None where nothing is."""

TYPES = ("object", "array", "string", "number", "integer", "boolean", "null")

_OTHER_TYPES = {
    "int": "integer", "long": "integer", "float": "number", "double": "number", "decimal": "number",
    "str": "string", "text": "string", "bool": "boolean", "list": "array", "tuple": "array", "set": "array",
    "dict": "object", "map": "object", "mapping": "object", "none": "null", "nil": "null",
}  # fmt: skip
"""What other languages call them."""

_SUB: Mapping[str, tuple[Kind, str]] = {
    "properties": ("named", "object"),
    "patternProperties": ("named", "object"),
    "additionalProperties": ("schema", "object"),
    "propertyNames": ("schema", "object"),
    "unevaluatedProperties": ("schema", "object"),
    "dependentSchemas": ("named", "object"),
    "items": ("schema", "array"),
    "prefixItems": ("schemas", "array"),
    "contains": ("schema", "array"),
    "unevaluatedItems": ("schema", "array"),
    "allOf": ("schemas", ""),
    "anyOf": ("schemas", ""),
    "oneOf": ("schemas", ""),
    "not": ("schema", ""),
    "if": ("schema", ""),
    "then": ("schema", ""),
    "else": ("schema", ""),
    "$defs": ("named", ""),
    "definitions": ("named", ""),
}

IN_PLACE = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"})
"""Words whose schemas judge the very value that the schema around them judges."""

ELSEWHERE: Mapping[str, str] = {
    "nullable": "write `type: [..., 'null']`",
    "additionalItems": "write `prefixItems` for the first items and `items` for the rest",
    "dependencies": "write `dependentRequired` or `dependentSchemas`",
    "id": "remove it",
    "$id": "remove it: references start at the root of the schema",
    "$anchor": "remove it, and refer to the part by its path: `#/$defs/NAME`",
    "$dynamicRef": "write `$ref`",
    "$dynamicAnchor": "remove it, and refer to the part by its path: `#/$defs/NAME`",
    "$recursiveRef": "write `$ref`",
    "$vocabulary": "remove it",
    "discriminator": "remove it: `anyOf` tells the alternatives apart by their own rules",
}
"""Words of other drafts and formats, and what to write instead."""


def kind_of(word: str) -> Kind | None:
    """What stands behind `word`; None for a word that JSON Schema does not have."""
    if word in _SUB:
        return _SUB[word][0]
    return "value" if word in _VALUES else None


def speaks_to(word: str) -> str:
    """The one type that `word` says something about; empty where it says it about any."""
    return _SUB[word][1] if word in _SUB else _VALUES[word][1]


def words() -> tuple[str, ...]:
    """Every word."""
    return (*_VALUES, *_SUB)


def complaint(word: str, node: nodes.Node) -> Complaint:
    """What is wrong with the plain value behind `word`."""
    return _VALUES[word][0](node)


def meant_type(word: str) -> str | None:
    """The type that was meant by a word that is none."""
    return _OTHER_TYPES.get(word.lower()) or nearest(word, TYPES)


def value_of(node: nodes.Node) -> object:
    """The value of a scalar; the node itself for anything else."""
    return node.value if isinstance(node, nodes.Scalar) else node


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(node: nodes.Node) -> Complaint:
    return None if _is_number(value_of(node)) else "must be a number"


def _positive(node: nodes.Node) -> Complaint:
    value = value_of(node)
    fits = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    return None if fits else "must be a number above 0"


def _count(node: nodes.Node) -> Complaint:
    value = value_of(node)
    fits = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return None if fits else "must be a whole number from 0"


def _truth(node: nodes.Node) -> Complaint:
    return None if isinstance(value_of(node), bool) else "must be true or false"


def _text(node: nodes.Node) -> Complaint:
    return None if isinstance(value_of(node), str) else "must be text"


def _pattern(node: nodes.Node) -> Complaint:
    value = value_of(node)
    if not isinstance(value, str):
        return "must be text"
    return pattern_problem(value)


def pattern_problem(pattern: str) -> Complaint:
    """Why this regular expression cannot be used."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"is no regular expression: {error}"
    return None


def _dialect(node: nodes.Node) -> Complaint:
    value = value_of(node)
    if isinstance(value, str) and "json-schema.org/" in value:
        return None
    return "must name a draft of JSON Schema"


def _names(node: nodes.Node) -> Complaint:
    if not isinstance(node, nodes.Sequence):
        return "must be a list of names"
    names = [value_of(item) for item in node.items]
    if not all(isinstance(name, str) for name in names):
        return "must be a list of names"
    return None if len(set(map(str, names))) == len(names) else "has a name twice"


def _names_by_name(node: nodes.Node) -> Complaint:
    if isinstance(node, nodes.Mapping):
        found = (_names(entry.value) for entry in node.entries.values())
        return next((problem for problem in found if problem is not None), None)
    return "must be a map of lists"


def _list(node: nodes.Node) -> Complaint:
    return None if isinstance(node, nodes.Sequence) else "must be a list"


def _values(node: nodes.Node) -> Complaint:
    if not isinstance(node, nodes.Sequence):
        return "must be a list of values"
    return None if node.items else "is empty, so no value would fit"


def _anything(_: nodes.Node) -> Complaint:
    return None


_VALUES: Mapping[str, tuple[Callable[[nodes.Node], Complaint], str]] = {
    "type": (_anything, ""),
    "enum": (_values, ""),
    "const": (_anything, ""),
    "required": (_names, "object"),
    "dependentRequired": (_names_by_name, "object"),
    "minProperties": (_count, "object"),
    "maxProperties": (_count, "object"),
    "minItems": (_count, "array"),
    "maxItems": (_count, "array"),
    "uniqueItems": (_truth, "array"),
    "minContains": (_count, "array"),
    "maxContains": (_count, "array"),
    "minLength": (_count, "string"),
    "maxLength": (_count, "string"),
    "pattern": (_pattern, "string"),
    "format": (_text, "string"),
    "contentEncoding": (_text, "string"),
    "contentMediaType": (_text, "string"),
    "minimum": (_number, "number"),
    "maximum": (_number, "number"),
    "exclusiveMinimum": (_number, "number"),
    "exclusiveMaximum": (_number, "number"),
    "multipleOf": (_positive, "number"),
    "$ref": (_text, ""),
    "$schema": (_dialect, ""),
    "$comment": (_text, ""),
    "title": (_text, ""),
    "description": (_text, ""),
    "default": (_anything, ""),
    "examples": (_list, ""),
    "deprecated": (_truth, ""),
    "readOnly": (_truth, ""),
    "writeOnly": (_truth, ""),
}
