"""Which schemas of arguments may be sent as `strict` without saying something else than they said.

Strict schemas have every property required and no other property allowed (OpenAI, "Structured outputs", supported
schemas; checked 2026-11-28). A schema with an optional argument is therefore sent as it is: made strict, it would
force the model to invent a value.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from agents import UserError
from agents.strict_schema import ensure_strict_json_schema

_KNOWN = frozenset(
    {
        "$defs",
        "$ref",
        "additionalProperties",
        "anyOf",
        "const",
        "description",
        "enum",
        "items",
        "properties",
        "required",
        "title",
        "type",
    }
)
"""Words that every implementation of strict schemas knows; of the others, some refuse a request for one."""

_MAPS = frozenset({"properties", "$defs"})


def strict_schema(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """The schema as a strict one, or None where that would change what it says."""
    closed = _closed(schema)
    if not isinstance(closed, dict) or closed.get("type") != "object" or not _is_plain(closed):
        return None
    try:
        made = ensure_strict_json_schema(copy.deepcopy(closed))
    except (UserError, RecursionError, TypeError):
        return None
    return closed if made == closed else None


def _closed(part: Any) -> Any:
    """A copy in which objects that say nothing of further properties allow none: no model is told of any."""
    if isinstance(part, list):
        return [_closed(inner) for inner in part]
    if not isinstance(part, Mapping):
        return part
    made = {key: _closed(inner) for key, inner in part.items()}
    if made.get("type") == "object" and "properties" in made:
        made.setdefault("additionalProperties", False)
        made.setdefault("required", [])
    return made


def _is_plain(schema: Mapping[str, Any]) -> bool:
    return all(words <= _KNOWN for words in _words(schema))


def _words(part: object) -> Iterator[frozenset[str]]:
    """The words of every schema in `part`, which is one itself."""
    if isinstance(part, list):
        for inner in part:
            yield from _words(inner)
    elif isinstance(part, Mapping):
        yield frozenset(part)
        for word, inner in part.items():
            if word in _MAPS and isinstance(inner, Mapping):
                for one in inner.values():
                    yield from _words(one)
            elif word in ("items", "anyOf"):
                yield from _words(inner)
