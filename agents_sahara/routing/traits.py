"""What a provider's own ways ask of a request: fields that it refuses, history that it cannot read.

Pure functions over chat requests. What a provider refuses at run time is learned for the rest of the team's life.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from agents_sahara.errors import BadRequestError, GatewayError
from agents_sahara.routing.call_ids import with_short_ids
from agents_sahara.routing.failures import words_of
from agents_sahara.routing.history import Message, without_tools
from agents_sahara.routing.ladder import Ladder
from agents_sahara.routing.turn_taking import taking_turns

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
    takes_turns: bool = False
    """Whether user and assistant must speak one after the other, behind one system message."""
    short_ids: bool = False
    """Whether ids of calls must be short and plain."""
    reads_thoughts: bool = True
    """Whether what a model thought may be sent back to it."""


@dataclass(slots=True)
class Learned:
    """What providers refused so far."""

    usage: set[str] = field(default_factory=set)
    """Providers that refuse `stream_options`."""
    ladder: Ladder = field(default_factory=Ladder)
    """How answers that must fit a schema are asked for."""
    no_tool_history: set[str] = field(default_factory=set)
    """Providers that refuse tool messages from an agent without tools."""
    takes_turns: set[str] = field(default_factory=set)
    """Providers that refuse messages whose roles do not take turns."""
    short_ids: set[str] = field(default_factory=set)
    """Providers that refuse ids of calls as other providers give them."""
    no_thoughts: set[str] = field(default_factory=set)
    """Providers that refuse what a model thought."""
    without_key: set[str] = field(default_factory=set)
    """Providers whose key is not set, as far as that was told."""

    def traits(self, provider: str, given: Traits) -> Traits:
        """How `provider` wants its requests, by the file and by what it refused."""
        if not any(provider in names for names in self._refused()):
            return given
        return replace(
            given,
            history="no_tools" if provider in self.no_tool_history else given.history,
            takes_turns=provider in self.takes_turns,
            short_ids=provider in self.short_ids,
            reads_thoughts=provider not in self.no_thoughts,
        )

    def _refused(self) -> tuple[set[str], ...]:
        return self.no_tool_history, self.takes_turns, self.short_ids, self.no_thoughts

    def forget(self, provider: str) -> None:
        """Nothing is known of `provider` any more."""
        for names in (self.usage, *self._refused(), self.without_key):
            names.discard(provider)
        self.ladder.forget(provider)

    def note(self, provider: str, failure: GatewayError, request: Mapping[str, Any]) -> bool:
        """Learn from a refusal; True where the same request without the refused field is worth another try."""
        if not isinstance(failure, BadRequestError):
            return False
        said = words_of(failure).lower()
        if "stream_options" in request and ("stream_options" in said or "include_usage" in said):
            self.usage.add(provider)
            return True
        learned = self._of_history(said, request)
        if learned is None or provider in learned:
            return False
        learned.add(provider)
        return True

    def _of_history(self, said: str, request: Mapping[str, Any]) -> set[str] | None:
        """Among whom a provider belongs that says this of the messages of `request`."""
        messages = request["messages"]
        if _OF_IDS.search(said) and any(message.get("tool_calls") for message in messages):
            return self.short_ids
        if _has_tool_history(request) and any(word in said for word in _OF_TOOL_HISTORY):
            return self.no_tool_history
        if _OF_THOUGHTS.search(said) and any(name in one for one in messages for name in _THOUGHTS):
            return self.no_thoughts
        if _OF_TURNS.search(said) and taking_turns(messages) != messages:
            return self.takes_turns
        return None


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

_OF_IDS = re.compile(
    r"(tool[ _]?(call|use)s?[ _]?id|tool_calls\W*\d*\W*id\b)"
    r".*(length|too long|at most|at least|pattern|characters|a-z)",
    re.DOTALL,
)
"""OpenAI takes 40 characters, Bedrock 64 of `[a-zA-Z0-9_-]`, Mistral nine letters and digits
(github.com/jackmpcollins/magentic/issues/276, checked 2026-11-28)."""

_OF_THOUGHTS = re.compile(
    r"(reasoning|thinking).*(support|unknown|unexpected|unrecognized|permitted|allowed|extra|additional)"
    r"|(support|unknown|unexpected|unrecognized|permitted|allowed|extra|additional).*(reasoning|thinking)",
    re.DOTALL,
)
"""What hosts say that refuse `reasoning_content` (github.com/QwenLM/qwen-code/issues/11045, checked 2026-11-28)."""

_OF_TURNS = re.compile(
    r"alternat|\broles?\b.*(after|must|follow|order|consecutive)|(last|first|final) (message|role)"
    r"|user (message|turn)|system (message|role|prompt)|blank|non-?empty|whitespace|prefill"
)
"""What refusals of the order of messages, and of empty ones, say; the sources stand in `turn_taking`."""

_THOUGHTS = ("reasoning_content", "reasoning", "thinking_blocks")
"""What the SDK writes beside a message for the model that thought it (openai-agents 0.24, checked 2026-11-28)."""


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
    if not traits.reads_thoughts:
        made["messages"] = without_thoughts(made["messages"])
    if traits.short_ids:
        made["messages"] = with_short_ids(made["messages"])
    if traits.takes_turns:
        made["messages"] = taking_turns(made["messages"])
    return made


def without_thoughts(messages: Sequence[Message]) -> list[Message]:
    """What was said, without what a model thought: another one cannot read it, and may refuse it
    (github.com/openai/openai-agents-python/issues/569, checked 2026-11-28)."""
    return [
        {name: _unsigned(name, said) for name, said in one.items() if name not in _THOUGHTS}
        for one in messages
    ]


def _unsigned(name: str, said: Any) -> Any:
    """Calls without the signature of the thought behind them."""
    if name != "tool_calls" or not said:
        return said
    return [{part: value for part, value in call.items() if part != "extra_content"} for call in said]


def _without_strict(tool: Mapping[str, Any]) -> dict[str, Any]:
    function = {name: value for name, value in tool["function"].items() if name != "strict"}
    return {**tool, "function": function}
