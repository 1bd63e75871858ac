"""Kinds of one schema that a property tells apart.

OpenAPI Specification 3.0.4, "Discriminator Object" (checked 2026-11-28).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents_sahara.graph.tools.api.document import as_map, discriminator_of, reference_of


def told_apart(made: dict[str, Any], part: object, schema: Mapping[str, Any]) -> dict[str, Any]:
    """`made`, which `part` of `schema` means, with the values by which it is told apart from the others."""
    said = discriminator_of(schema)
    name, reference = said.get("propertyName"), as_map(part).get("$ref")
    if not isinstance(name, str) or not isinstance(reference, str):
        return made
    mapping = as_map(said.get("mapping"))
    values = [str(value) for value, target in mapping.items() if reference_of(target) == reference]
    own = as_map(made.get("properties"))
    told = {"type": "string", **as_map(own.get(name)), "enum": values or [reference.rpartition("/")[2]]}
    required = dict.fromkeys([*made.get("required", ()), name])
    return {**made, "properties": {**own, name: told}, "required": list(required)}
