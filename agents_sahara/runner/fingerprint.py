"""What a team is, as a short text: equal for the same file, and another for one that says something else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass

from agents_sahara.diagnostics.finding import Place
from agents_sahara.graph.values import AgentGraph


def fingerprint(graph: AgentGraph) -> str:
    """Of all that the file means; where it lies and how it is laid out does not count."""
    text = json.dumps(_plain(graph), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, Place):
        return None
    if is_dataclass(value) and not isinstance(value, type):
        named = {
            field.name: _plain(getattr(value, field.name))
            for field in fields(value)
            if field.compare and field.name not in _OF_THE_PLACE
        }
        return {"": type(value).__name__, **named}
    if isinstance(value, Mapping):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(json.dumps(_plain(part), sort_keys=True) for part in value)
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return str(value)


_OF_THE_PLACE = ("folder", "consent", "variables")
"""What depends on who runs the team, and from where."""
