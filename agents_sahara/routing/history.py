"""What an agent sees of the conversation: all of it, or what the handoffs that led to it let through.

A pure function over the messages of a chat request. An agent that hands off with `return` gets the answer of the
conversation beside it as the result of its call, and sees nothing else of it. Every list that comes out is one that
providers accept if what came in was: each tool message answers a call right before it, and a user speaks last.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from agents_sahara.routing.markers import Marker, read_marker

Message: TypeAlias = "dict[str, Any]"

_MOST_OF_ONE = 1_000
_MOST_OF_ALL = 12_000
"""Characters of a summary; of longer conversations the oldest part is left out."""


@dataclass(frozen=True, slots=True)
class View:
    """The conversation as one agent sees it."""

    messages: list[Message]
    return_to: str | None = None
    """Key of the agent that gets this one's answer; None where the user does."""


@dataclass(frozen=True, slots=True)
class _Group:
    """A message, and the tool messages that answer its calls."""

    message: Message
    answers: tuple[Message, ...] = ()

    def all(self) -> tuple[Message, ...]:
        return (self.message, *self.answers)


@dataclass(frozen=True, slots=True)
class _Frame:
    """A handoff whose end is open."""

    before: tuple[_Group, ...]
    """What the agent that handed off had seen."""
    group: _Group
    call_id: str
    owner: str


def view_of(messages: Sequence[Message], handoff_tools: Collection[str]) -> View:
    """What whoever is asked now sees of `messages`; `handoff_tools` are the names of all handoffs of the team."""
    seen: list[_Group] = []
    frames: list[_Frame] = []
    for group in _groups(messages):
        if group.message["role"] == "user":
            frames.clear()  # an earlier answer went to the user after all
        marked = _marked(group, handoff_tools)
        if marked is None:
            seen.append(group)
            continue
        call_id, marker = marked
        if marker.is_return:
            seen = _returned(seen, group, frames)
            continue
        _close(frames, marker)
        if marker.return_to is not None:
            frames.append(_Frame(tuple(seen), group, call_id, marker.return_to))
        seen = _let_through([*seen, group], marker)
    shown = [message for group in seen for message in group.all()]
    return View(shown, frames[-1].owner if frames else None)


def _groups(messages: Sequence[Message]) -> Iterator[_Group]:
    group: _Group | None = None
    for message in messages:
        if message["role"] == "tool" and group is not None:
            group = replace(group, answers=(*group.answers, message))
            continue
        if group is not None:
            yield group
        group = _Group(message)
    if group is not None:
        yield group


def _marked(group: _Group, handoff_tools: Collection[str]) -> tuple[str, Marker] | None:
    """The handoff that a group makes, with the id of its call."""
    names = {call["id"]: call["function"]["name"] for call in group.message.get("tool_calls") or ()}
    for answer in group.answers:
        call_id = answer["tool_call_id"]
        marker = read_marker(answer["content"]) if names.get(call_id) in handoff_tools else None
        if marker is not None:
            return call_id, marker
    return None


def _returned(seen: list[_Group], group: _Group, frames: list[_Frame]) -> list[_Group]:
    """What the agent sees that has control back: its own call, with the answer as its result."""
    answer = group.message.get("content") or ""
    if not frames:
        return [*seen, _Group({"role": "assistant", "content": answer})]
    frame = frames.pop()
    answers = tuple(
        {**one, "content": answer} if one["tool_call_id"] == frame.call_id else one
        for one in frame.group.answers
    )
    return [*frame.before, replace(frame.group, answers=answers)]


def _close(frames: list[_Frame], marker: Marker) -> None:
    """Whoever is handed control by a plain handoff does not wait for its return as well."""
    owners = [frame.owner for frame in frames]
    if marker.return_to is None and marker.agent in owners:
        del frames[owners.index(marker.agent) :]


def _let_through(groups: list[_Group], marker: Marker) -> list[_Group]:
    if marker.history == "full":
        return groups
    messages = [message for group in groups for message in group.all()]
    system = [message for message in messages if message["role"] in ("system", "developer")]
    others = [message for message in messages if message["role"] not in ("system", "developer")]
    last = next((place for place in reversed(range(len(others))) if others[place]["role"] == "user"), None)
    kept = without_tools(others)
    if marker.history != "no_tools" and last is not None:
        kept = [others[last]]
        if marker.history == "summary":
            kept = [*_summary(others[:last], others[last + 1 :]), others[last]]
    return [_Group(message) for message in (*system, *_with_input(kept, marker))]


def _with_input(messages: list[Message], marker: Marker) -> list[Message]:
    """What the model handed over with, told before the user's last words."""
    if marker.input is None:
        return messages
    told = {"role": "user", "content": f"[handed over with {json.dumps(marker.input, ensure_ascii=False)}]"}
    last = next((place for place in reversed(range(len(messages))) if messages[place]["role"] == "user"), 0)
    return [*messages[:last], told, *messages[last:]]


def _summary(before: Sequence[Message], after: Sequence[Message]) -> list[Message]:
    """What was said and done around the user's last words, as one message."""
    lines = [_line(message) for message in without_tools([*before, *after])]
    text = "\n".join(line for line in lines if line)
    if not text:
        return []
    shown = text if len(text) <= _MOST_OF_ALL else f"...{text[-_MOST_OF_ALL:]}"
    return [{"role": "user", "content": f"[The conversation so far]\n{shown}"}]


def _line(message: Message) -> str:
    text = " ".join(_text_of(message.get("content")).split())
    shown = text if len(text) <= _MOST_OF_ONE else f"{text[:_MOST_OF_ONE]}..."
    return f"{message['role']}: {shown}" if shown else ""


def without_tools(messages: Sequence[Message]) -> list[Message]:
    """Text stays; handoffs go; what any other tool answered is told in words.

    What agents said while they handed over goes where nothing followed: the last word is never an agent's, which some
    providers refuse and others take for the beginning of the answer.
    """
    kept = list(_without_tools(messages))
    while kept and kept[-1]["role"] == "assistant" and not any(kept[-1] is one for one in messages):
        kept.pop()
    return kept


def _without_tools(messages: Sequence[Message]) -> Iterator[Message]:
    calls: dict[str, str] = {}
    for message in messages:
        if message["role"] == "tool":
            if read_marker(message["content"]) is None:
                yield told(calls.get(message["tool_call_id"], "a tool"), message["content"])
            continue
        for call in message.get("tool_calls") or ():
            calls[call["id"]] = f"{call['function']['name']}({call['function']['arguments']})"
        if not message.get("tool_calls"):
            yield message
        elif message.get("content"):
            yield {name: value for name, value in message.items() if name != "tool_calls"}


def told(call: str, answer: object) -> Message:
    """What a call of a tool gave, for whoever is not to see the call."""
    return {"role": "user", "content": f"[{call} returned: {_text_of(answer)}]"}


def _text_of(content: object) -> str:
    """The text of a message, its parts joined by spaces."""
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        return " ".join(text for text in texts if isinstance(text, str))
    return str(content or "")
