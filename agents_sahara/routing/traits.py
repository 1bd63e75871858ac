"""What a provider's own ways ask of a request: fields that it refuses, history that it cannot read.

Pure functions over chat requests. What a provider refuses at run time is learned for the rest of the team's life.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from agents_sahara.errors import BadRequestError, GatewayError
from agents_sahara.routing.ladder import Ladder

History: TypeAlias = Literal["full", "no_tools"]


@dataclass(frozen=True, slots=True)
class Traits:
    """How one provider wants its requests."""

    history: History = "full"
    """`no_tools`: an agent without tools gets a history without tool messages, which some providers refuse."""
    strict_tools: bool = True
    """Whether tools may be sent with `strict`."""
    include_usage: bool = True
    """Whether a stream may be asked for its usage."""


@dataclass(slots=True)
class Learned:
    """What providers refused so far."""

    usage: set[str] = field(default_factory=set)
    """Providers that refuse `stream_options`."""
    ladder: Ladder = field(default_factory=Ladder)
    """How answers that must fit a schema are asked for."""
    without_key: set[str] = field(default_factory=set)
    """Providers whose key is not set, as far as that was told."""

    def note(self, provider: str, failure: GatewayError, request: Mapping[str, Any]) -> bool:
        """Learn from a refusal; True where the same request without the refused field is worth another try."""
        if not isinstance(failure, BadRequestError) or "stream_options" not in request:
            return False
        said = failure.message.lower()
        is_it = "stream_options" in said or "include_usage" in said
        if is_it:
            self.usage.add(provider)
        return is_it


def adapted(request: Mapping[str, Any], traits: Traits, *, asks_usage: bool) -> dict[str, Any]:
    """`request` as a provider with these traits wants it."""
    made = dict(request)
    if not (traits.include_usage and asks_usage):
        made.pop("stream_options", None)
    tools = made.get("tools")
    if isinstance(tools, list) and not traits.strict_tools:
        made["tools"] = [_without_strict(tool) for tool in tools]
    if not isinstance(tools, list) and traits.history == "no_tools":
        made["messages"] = list(_without_tools(made["messages"]))
    return made


def _without_strict(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = {name: value for name, value in tool["function"].items() if name != "strict"}
    return {**tool, "function": function}


def _without_tools(messages: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Text stays; handoffs go; what any other tool answered is told in words."""
    calls: dict[str, str] = {}
    for message in messages:
        if message["role"] == "tool":
            if not _is_handoff(message["content"]):
                yield _told(calls.get(message["tool_call_id"], "a tool"), message["content"])
            continue
        for call in message.get("tool_calls") or ():
            calls[call["id"]] = f"{call['function']['name']}({call['function']['arguments']})"
        if not message.get("tool_calls"):
            yield message
        elif message.get("content"):
            yield {name: value for name, value in message.items() if name != "tool_calls"}


def _told(call: str, answer: object) -> dict[str, Any]:
    return {"role": "user", "content": f"[{call} returned: {answer}]"}


def _is_handoff(content: object) -> bool:
    """The SDK answers a handoff's call with `{"assistant": NAME}`."""
    try:
        answer = json.loads(content) if isinstance(content, str) else None
    except ValueError:
        return False
    return isinstance(answer, dict) and set(answer) == {"assistant"}
