"""What the simulator decided: words for the user, or calls of offered tools, and why."""

from __future__ import annotations

from dataclasses import dataclass

from agents_sahara.types import JsonObject


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of an offered tool."""

    name: str
    arguments: JsonObject


@dataclass(frozen=True, slots=True)
class Reply:
    """One assistant message: either `text` or at least one tool call."""

    text: str | None
    tool_calls: tuple[ToolCall, ...]
    reason: str
    """The rule that decided, for logs and tests: `handoff:language:es`, `answer:greeting`, ..."""
