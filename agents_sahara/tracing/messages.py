"""Texts as the GenAI semantic conventions write them: roles, and parts of a few kinds.

Shapes: the JSON schemas of open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-*.json (checked 2026-11-28).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from agents_sahara.types import Json


def asked(items: Json) -> list[Json]:
    """What a model is asked: the items that the SDK gives it."""
    if isinstance(items, str):
        return [_said("user", items)]
    return [_message(item) for item in _listed(items)]


def answered(items: Json) -> list[Json]:
    """The one message that a model answers with, whatever number of items the SDK makes of it."""
    parts = [part for item in _listed(items) for part in _parts(item)]
    calls = any(isinstance(part, Mapping) and part["type"] == "tool_call" for part in parts)
    return [{"role": "assistant", "parts": parts, "finish_reason": "tool_call" if calls else "stop"}]


def instructions(text: Json) -> list[Json]:
    """What an agent is told to be."""
    return [_text(text)]


def arguments(text: Json) -> Json:
    """The arguments of a call as the object that they are; as the model wrote them where they are none."""
    try:
        made = json.loads(text) if isinstance(text, str) else text
    except (ValueError, RecursionError):
        return text
    return made if isinstance(made, Mapping) else text


def _message(item: Json) -> Json:
    if not isinstance(item, Mapping):
        return _said("assistant", item)
    role = "tool" if item.get("type") == "function_call_output" else item.get("role", "assistant")
    return {"role": role, "parts": _parts(item)}


def _parts(item: Json) -> list[Json]:
    if not isinstance(item, Mapping):
        return [_text(item)]
    kind = item.get("type")
    if kind == "function_call":
        call = {"type": "tool_call", "id": item.get("call_id"), "name": item.get("name")}
        return [call | {"arguments": arguments(item.get("arguments"))}]
    if kind == "function_call_output":
        return [{"type": "tool_call_response", "id": item.get("call_id"), "response": item.get("output")}]
    if kind == "reasoning":
        told = [*_listed(item.get("summary")), *_listed(item.get("content"))]
        return [{**_part(part), "type": "reasoning"} for part in told]
    content = item.get("content")
    return [_text(content)] if isinstance(content, str) else [_part(part) for part in _listed(content)]


def _part(part: Json) -> dict[str, Json]:
    """A text as one; of anything else, such as an image, only that it is there."""
    if isinstance(part, Mapping) and isinstance(text := part.get("text", part.get("refusal")), str):
        return _text(text)
    if isinstance(part, Mapping):
        return {"type": str(part.get("type"))}
    return _text(part)


def _listed(value: Json) -> Sequence[Json]:
    if value is None:
        return ()
    return value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)


def _said(role: str, content: Json) -> Json:
    return {"role": role, "parts": [_text(content)]}


def _text(content: Json) -> dict[str, Json]:
    return {"type": "text", "content": content if isinstance(content, str) else json.dumps(content)}
