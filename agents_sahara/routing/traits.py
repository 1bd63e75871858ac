"""What a provider's own ways ask of a request: fields that it refuses, history that it cannot read.

Pure functions over chat requests. What a provider refuses at run time is learned for the rest of the team's life.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from agents_sahara.errors import BadRequestError, GatewayError
from agents_sahara.routing.history import without_tools
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
    no_tool_history: set[str] = field(default_factory=set)
    """Providers that refuse tool messages from an agent without tools."""
    without_key: set[str] = field(default_factory=set)
    """Providers whose key is not set, as far as that was told."""

    def traits(self, provider: str, given: Traits) -> Traits:
        """How `provider` wants its requests, by the file and by what it refused."""
        return replace(given, history="no_tools") if provider in self.no_tool_history else given

    def forget(self, provider: str) -> None:
        """Nothing is known of `provider` any more."""
        for names in (self.usage, self.no_tool_history, self.without_key):
            names.discard(provider)
        self.ladder.forget(provider)

    def note(self, provider: str, failure: GatewayError, request: Mapping[str, Any]) -> bool:
        """Learn from a refusal; True where the same request without the refused field is worth another try."""
        if not isinstance(failure, BadRequestError):
            return False
        said = failure.message.lower()
        if "stream_options" in request and ("stream_options" in said or "include_usage" in said):
            self.usage.add(provider)
            return True
        if _has_tool_history(request) and any(word in said for word in _OF_TOOL_HISTORY):
            self.no_tool_history.add(provider)
            return True
        return False


_OF_TOOL_HISTORY = (
    "toolconfig",
    "tool_config",
    "`tools=`",
    "without tools",
    "tool_calls",
    "tool calls",
    "role 'tool'",
)
"""What refusals of tool messages without `tools` say: Bedrock's own words and those of gateways before it
(pydantic-ai issue 1966, litellm issue 40735, checked 2026-11-28)."""


def _has_tool_history(request: Mapping[str, Any]) -> bool:
    """Whether an agent without tools is shown what tools said."""
    has_tools = isinstance(request.get("tools"), list)
    return not has_tools and any(message["role"] == "tool" for message in request["messages"])


def adapted(request: Mapping[str, Any], traits: Traits, *, asks_usage: bool) -> dict[str, Any]:
    """`request` as a provider with these traits wants it."""
    made = dict(request)
    if not (traits.include_usage and asks_usage):
        made.pop("stream_options", None)
    tools = made.get("tools")
    if isinstance(tools, list) and not traits.strict_tools:
        made["tools"] = [_without_strict(tool) for tool in tools]
    if not isinstance(tools, list) and traits.history == "no_tools":
        made["messages"] = without_tools(made["messages"])
    return made


def _without_strict(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = {name: value for name, value in tool["function"].items() if name != "strict"}
    return {**tool, "function": function}
