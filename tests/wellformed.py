"""What every provider asks of the messages of a chat request, however strict it is."""

from __future__ import annotations

import re
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
        found += [f"{place}: {problem}" for problem in _odd(message)]
    return [*found, *_twice(messages)]


def _odd(message: Mapping[str, Any]) -> list[str]:
    """What some providers refuse of one message, or pass over in silence."""
    found = (
        ["a role that not all know"] if message["role"] not in ("system", "user", "assistant", "tool") else []
    )
    content = message.get("content")
    if isinstance(content, str) and not content.strip() and message["role"] != "tool":
        found.append("a blank text")
    for call in message.get("tool_calls") or ():
        if not re.fullmatch("[a-zA-Z0-9_-]{1,64}", call["function"]["name"]):
            found.append("a name that no tool may have")
        if not call["id"]:
            found.append("a call without an id")
    return found


def _twice(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    ids = [call["id"] for message in messages for call in message.get("tool_calls") or ()]
    return ["an id of two calls"] if len(set(ids)) != len(ids) else []


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
