"""Judges what a model call gave before anyone believes it.

openai 3.54 and openai-agents 0.24 (checked 2026-11-22) accept, from a host that is not OpenAI's, a stream that was
cut in the middle as a finished answer, and a 200 without content as the answer "". Here each is an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol
from uuid import uuid4

from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import ChoiceDelta

from agents_sahara.clients.chat import SoundChunk
from agents_sahara.errors import GatewayError
from agents_sahara.routing.failures import Callee, said, unusable
from agents_sahara.routing.shape import (
    drop_odd_bookkeeping,
    drop_odd_extras,
    is_mere_text,
    is_sound_answer,
    is_sound_chunk,
    join_parts,
)

_WHOLE = frozenset({
    "stop", "tool_calls", "function_call",
    "eos", "eos_token", "stop_sequence", "end_turn", "tool_use",
})  # fmt: skip
"""Ends that the model chose: OpenAI's words, and what hosts that speak its protocol say instead."""

_AT_LENGTH = frozenset({"length", "max_tokens", "model_length"})

MOST_CHARACTERS = 8 * 1024 * 1024
"""Of one streamed answer, its reasoning and its calls: more than any model of today can say at once."""


class _Usage(Protocol):
    prompt_tokens: int
    completion_tokens: int


@dataclass(slots=True)
class Receipt:
    """What an answer said about itself."""

    model: str | None = None
    fingerprint: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None

    def note(self, answer: ChatCompletion | ChatCompletionChunk) -> None:
        """Take what `answer`, or a part of it, says; later parts win."""
        drop_odd_bookkeeping(answer)
        self.model = answer.model or self.model
        self.fingerprint = getattr(answer, "system_fingerprint", None) or self.fingerprint
        usage: _Usage | None = answer.usage
        if usage is not None:
            self.input_tokens = usage.prompt_tokens
            self.output_tokens = usage.completion_tokens


class CallIds:
    """Gives each tool call of an answer an id that no call of the conversation has.

    Some providers leave the id out, or number the calls of every answer from `call_0` on; the SDK refuses both.
    """

    def __init__(self, messages: object) -> None:
        self._taken = set(_call_ids(messages))
        self._by_index: dict[int, str] = {}

    def fresh(self, given: str | None) -> str:
        """`given`, or a new id where it is missing or taken."""
        chosen = given if given and given not in self._taken else f"call_{uuid4().hex}"
        self._taken.add(chosen)
        return chosen

    def of_stream(self, index: int, given: str | None) -> str | None:
        """The id of a piece of a streamed call: made at its first piece, left as it is after that."""
        if index not in self._by_index:
            self._by_index[index] = self.fresh(given)
            return self._by_index[index]
        return self._by_index[index] if given is not None else None


def _call_ids(messages: object) -> Iterator[str]:
    for message in messages if isinstance(messages, list) else ():
        for call in message.get("tool_calls") or ():
            yield str(call.get("id"))


def judge(answer: object, callee: Callee, ids: CallIds) -> GatewayError | None:
    """Why a plain answer cannot be used, or None; what can be mended safely is mended in place."""
    if not isinstance(answer, ChatCompletion):
        return unusable("the answer is no chat completion", callee)
    join_parts(answer)
    if not is_sound_answer(answer):
        return unusable("the answer does not have the shape of a chat completion", callee)
    drop_odd_extras(answer)
    if not answer.choices:
        words = said(getattr(answer, "error", None), "", callee)
        return unusable(f"the answer has no choices{f' but an error{words}' if words else ''}", callee)
    choice = answer.choices[0]
    if choice.message is None:
        return unusable("the answer has no message", callee)
    calls = choice.message.tool_calls or []
    for call in calls:
        call.id = ids.fresh(call.id)
    has_output = bool(choice.message.content or choice.message.refusal or calls)
    return judge_end(choice.finish_reason or "stop", callee, has_output=has_output)


