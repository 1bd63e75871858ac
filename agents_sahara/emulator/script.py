"""Rules that answer in place of the backend, or spoil what it answers: for tests and for demonstrations.

The first rule that matches a request is used. Plain frozen values; the same rules can be written in YAML
(`script_file`). Knows nothing of HTTP.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from agents_sahara.emulator.chat_messages import text_of
from agents_sahara.emulator.wire import FULL_SPEED, Pace
from agents_sahara.types import Json, JsonObject

CHAT = "chat/completions"
PATHS = (CHAT, "models", "providers", "modelDetail")
"""What a rule can be about, each below the prefix of the API."""


@dataclass(frozen=True, slots=True)
class When:
    """Conditions of a rule: all that are given must hold. Patterns are searched for, not anchored."""

    path: str = CHAT
    message: str | None = None
    """Pattern in the newest user message."""
    system: str | None = None
    """Pattern in the system and developer messages: the agent's instructions."""
    provider: str | None = None
    model: str | None = None
    turn: int | None = None
    """Which model call since the newest user message, from 1."""
    stream: bool | None = None

    def __post_init__(self) -> None:
        if self.path not in PATHS:
            raise ValueError(f"{self.path!r} is not one of {', '.join(PATHS)}")
        for pattern in (self.message, self.system):
            re.compile(pattern or "")


@dataclass(frozen=True, slots=True)
class Say:
    """Answer with this text."""

    text: str
    answered_model: str | None = None
    """The id that is said to have answered, where it is not the one asked for."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool call of an answer; `arguments` as text goes out as it stands, also where it is no JSON."""

    name: str
    arguments: JsonObject | str = field(default_factory=dict)
    id: str | None = None
    """None: made from the request, as always."""


@dataclass(frozen=True, slots=True)
class Use:
    """Answer with tool calls, and with `text` beside them if there is any."""

    tools: tuple[Tool, ...]
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Fail:
    """Answer with an error status; without `body` in the shape that OpenAI gives its errors."""

    status: int
    body: Json | bytes = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str | None = None
    """None: JSON for a JSON body, plain text for bytes."""


@dataclass(frozen=True, slots=True)
class Raw:
    """Answer with exactly this body, whatever the request expects."""

    body: bytes | str
    content_type: str | None = "application/json"
    """None: no such header."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wire:
    """Answer with these bytes in place of an HTTP response, then close the connection."""

    data: bytes


Action: TypeAlias = Say | Use | Fail | Raw | Wire


@dataclass(frozen=True, slots=True)
class Rule:
    """When it matches: what is answered (None: what the backend says), how slowly, how often."""

    do: Action | None = None
    when: When = When()
    pace: Pace = FULL_SPEED
    times: int | None = None
    """How many requests it answers before it is passed over; None: all."""

    def __post_init__(self) -> None:
        if self.when.path != CHAT and isinstance(self.do, Say | Use):
            raise ValueError(f"{self.when.path!r} gives no completion: it takes Fail, Raw or Wire only")


@dataclass(frozen=True, slots=True)
class Question:
    """What rules can match on."""

    path: str
    provider: str | None
    model: str | None
    messages: Sequence[JsonObject] = ()
    is_stream: bool = False


class Script:
    """The rules in force and how often each was used; safe to use from several threads."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._rules = tuple(rules)
        self._left = [rule.times for rule in self._rules]
        self._lock = threading.Lock()

    def take(self, question: Question) -> Rule | None:
        """The first rule that matches and is not used up; it counts as used."""
        if not self._rules:
            return None
        with self._lock:
            for place, rule in enumerate(self._rules):
                left = self._left[place]
                if left != 0 and matches(rule.when, question):
                    self._left[place] = None if left is None else left - 1
                    return rule
        return None


def matches(when: When, question: Question) -> bool:
    """Whether every condition holds."""
    return (
        when.path == question.path
        and when.provider in (None, question.provider)
        and when.model in (None, question.model)
        and when.stream in (None, question.is_stream)
        and (when.turn is None or when.turn == turn_of(question.messages))
        and _is_found(when.message, _newest(question.messages))
        and _is_found(when.system, _instructions(question.messages))
    )


def turn_of(messages: Sequence[JsonObject]) -> int:
    """Which model call this is since the newest user message, from 1."""
    turn = 1
    for message in reversed(messages):
        if message["role"] == "user":
            break
        turn += message["role"] == "assistant"
    return turn


def _newest(messages: Sequence[JsonObject]) -> str:
    return next((text_of(message) for message in reversed(messages) if message["role"] == "user"), "")


def _instructions(messages: Sequence[JsonObject]) -> str:
    return "\n".join(text_of(message) for message in messages if message["role"] in ("system", "developer"))


def _is_found(pattern: str | None, text: str) -> bool:
    return pattern is None or re.search(pattern, text) is not None
