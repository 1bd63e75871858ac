"""What a server offers: its tools, as far as they can be offered to a model, and a hash of what it says of each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mcp_types import Tool

_MOST_SCHEMA_CHARACTERS = 100_000
_MOST_DESCRIPTION = 20_000
_MOST_DEPTH = 60


@dataclass(frozen=True, slots=True)
class Offer:
    """One tool."""

    name: str
    """As the server calls it."""
    description: str
    schema: Mapping[str, Any]
    """Of its arguments: a JSON Schema whose root is an object."""
    digest: str
    """Of all that the server says of it and a model may read."""
    problem: str = ""
    """Why it cannot be offered, as the end of a sentence; empty where it can."""

    @property
    def arguments(self) -> Collection[str] | None:
        """Names of its arguments; None where its schema does not say them."""
        named = self.schema.get("properties")
        return named.keys() if isinstance(named, Mapping) else None


def offers_of(tools: Iterable[Tool]) -> tuple[Offer, ...]:
    """Each of the server's tools, the first of those that share a name."""
    found: dict[str, Offer] = {}
    for tool in tools:
        found.setdefault(tool.name, _offer(tool))
    return tuple(found.values())


def _offer(tool: Tool) -> Offer:
    description = tool.description or tool.title or (tool.annotations and tool.annotations.title) or ""
    said = (tool.name, tool.title, tool.description, tool.input_schema, tool.output_schema)
    text = json.dumps(said, sort_keys=True, ensure_ascii=True, default=str)
    return Offer(
        name=tool.name,
        description=description,
        schema=tool.input_schema,
        digest=hashlib.sha256(text.encode()).hexdigest(),
        problem=_problem(tool, description, text),
    )


def _problem(tool: Tool, description: str, text: str) -> str:
    schema = tool.input_schema
    if schema.get("type", "object") != "object" or not isinstance(schema.get("properties", {}), Mapping):
        return "takes arguments that are no object"
    if len(text) > _MOST_SCHEMA_CHARACTERS:
        return "has a schema that is too large"
    if len(description) > _MOST_DESCRIPTION:
        return "has a description that is too long"
    if any(isinstance(ref, str) and not ref.startswith("#") for ref in _references(schema)):
        return "has a schema that refers to another document"
    return ""


def _references(schema: object) -> Iterable[object]:
    """Every `$ref`, however deep; what is deeper than any schema counts as one that leads outside."""
    todo: list[tuple[object, int]] = [(schema, 0)]
    while todo:
        part, depth = todo.pop()
        if depth > _MOST_DEPTH:
            yield "too deep"
        elif isinstance(part, Mapping):
            if "$ref" in part:
                yield part["$ref"]
            todo += ((inner, depth + 1) for inner in part.values())
        elif isinstance(part, list):
            todo += ((inner, depth + 1) for inner in part)


def fingerprint(offers: Iterable[Offer]) -> str:
    """One hash for a set of tools, whatever their order."""
    lines = sorted(f"{offer.name}\0{offer.digest}" for offer in offers)
    return "sha256:" + hashlib.sha256("\n".join(lines).encode()).hexdigest()
