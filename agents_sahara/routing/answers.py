"""Judges what a model call gave before anyone believes it.

openai 3.54 and openai-agents 0.24 (checked 2026-11-22) accept, from a host that is not OpenAI's, a stream that was
cut in the middle as a finished answer, and a 200 without content as the answer "". Here each is an error.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol
from uuid import uuid4

from openai.types.chat import ChatCompletion, ChatCompletionChunk

from agents_sahara.errors import GatewayError
from agents_sahara.routing.failures import Callee, said, unusable
from agents_sahara.routing.shape import drop_odd_bookkeeping, is_sound_answer, is_sound_chunk


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


def judge(answer: object, callee: Callee) -> GatewayError | None:
    """Why a plain answer cannot be used, or None; a tool call without an id gets one."""
    if not isinstance(answer, ChatCompletion):
        return unusable("the answer is no chat completion", callee)
    if not is_sound_answer(answer):
        return unusable("the answer does not have the shape of a chat completion", callee)
    if not answer.choices:
        words = said(getattr(answer, "error", None), "", callee)
        return unusable(f"the answer has no choices{f' but an error{words}' if words else ''}", callee)
    choice = answer.choices[0]
    if choice.message is None:
        return unusable("the answer has no message", callee)
    calls = choice.message.tool_calls or []
    for call in calls:
        call.id = call.id or f"call_{uuid4().hex}"
    has_output = bool(choice.message.content or choice.message.refusal or calls)
    return judge_end(choice.finish_reason or "stop", callee, has_output=has_output)


def judge_end(finish_reason: str | None, callee: Callee, *, has_output: bool) -> GatewayError | None:
    """Why an answer that ended so is not whole, or None."""
    if finish_reason is None:
        return unusable("the stream ended before the answer was whole", callee)
    if finish_reason == "length":
        failure = unusable(
            "the answer was cut at its length limit", callee, mend="raise max_tokens in settings"
        )
        failure.may_pass = False
        return failure
    if finish_reason == "content_filter":
        failure = unusable("the answer was withheld by a content filter", callee, mend="change the message")
        failure.may_pass = False
        return failure
    return None if has_output else unusable("the answer is empty", callee)


@dataclass(slots=True)
class StreamJudge:
    """Follows one stream: what has come, and whether its end may be believed."""

    callee: Callee
    receipt: Receipt = field(default_factory=Receipt)
    text: str = ""
    """The content so far."""
    has_output: bool = False
    """Whether anything but bookkeeping came: content, a refusal or a tool call."""
    finish_reason: str | None = None
    failure: GatewayError | None = None
    """What broke the stream, where something did."""

    def note(self, chunk: ChatCompletionChunk) -> None:
        """Take one chunk.

        Raises:
            ValueError: it does not have the shape of a chunk.
        """
        if not is_sound_chunk(chunk):
            raise ValueError("no chunk of a chat completion")
        self.receipt.note(chunk)
        for choice in chunk.choices or ():
            self.finish_reason = choice.finish_reason or self.finish_reason
            delta = choice.delta
            if delta is None:
                continue
            self.text += delta.content or ""
            self.has_output = bool(self.has_output or delta.content or delta.tool_calls or delta.refusal)

    def verdict(self) -> GatewayError | None:
        """Why the stream, now ended, is not a whole answer, or None."""
        return self.failure or judge_end(self.finish_reason, self.callee, has_output=self.has_output)
