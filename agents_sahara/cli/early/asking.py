"""The first request of a run, as the SDK will ask it, or nothing where that cannot be told from the team alone.

What this file does not know of an agent or a team must be as if it were not there: a key that is added to the format
switches the early request off for teams that use it, until someone has shown here what it does to the request.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Final

from agents_sahara.clients.fields import BODY
from agents_sahara.graph.requests import request_fields, usable
from agents_sahara.graph.values import AUTO, AgentGraph, AgentNode, Endpoint, HandoffEdge, ModelTarget
from agents_sahara.types import Json

_KNOWN: Final[Mapping[type, frozenset[str]]] = {
    AgentNode: frozenset(
        (
            "key",
            "name",
            "description",
            "instructions",
            "target",
            "handoffs",
            "backups",
            "fallback",
            "is_sticky",
        )
    ),
    HandoffEdge: frozenset(("target", "tool_name", "description", "enabled", "history", "returns")),
    ModelTarget: frozenset(
        (
            "provider",
            "model",
            "alias",
            "settings",
            "price",
            "context",
            "model_spot",
            "provider_spot",
            "structured_output",
        )
    ),
    Endpoint: frozenset(("name", "place", "max_concurrency", "history", "strict_tools", "include_usage")),
    AgentGraph: frozenset(
        (
            *("name", "description", "entry", "agents", "endpoints", "folder", "budget", "session"),
            *("tracing", "consent", "variables"),
        )
    ),
}
"""Fields whose effect on a first request is known."""

_NO_ARGUMENTS: Final[Mapping[str, Json]] = {
    "additionalProperties": False,
    "type": "object",
    "properties": {},
    "required": [],
}
"""What the SDK says of a handoff's arguments (openai-agents 0.24, checked 2026-11-28)."""

_DECIMAL: Final = ("temperature", "top_p", "frequency_penalty", "presence_penalty")
"""Settings that the SDK sends as 1.0 where the file says 1 (as above)."""

_LEAST_TIME_S: Final = 20.0
"""A run with less time may be over before the SDK is loaded."""


def first_body(graph: AgentGraph, key: str, message: str, *, is_stream: bool) -> bytes | None:
    """The body of the first request; None where it is not known, or not sure to be sent."""
    node = graph.agents.get(key)
    if node is None or not message.strip() or graph.budget.time_s < _LEAST_TIME_S:
        return None
    endpoint = graph.endpoints.get(node.target.provider)
    parts = (graph, node, node.target, *node.handoffs, *([] if endpoint is None else [endpoint]))
    if node.target.provider == AUTO or not all(map(_is_known, parts)):
        return None
    asked = _request(node, message, is_stream=is_stream) | _fields(node)
    return _encoded(_as_wanted(asked, endpoint))


def _fields(node: AgentNode) -> dict[str, Json]:
    """What its settings say, numbers written as the SDK's own settings hold them."""
    fields = request_fields(usable(node, node.target.settings))
    decimal = {name: float(value) for name in _DECIMAL if isinstance(value := fields.get(name), int)}
    return fields | decimal


def _is_known(part: object) -> bool:
    """Whether all that was said of it is known here."""
    assert dataclasses.is_dataclass(part)
    known = _KNOWN[type(part)]
    return all(
        field.name in known or _is_unsaid(getattr(part, field.name), field)
        for field in dataclasses.fields(part)
    )


def _is_unsaid(value: object, field: dataclasses.Field[object]) -> bool:
    if field.default_factory is not dataclasses.MISSING:
        return value == field.default_factory()
    return value is None if field.default is dataclasses.MISSING else value == field.default


def _request(node: AgentNode, message: str, *, is_stream: bool) -> dict[str, Json]:
    tools = [_tool(edge) for edge in node.handoffs if edge.enabled]
    asked: dict[str, Json] = {
        "model": node.target.model,
        "messages": [
            {"content": node.instructions, "role": "system"},
            {"role": "user", "content": message},
        ],
    }
    if is_stream:
        asked |= {"stream": True, "stream_options": {"include_usage": True}}
    return asked | ({"tools": tools} if tools else {})


def _tool(edge: HandoffEdge) -> dict[str, Json]:
    function: dict[str, Json] = {
        "name": edge.tool_name,
        "description": edge.description,
        "parameters": _NO_ARGUMENTS,
        "strict": True,
    }
    return {"type": "function", "function": function}


def _as_wanted(asked: dict[str, Json], endpoint: Endpoint | None) -> dict[str, Json]:
    """The request as its provider wants it."""
    if endpoint is None:
        return asked
    if not endpoint.include_usage:
        asked.pop("stream_options", None)
    tools = asked.get("tools")
    if isinstance(tools, list) and not endpoint.strict_tools:
        for tool in tools:
            tool["function"].pop("strict")
    return asked


def _encoded(asked: Mapping[str, Json]) -> bytes | None:
    body = {name: asked[name] for name in BODY if name in asked}
    extra = asked.get("extra_body")
    body |= extra if isinstance(extra, Mapping) else {}
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except ValueError:  # half a character, or a number that is none: the ordinary way refuses it in words
        return None
