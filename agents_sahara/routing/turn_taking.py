"""A conversation for providers whose roles take turns: the system first, then user and assistant one after the other.

Bedrock's Converse and the templates of Mistral and of other open models refuse anything else, and text that is blank
(github.com/microsoft/semantic-kernel/issues/10281, github.com/vllm-project/vllm/issues/6862,
github.com/charmbracelet/crush/issues/279, checked 2026-11-28). Pure functions over messages that are sound.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from agents_sahara.routing.history import Message
from agents_sahara.routing.sound import is_blank

_LEFT_OUT = "[What was said before is left out.]"
_GO_ON = "[Go on.]"
_SILENCE = "[Nothing was said here.]"
_EMPTY = "[It gave nothing.]"


def taking_turns(messages: Sequence[Message]) -> list[Message]:
    """`messages` with what was said in a row by one speaker in one message, and the user's words last."""
    system = [one for one in messages if one["role"] == "system"]
    spoken = list(_joined([one for one in messages if one["role"] != "system"]))
    if spoken and spoken[0]["role"] != "user":
        spoken.insert(0, {"role": "user", "content": _LEFT_OUT})
    if spoken and spoken[-1]["role"] == "assistant":
        spoken.append({"role": "user", "content": _GO_ON})
    return [*_joined(system), *spoken]


def _joined(messages: Sequence[Message]) -> Iterator[Message]:
    last: Message | None = None
    for message in messages:
        made = message
        if message["role"] == "tool" and is_blank(message["content"]):
            made = {**message, "content": _EMPTY}
        if last is not None and _go_together(last, made):
            last = {**last, **made, "content": _both(last.get("content"), made.get("content"))}
            continue
        if last is not None:
            yield last
            if last["role"] == "tool" and made["role"] == "user":
                yield {"role": "assistant", "content": _SILENCE}
        last = made
    if last is not None:
        yield last


def _go_together(one: Message, other: Message) -> bool:
    return bool(one["role"] == other["role"] != "tool" and not one.get("tool_calls"))


def _both(one: Any, other: Any) -> Any:
    """Two contents as one: text where both are text, else parts."""
    if not one or not other:
        return one or other
    if isinstance(one, str) and isinstance(other, str):
        return f"{one}\n\n{other}"
    return [*_parts(one), *_parts(other)]


def _parts(content: Any) -> list[Any]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)