def judge_end(finish_reason: str | None, callee: Callee, *, has_output: bool) -> GatewayError | None:
    """Why an answer that ended so is not whole, or None."""
    if finish_reason is None:
        return unusable("the stream ended before the answer was whole", callee)
    end = finish_reason.lower()
    if end in _AT_LENGTH:
        failure = unusable(
            "the answer was cut at its length limit", callee, mend="raise max_tokens in settings"
        )
        failure.may_pass = False
        return failure
    if end == "content_filter":
        failure = unusable("the answer was withheld by a content filter", callee, mend="change the message")
        failure.may_pass = False
        return failure
    if end not in _WHOLE:
        return unusable(f"the answer ended early: {callee.hide(finish_reason)[:40]!r}", callee)
    return None if has_output else unusable("the answer is empty", callee)


@dataclass(slots=True)
class StreamJudge:
    """Follows one stream: what has come, and whether its end may be believed."""

    callee: Callee
    ids: CallIds
    receipt: Receipt = field(default_factory=Receipt)
    texts: list[str] = field(default_factory=list)
    """The content so far, in pieces."""
    has_output: bool = False
    """Whether anything but bookkeeping came: content, a refusal or a tool call."""
    has_text: bool = False
    """Whether something came that a person is shown at once."""
    is_under_way: bool = False
    """Whether the model has begun: it answers, or it reasons."""
    finish_reason: str | None = None
    failure: GatewayError | None = None
    """What broke the stream, where something did."""
    _length: int = 0
    """Characters so far, of whatever kind."""

    def note(self, chunk: object) -> None:
        """Take one chunk.

        Raises:
            ValueError: it does not have the shape of a chunk.
        """
        if isinstance(chunk, SoundChunk) and is_mere_text(chunk):
            self._note_text(chunk)
            return
        join_parts(chunk)
        if not isinstance(chunk, ChatCompletionChunk) or not is_sound_chunk(chunk):
            raise ValueError("no chunk of a chat completion")
        drop_odd_extras(chunk)
        self.receipt.note(chunk)
        for choice in chunk.choices or ():
            self.finish_reason = choice.finish_reason or self.finish_reason
            delta = choice.delta
            if delta is None:
                continue
            if delta.content:
                self.texts.append(delta.content)
            for call in delta.tool_calls or ():
                call.id = self.ids.of_stream(call.index, call.id)
            self.has_text = bool(self.has_text or delta.content or delta.refusal)
            self.is_under_way = self.is_under_way or _is_under_way(delta)
            self.has_output = bool(self.has_output or delta.content or delta.tool_calls or delta.refusal)
            self._length += _length_of(delta)
        if self._length > MOST_CHARACTERS:
            self.failure = unusable(f"the answer has over {MOST_CHARACTERS:,} characters", self.callee)

    def _note_text(self, chunk: SoundChunk) -> None:
        """What `note` does, where text of the first choice is all that there is."""
        text = chunk.choices[0].delta.content or ""
        self.texts.append(text)
        self.has_text = self.is_under_way = self.has_output = True
        self._length += len(text)
        self.receipt.model = chunk.model or self.receipt.model
        self.receipt.fingerprint = chunk.system_fingerprint or self.receipt.fingerprint

    @property
    def text(self) -> str:
        """The content so far."""
        return "".join(self.texts)

    def verdict(self) -> GatewayError | None:
        """Why the stream, now ended, is not a whole answer, or None."""
        return self.failure or judge_end(self.finish_reason, self.callee, has_output=self.has_output)


def _is_under_way(delta: ChoiceDelta) -> bool:
    return bool(delta.content or delta.tool_calls or delta.refusal or _reasoning(delta))


def _reasoning(delta: ChoiceDelta) -> str:
    return getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None) or ""


def _length_of(delta: ChoiceDelta) -> int:
    calls = [call.function.arguments or "" for call in delta.tool_calls or () if call.function is not None]
    return sum(map(len, (delta.content or "", delta.refusal or "", _reasoning(delta), *calls)))
