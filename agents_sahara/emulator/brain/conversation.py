"""A chat.completions request as the simulator reads it: who is asked, what was said, what was done this turn.

Takes any JSON: what is missing or malformed reads as absent, since the server has already judged the request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents_sahara.emulator.brain.expression import Expression
from agents_sahara.types import Json, JsonObject

_SUMMARY_LINE = Expression(r"^\s*\d+\.\s*user:\s*(.*)$", re.MULTILINE | re.IGNORECASE)
_HANDOFF_KEYS = {"assistant", "agent", "input", "history", "return_to", "returned"}
_IGNORED_HANDOFF = "multiple handoffs detected"
_OTHERS_WORK = "What was done so far:"
"""How the steps of a workflow are told what other agents gave: nothing that the user said."""
MOST_MESSAGES = 400
"""How much of a long conversation is read, from its end."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool that was called in this turn gave back."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """What the decision rests on."""

    instructions: str
    message: str
    """The latest thing that the user said."""
    earlier: tuple[str, ...]
    """What the user said before, oldest first."""
    called: frozenset[str]
    """Names of the tools called since the user spoke."""
    visited: tuple[str, ...]
    """Names of the agents that were given control since the user spoke, in order."""
    results: tuple[ToolResult, ...]
    """What other tools gave back since the user spoke."""
    agent_name: str | None
    """The agent that is asked, as the last handoff named it."""


def text_of(content: Json) -> str:
    """The text of a message's `content`: a string, a list of parts, or nothing."""
    if isinstance(content, str):
        return content
    if isinstance(content, Sequence):
        parts = [part.get("text") if isinstance(part, Mapping) else part for part in content[:100]]
        return "\n".join(part for part in parts if isinstance(part, str))
    return ""


def items(value: Json, most: int = 1000) -> list[JsonObject]:
    """The objects of a JSON array; nothing where it is not one."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [item for item in value[:most] if isinstance(item, Mapping)]
    return []


def read_conversation(body: JsonObject) -> Conversation:
    """The conversation of a request body."""
    messages = items(body.get("messages"), most=1_000_000)
    instructions = "\n".join(
        text_of(m.get("content")) for m in messages if m.get("role") in {"system", "developer"}
    )
    spoken = [m for m in messages[-MOST_MESSAGES:] if m.get("role") not in {"system", "developer"}]
    turns = [
        index
        for index, message in enumerate(spoken)
        if message.get("role") == "user" and not text_of(message.get("content")).startswith(_OTHERS_WORK)
    ]
    said = [text_of(spoken[index].get("content")) for index in turns] or _said_in_summary(spoken)
    turn = spoken[turns[-1] + 1 :] if turns else spoken
    names = _call_names(turn)
    visited, results = _outcomes(turn, names)
    return Conversation(
        instructions=instructions,
        message=said[-1] if said else "",
        earlier=tuple(said[:-1][-8:]),
        called=frozenset(names.values()),
        visited=visited,
        results=results,
        agent_name=_last_agent(spoken, tool_names(body)),
    )


def _said_in_summary(spoken: list[JsonObject]) -> list[str]:
    """The user's words where a handoff left only a summary of the conversation."""
    text = "\n".join(text_of(message.get("content")) for message in spoken)
    return [line.strip() for line in _SUMMARY_LINE.findall(text[-20_000:])]


def _call_names(turn: list[JsonObject]) -> dict[str, str]:
    """Tool name by call id; calls without an id count too."""
    names: dict[str, str] = {}
    for message in turn:
        for call in items(message.get("tool_calls")):
            function = call.get("function")
            name = function.get("name") if isinstance(function, Mapping) else None
            if isinstance(name, str):
                names[str(call.get("id") or f"#{len(names)}")] = name
    return names


def handed_to(text: str) -> str | None:
    """The agent that a handoff's tool result names; None for any other result."""
    if not text.startswith("{") or '"assistant"' not in text or len(text) > 2000:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    name = value.get("assistant") if isinstance(value, dict) and value.keys() <= _HANDOFF_KEYS else None
    return name if isinstance(name, str) and name.strip() else None


def _outcomes(
    turn: list[JsonObject], names: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[ToolResult, ...]]:
    visited: list[str] = []
    results: list[ToolResult] = []
    for message in turn:
        if message.get("role") != "tool":
            continue
        text = text_of(message.get("content"))
        agent = handed_to(text)
        if agent:
            visited.append(agent)
        elif _IGNORED_HANDOFF not in text[:200].lower():
            results.append(ToolResult(names.get(str(message.get("tool_call_id")), ""), text))
    return tuple(visited), tuple(results)


def _last_agent(spoken: list[JsonObject], offered: frozenset[str]) -> str | None:
    """The last agent that was given control.

    One from before the latest user message counts only where none of the handoffs that led to it is offered
    now: otherwise the agent that made them is asked again.
    """
    name: str | None = None
    is_earlier = False
    for message in reversed(spoken):
        if message.get("role") == "user":
            is_earlier = True
        elif message.get("role") == "tool" and name is None:
            name = handed_to(text_of(message.get("content")))
            if name and not is_earlier:
                return name
        if is_earlier and offered.intersection(_call_names([message]).values()):
            return None
    return name


def tool_names(body: JsonObject) -> frozenset[str]:
    """Names of the function tools that a request offers."""
    functions = [tool.get("function") for tool in items(body.get("tools"))]
    names = [function.get("name") for function in functions if isinstance(function, Mapping)]
    return frozenset(name for name in names if isinstance(name, str))
