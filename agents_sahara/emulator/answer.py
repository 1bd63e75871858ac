"""One finished answer of the gateway, before it has a shape on the wire: text, calls, why it ended, what it counts.

Knows the request's limits (`stop`, `max_tokens`); knows nothing of HTTP or of who decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from agents_sahara.emulator.brain.reply import ToolCall
from agents_sahara.emulator.chat_request import ChatRequest
from agents_sahara.emulator.tokens import count_prompt, count_text, cut_text
from agents_sahara.emulator.wire import dump

FinishReason: TypeAlias = Literal["stop", "length", "tool_calls"]


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call as it goes out: its arguments are text, as a model writes them."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What every choice of the completion says."""

    model: str
    """The id that is said to have answered."""
    text: str | None
    calls: tuple[Call, ...]
    finish_reason: FinishReason
    prompt_tokens: int
    completion_tokens: int
    """Of all `n` choices together."""


def make_answer(
    request: ChatRequest, *, text: str | None, calls: Sequence[Call] = (), model: str | None = None
) -> Answer:
    """The answer to `request`: its text cut at a stop word, then at `max_tokens`.

    Tool calls are never cut: a simulator has no reason to show half a call unless a script asks for it.
    """
    finish: FinishReason = "tool_calls" if calls else "stop"
    if text is not None:
        text = _before_stop_words(text, request.stop)
        if request.max_tokens is not None and not calls:
            whole, text = text, cut_text(text, request.max_tokens)
            finish = "length" if text != whole else "stop"
    count = count_text(text or "") + sum(8 + len(call.arguments) // 4 for call in calls)
    return Answer(
        model=model or request.model,
        text=text,
        calls=tuple(calls),
        finish_reason=finish,
        prompt_tokens=count_prompt(request.messages, request.tools),
        completion_tokens=(count + 1) * request.n,
    )


def number_calls(request: ChatRequest, calls: Sequence[ToolCall]) -> tuple[Call, ...]:
    """The decided calls, with ids and their arguments as text."""
    return tuple(
        Call(call_id(request, place), call.name, dump(call.arguments).decode())
        for place, call in enumerate(calls)
    )


def call_id(request: ChatRequest, place: int) -> str:
    """The id of the call at `place`: the same request gives the same ids."""
    return f"call_{place:x}{request.digest[:23]}"


def _before_stop_words(text: str, words: Sequence[str]) -> str:
    ends = [place for word in words if (place := text.find(word)) >= 0]
    return text[: min(ends)] if ends else text
