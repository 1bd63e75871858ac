"""Judges what a model call gave before anyone believes it.

openai 3.54 and openai-agents 0.24 (checked 2026-11-22) accept, from a host that is not OpenAI's, a stream that was
cut in the middle as a finished answer, and a 200 without content as the answer "". Here each is an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeGuard

from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessage
from openai.types.chat import ChatCompletionMessageFunctionToolCall as ToolCall
from openai.types.chat.chat_completion import Choice
from openai.types.chat.chat_completion_chunk import Choice as ChunkChoice
from openai.types.chat.chat_completion_chunk import ChoiceDelta, ChoiceDeltaToolCall

from agents_sahara.clients.chat import SoundChunk
from agents_sahara.errors import GatewayError
from agents_sahara.routing.call_ids import CallIds
from agents_sahara.routing.failures import Callee, over_budget, said, unusable
from agents_sahara.routing.halves import Halves
from agents_sahara.routing.shape import (
    drop_odd_bookkeeping,
    drop_odd_extras,
    is_mere_text,
    is_sound_answer,
    is_sound_chunk,
    is_whole_call,
    join_parts,
    longer,
    mend_calls,
    mend_text,
    told_error,
)
from agents_sahara.routing.unstreamed import unfold
from agents_sahara.usage.budget import size_of

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
    received: int = 0
    """Bytes of output that came, whole answer or not."""
    called: tuple[str, ...] = ()
    """Names of the tools that it calls, once it is whole."""

    def note(self, answer: ChatCompletion | ChatCompletionChunk) -> None:
        """Take what `answer`, or a part of it, says; later parts win."""
        drop_odd_bookkeeping(answer)
        self.model = answer.model or self.model
        self.fingerprint = getattr(answer, "system_fingerprint", None) or self.fingerprint
        usage: _Usage | None = answer.usage
        if usage is not None:
            self.input_tokens = usage.prompt_tokens
            self.output_tokens = usage.completion_tokens


def received(answer: ChatCompletion) -> int:
    """Bytes of output in a plain answer, believed or not."""
    if not is_sound_answer(answer):
        return 1
    messages = [choice.message for choice in answer.choices or () if choice.message is not None]
    calls = [call for message in messages for call in message.tool_calls or ()]
    arguments = [call.function.arguments for call in calls if isinstance(call, ToolCall)]
    return size_of([*(text for one in messages for text in (one.content, one.refusal)), *arguments])


def called(answer: ChatCompletion) -> tuple[str, ...]:
    """Names of the tools that a whole answer calls."""
    calls = answer.choices[0].message.tool_calls or ()
    return tuple(call.function.name for call in calls if isinstance(call, ToolCall))


def judge(answer: object, callee: Callee, ids: CallIds) -> GatewayError | None:
    """Why a plain answer cannot be used, or None; what can be mended safely is mended in place."""
    if not isinstance(answer, ChatCompletion):
        return unusable("the answer is no chat completion", callee)
    join_parts(answer)
    mend_calls(answer)
    if not is_sound_answer(answer):
        return unusable("the answer does not have the shape of a chat completion", callee)
    drop_odd_extras(answer)
    told = told_error(answer)
    if told is not None:
        return unusable(f"the answer holds an error{said(told, '', callee)}", callee)
    if not answer.choices:
        return unusable("the answer has no choices", callee)
    answer.choices.sort(key=_place)
    choice = answer.choices[0]
    if choice.message is None:
        return unusable("the answer has no message", callee)
    if not mend_text(choice.message):
        return unusable("the answer has half a character", callee)
    return _judge_calls(choice, callee, ids) or judge_end(
        choice.finish_reason or "stop", callee, has_output=_has_output(choice.message)
    )


def _judge_calls(choice: Choice, callee: Callee, ids: CallIds) -> GatewayError | None:
    """Why the calls of a plain answer are not whole, or None; each gets an id."""
    calls = [call for call in choice.message.tool_calls or [] if isinstance(call, ToolCall)]
    for call in calls:
        call.id = ids.fresh(call.id)
    return judge_calls(
        [(call.function.name, call.function.arguments) for call in calls],
        choice.finish_reason,
        callee,
        is_old=choice.message.function_call is not None,
    )


def _place(choice: Choice | ChunkChoice) -> int:
    """Which of the choices it is; the first is the one that was asked for."""
    return choice.index if isinstance(choice.index, int) else 0


def _has_output(message: ChatCompletionMessage) -> bool:
    return bool((message.content or "").strip() or message.refusal or message.tool_calls)


def judge_calls(
    calls: Sequence[tuple[str, str]], finish_reason: str | None, callee: Callee, *, is_old: bool
) -> GatewayError | None:
    """Why these tool calls, each a name and arguments, must not be believed, or None."""
    if is_old:
        return unusable("the answer calls a function in a form that is no longer used", callee)
    if not all(name and is_whole_call(arguments) for name, arguments in calls):
        return unusable("the answer has a tool call that is not whole", callee)
    if not calls and finish_reason == "tool_calls":
        return unusable("the answer ends in tool calls and has none", callee)
    return None


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
    has_refusal: bool = False
    """Whether the model says that it will not answer."""
    is_under_way: bool = False
    """Whether the model has begun: it answers, or it reasons."""
    finish_reason: str | None = None
    calls: dict[int, tuple[list[str], list[str]]] = field(default_factory=dict)
    """By index: the pieces of each tool call's name and arguments."""
    has_old_call: bool = False
    """Whether a function was called in the form that came before tools."""
    choice: int | None = None
    """Index of the choice that is followed: the first that came."""
    failure: GatewayError | None = None
    """What broke the stream, where something did."""
    most_bytes: int | None = None
    """Output at which the run's budget ends it."""
    _length: int = 0
    """Characters so far, of whatever kind."""
    _halves: Halves = field(default_factory=Halves)
    _is_late: bool = False
    """Whether text came behind the end that the stream gave."""

    def note(self, chunk: object) -> None:
        """Take one chunk.

        Raises:
            ValueError: it does not have the shape of a chunk.
        """
        if self._is_more_text(chunk):
            self._note_text(chunk)
            return
        if self.choice is None:
            unfold(chunk)
        join_parts(chunk)
        mend_calls(chunk)
        self._mend_places(chunk)
        if not isinstance(chunk, ChatCompletionChunk) or not is_sound_chunk(chunk):
            raise ValueError("no chunk of a chat completion")
        drop_odd_extras(chunk)
        told = told_error(chunk)
        if told is not None:
            self.failure = unusable(f"the stream carried an error{said(told, '', self.callee)}", self.callee)
            return
        self.receipt.note(chunk)
        self._keep_one_choice(chunk)
        for choice in chunk.choices or ():
            is_over = self.finish_reason is not None
            self.finish_reason = choice.finish_reason or self.finish_reason
            delta = choice.delta
            if delta is None:
                continue
            self._note_calls(delta)
            if delta.content:
                delta.content = self._halves.join(delta.content)
                self._is_late = self._is_late or (is_over and bool(delta.content.strip()))
                self.texts.append(delta.content)
                self.has_text = self.has_text or bool(delta.content.strip())
            self.has_refusal = bool(self.has_refusal or delta.refusal)
            self.has_text = self.has_text or self.has_refusal
            self.is_under_way = self.is_under_way or _is_under_way(delta)
            self.has_output = bool(self.has_output or self.has_text or delta.tool_calls)
            pieces = _pieces(delta)
            self._length += sum(map(len, pieces))
            self.receipt.received += size_of(pieces)
        self._end_at_limits()

    def note_more(self, text: str) -> bool:
        """What `note` does with a chunk that says more text as the last one did; whether it is all there is to do."""
        if self.finish_reason is not None or self.choice or self._halves.is_open:
            return False
        self.texts.append(text)
        if not self.has_text and text.strip():
            self.has_text = self.has_output = True
        self._length += len(text)
        self.receipt.received += size_of(text)
        self._end_at_limits()
        return True

    def _is_more_text(self, chunk: object) -> TypeGuard[SoundChunk]:
        """Whether `chunk` is one of the many that only go on with the text."""
        is_open = self.finish_reason is None and not self.choice and not self._halves.is_open
        return is_open and isinstance(chunk, SoundChunk) and is_mere_text(chunk)

    def _note_text(self, chunk: SoundChunk) -> None:
        """What `note` does with such a chunk."""
        text = chunk.choices[0].delta.content or ""
        self.choice = 0
        self.texts.append(text)
        self.has_text = self.has_text or bool(text.strip())
        self.has_output = self.has_output or self.has_text
        self.is_under_way = True
        self._length += len(text)
        self.receipt.received += size_of((text,))
        self.receipt.model = chunk.model or self.receipt.model
        self.receipt.fingerprint = chunk.system_fingerprint or self.receipt.fingerprint
        self._end_at_limits()

    def _end_at_limits(self) -> None:
        if self.most_bytes is not None and self.receipt.received > self.most_bytes:
            self.failure = over_budget(self.callee)
        if self._length > MOST_CHARACTERS:
            self.failure = unusable(f"the answer has over {MOST_CHARACTERS:,} characters", self.callee)

    @property
    def text(self) -> str:
        """The content so far."""
        return "".join(self.texts)

    def called(self) -> tuple[str, ...]:
        """Names of the tools that it calls."""
        return tuple("".join(names) for names, _ in self.calls.values())

    def _keep_one_choice(self, chunk: ChatCompletionChunk) -> None:
        """One answer was asked for; the SDK would mix the text of two."""
        if chunk.choices and self.choice is None:
            self.choice = min(map(_place, chunk.choices))
        if chunk.choices:
            chunk.choices = [one for one in chunk.choices if _place(one) == self.choice]
        for one in chunk.choices or ():
            one.index = 0  # the SDK passes over any other in silence

    def _mend_places(self, chunk: object) -> None:
        """A piece without an index begins the next call where it has a name, and goes on with the last where not."""
        choices: object = getattr(chunk, "choices", None)
        for choice in choices if isinstance(choices, list) else ():
            calls: object = getattr(getattr(choice, "delta", None), "tool_calls", None)
            for call in calls if isinstance(calls, list) else ():
                if isinstance(call, ChoiceDeltaToolCall) and call.index is None:
                    is_next = call.function is not None and bool(call.function.name)
                    call.index = len(self.calls) if is_next else max(len(self.calls) - 1, 0)

    def _note_calls(self, delta: ChoiceDelta) -> None:
        self.has_old_call = self.has_old_call or delta.function_call is not None
        for call in delta.tool_calls or ():
            self.ids.of_stream(call)
            names, arguments = self.calls.setdefault(call.index, ([], []))
            if call.function is not None:
                if call.function.name:  # the SDK takes the last piece for the whole name
                    call.function.name = longer("".join(names), call.function.name)
                    names[:] = [call.function.name]
                arguments.append(call.function.arguments or "")

    def verdict(self) -> GatewayError | None:
        """Why the stream, now ended, is not a whole answer, or None."""
        if self.failure is not None:
            return self.failure
        if self._is_late:
            return unusable("the answer went on after its end", self.callee)
        if self._halves.is_open:
            return unusable("the answer ends in half a character", self.callee)
        if self.finish_reason is not None:
            calls = [("".join(names), "".join(arguments)) for names, arguments in self.calls.values()]
            odd = judge_calls(calls, self.finish_reason, self.callee, is_old=self.has_old_call)
            if odd is not None:
                return odd
        return judge_end(self.finish_reason, self.callee, has_output=self.has_output)


def _is_under_way(delta: ChoiceDelta) -> bool:
    return bool(delta.content or delta.tool_calls or delta.refusal or _reasoning(delta))


def _reasoning(delta: ChoiceDelta) -> str:
    return getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None) or ""


def _pieces(delta: ChoiceDelta) -> tuple[str, ...]:
    """Every text in it, of whatever kind."""
    calls = [call.function.arguments or "" for call in delta.tool_calls or () if call.function is not None]
    return (delta.content or "", delta.refusal or "", _reasoning(delta), *calls)
