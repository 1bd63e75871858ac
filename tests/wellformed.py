"""What every provider asks of the messages of a chat request, however strict it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def problems(body: Mapping[str, Any]) -> list[str]:
    """Why a strict provider would refuse these messages; nothing where they are well formed."""
    messages: Sequence[Mapping[str, Any]] = body["messages"]
    found = _pairing(messages)
    if not any(message["role"] == "user" for message in messages):
        found.append("nobody asks anything")
    if messages[-1]["role"] == "assistant":
        found.append("the assistant speaks last")
    for place, message in enumerate(messages):
        if message["role"] in ("system", "developer") and place > 0:
            found.append(f"{place}: instructions in the middle")
        if not message.get("content") and not message.get("tool_calls"):
            found.append(f"{place}: an empty message")
    return found


def _pairing(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """Each tool message answers a call right before it, and each call is answered once."""
    found: list[str] = []
    waiting: set[str] = set()
    for place, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                found.append(f"{place}: answers no call")
            waiting.discard(message["tool_call_id"])
            continue
        if waiting:
            found.append(f"{place}: calls without an answer")
        calls = [call["id"] for call in message.get("tool_calls") or ()]
        if len(set(calls)) != len(calls):
            found.append(f"{place}: two calls of one id")
        waiting = set(calls)
    return [*found, "calls without an answer at the end"] if waiting else found
