"""Messages as the GenAI semantic conventions write them: roles, and parts of a few kinds (checked 2026-11-28)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents_sahara.types import Json


def messages(items: Json) -> list[Json]:
    """The items that the SDK gives a model, or gets from it."""
    if isinstance(items, str):
        return [_text("user", items)]
    listed = items if isinstance(items, Sequence) else [items]
    return [_message(item) for item in listed]


def _message(item: Json) -> Json:
    if not isinstance(item, Mapping):
        return _text("assistant", item)
    kind = item.get("type")
    if kind == "function_call":
        call = {"type": "tool_call", "id": item.get("call_id"), "name": item.get("name")}
        return {"role": "assistant", "parts": [call | {"arguments": item.get("arguments")}]}
    if kind == "function_call_output":
        given = {
            "type": "tool_call_response",
            "id": item.get("call_id"),
            "response": item.get("output"),
        }
        return {"role": "tool", "parts": [given]}
    role = item.get("role", "assistant")
    content = item.get("content")
    if isinstance(content, Sequence) and not isinstance(content, str):
        return {"role": role, "parts": [_part(part) for part in content]}
    return _text(role, content)


def _part(part: Json) -> Json:
    if isinstance(part, Mapping) and "text" in part:
        return {"type": "text", "content": part["text"]}
    return {"type": "text", "content": part if isinstance(part, str) else None}


def _text(role: Json, content: Json) -> Json:
    return {"role": role, "parts": [{"type": "text", "content": content}]}
