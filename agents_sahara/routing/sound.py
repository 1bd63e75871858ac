"""A conversation as every provider takes it, whoever wrote it down.

What a run of ours adds is sound; what a caller gives, what the SDK's own runner has stored, a conversation that was
cut, and a name that a model made up need not be. Pure functions over the messages of a chat request. Nothing that was
said is lost: what has no place as what it is, is told in words.

Refused by the providers (checked 2026-11-28): a call without its answer right behind it, an answer without its call
(github.com/openai/openai-agents-python/issues/722), two calls of one id, a name outside of `[a-zA-Z0-9_-]{1,64}`, an
empty text. The role `developer` is passed over in silence by templates of open models.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from agents_sahara.routing.history import Message, told
from agents_sahara.routing.markers import read_marker

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_ODD = re.compile(r"[^a-zA-Z0-9_-]")
_UNANSWERED = "No answer to this call is known."


def sound(messages: Sequence[Message]) -> Sequence[Message]:
    """`messages` themselves where nothing is wrong with them, as nearly always; else what they mean."""
    if _is_sound(messages):
        return messages
    mended = list(messages)
    for mend in _MENDS:
        mended = list(mend(mended))
    return mended


def _is_sound(messages: Sequence[Message]) -> bool:
    open_ids: set[str] = set()
    known: set[str] = set()
    for message in messages:
        role = message["role"]
        if role == "tool":
            if message["tool_call_id"] not in open_ids:
                return False
            open_ids.discard(message["tool_call_id"])
            continue
        if open_ids or role == "developer" or not _says_something(message):
            return False
        calls = message.get("tool_calls")
        if calls:
            open_ids = {call["id"] for call in calls}
            if len(open_ids) != len(calls) or open_ids & known or not all(map(_is_sound_call, calls)):
                return False
            known |= open_ids
    return not open_ids


def _says_something(message: Message) -> bool:
    """Whether a message has text or calls, and beside calls no empty text."""
    content = message.get("content")
    if message.get("refusal") is not None:
        return False
    if message.get("tool_calls"):
        return content is None or not is_blank(content)
    return not is_blank(content)


def is_blank(content: object) -> bool:
    """Whether the content of a message has nothing to read."""
    if isinstance(content, list):
        return all(part.get("type") == "text" and is_blank(part.get("text")) for part in content)
    return not content or (isinstance(content, str) and content.isspace())


def _is_sound_call(call: Mapping[str, Any]) -> bool:
    name, arguments = call["function"]["name"], call["function"]["arguments"].strip()
    is_object = arguments.startswith("{") and arguments.endswith("}")
    return bool(call["id"] and is_object and _NAME.fullmatch(name))


def _in_plain_roles(messages: list[Message]) -> Iterator[Message]:
    """`developer` is what newer models of one provider call `system`; all know the older word."""
    for message in messages:
        yield {**message, "role": "system"} if message["role"] == "developer" else message


def _without_blanks(messages: list[Message]) -> Iterator[Message]:
    """Messages that say nothing go; a model that refused in a field of its own has said what stands there."""
    asked = [one for one in messages if one["role"] == "user" and not is_blank(one.get("content"))]
    for message in messages:
        made = message
        if "refusal" in made:
            refusal = made["refusal"]
            made = {name: value for name, value in made.items() if name != "refusal"}
            if is_blank(made.get("content")) and refusal:
                made["content"] = refusal
        if made.get("tool_calls"):
            yield {**made, "content": None} if is_blank(made.get("content")) else made
            continue
        is_all = made["role"] == "user" and not asked  # that was asked
        if is_all or made["role"] == "tool" or not is_blank(made.get("content")):
            yield made


def _with_sound_calls(messages: list[Message]) -> Iterator[Message]:
    """Names and arguments of calls in the form that is read everywhere; no tool of ours has a name that changes."""
    for message in messages:
        calls = message.get("tool_calls")
        if not calls or all(map(_is_sound_call, calls)):
            yield message
            continue
        yield {**message, "tool_calls": [_sound_call(call) for call in calls]}


def _sound_call(call: Mapping[str, Any]) -> dict[str, Any]:
    name, arguments = call["function"]["name"], call["function"]["arguments"]
    function = {
        **call["function"],
        "name": _ODD.sub("_", name)[:64] or "_",
        "arguments": _as_object(arguments),
    }
    return {**call, "function": function}


def _as_object(arguments: str) -> str:
    try:
        said = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        said = arguments
    if isinstance(said, dict):
        return arguments or "{}"
    return json.dumps({} if said is None else {"arguments": said}, ensure_ascii=False)


@dataclass(slots=True)
class _Call:
    """A call of a conversation, and the answer that was found for it."""

    place: int
    """Of its message."""
    id: str
    answer: Message | None = None


@dataclass(slots=True)
class _Pairing:
    """Which answer belongs to which call."""

    calls: list[_Call]
    by_id: dict[str, list[_Call]] = field(default_factory=dict)
    strays: dict[int, Message] = field(default_factory=dict)
    """Answers that belong to none, by their place."""

    @classmethod
    def of(cls, messages: Sequence[Message]) -> _Pairing:
        """The nearest call before an answer is its own; a call behind it only where no other answer has it."""
        calls = [
            _Call(place, call["id"])
            for place, message in enumerate(messages)
            for call in message.get("tool_calls") or ()
        ]
        made = cls(calls)
        for call in calls:
            made.by_id.setdefault(call.id, []).append(call)
        answers = [(place, one) for place, one in enumerate(messages) if one["role"] == "tool"]
        late = [one for one in answers if not made._take(one, lambda call, place: call < place)]
        made.strays = dict(one for one in late if not made._take(one, lambda call, place: call > place))
        return made

    def _take(self, answer: tuple[int, Message], is_there: Callable[[int, int], bool]) -> bool:
        place, message = answer
        known = self.by_id.get(message["tool_call_id"], [])
        fitting = [call for call in known if call.answer is None and is_there(call.place, place)]
        if not fitting:
            return False
        nearest = min(abs(call.place - place) for call in fitting)
        next(call for call in fitting if abs(call.place - place) == nearest).answer = message
        return True


def _paired(messages: list[Message]) -> Iterator[Message]:
    """Each call with one answer right behind it, under an id that no other call has."""
    pairing, ids = _Pairing.of(messages), set[str]()
    given = iter(pairing.calls)
    names: dict[str, str] = {}
    for place, message in enumerate(messages):
        if message["role"] == "tool":
            stray = pairing.strays.get(place)
            if stray is not None:
                yield from _in_words(stray, names, pairing.by_id)
            continue
        calls, answers = [], []
        for call in message.get("tool_calls") or ():
            found = next(given)
            names[found.id] = f"{call['function']['name']}({call['function']['arguments']})"
            own = _own_id(found.id, ids)
            calls.append({**call, "id": own})
            answer = found.answer or {"role": "tool", "content": _UNANSWERED}
            answers.append({**answer, "tool_call_id": own})
        yield {**message, "tool_calls": calls} if calls else message
        yield from answers


def _own_id(given: str, taken: set[str]) -> str:
    """`given`, or one made of it where another call has it; the same each time that the conversation is sent."""
    own, count = given, 0
    while not own or own in taken:
        count += 1
        own = f"call_{blake2b(f'{given} {count}'.encode(), digest_size=12).hexdigest()}"
    taken.add(own)
    return own


def _in_words(
    stray: Message, names: Mapping[str, str], calls: Mapping[str, Sequence[_Call]]
) -> Iterator[Message]:
    """An answer that belongs to no call; not that of a handoff, nor what says again what its call was answered."""
    call_id, content = stray["tool_call_id"], stray["content"]
    answers = [call.answer["content"] for call in calls.get(call_id, ()) if call.answer is not None]
    if content not in answers and read_marker(content) is None:
        yield told(names.get(call_id, "a tool"), content)


_MENDS: tuple[Callable[[list[Message]], Iterator[Message]], ...] = (
    _in_plain_roles,
    _without_blanks,
    _with_sound_calls,
    _paired,
)
