"""Whether an answer has the shape that its types claim.

openai 3.54 (checked 2026-11-22) builds answers without validating them: any JSON may stand in any field. What is
read later, here and by the SDK, is checked once; fields that nobody reads may be what they like.
"""

from __future__ import annotations

import json

from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessage
from openai.types.chat.chat_completion import Choice
from openai.types.chat.chat_completion_chunk import Choice as ChunkChoice
from openai.types.chat.chat_completion_chunk import ChoiceDelta, ChoiceDeltaToolCall
from pydantic import BaseModel, ValidationError

from agents_sahara.routing.halves import can_be_sent, joined

_EXTRAS: tuple[tuple[str, type], ...] = (
    ("reasoning_content", str),
    ("reasoning", str),
    ("thinking_blocks", list),
    ("audio", type(None)),
)
"""Fields beside an answer, and the type that the SDK reads them as (openai-agents 0.24, checked 2026-11-22)."""


def join_parts(answer: object) -> None:
    """Make one text of content that came as a list of text parts, as some providers send it."""
    choices = _of(answer, "choices")
    for choice in choices if isinstance(choices, list) else ():
        for name in ("message", "delta"):
            part = _of(choice, name)
            content = _of(part, "content")
            if (
                isinstance(part, ChatCompletionMessage | ChoiceDelta)
                and isinstance(content, list)
                and content
            ):
                texts = [_text_of(piece) for piece in content]
                if None not in texts:
                    part.content = "".join(text for text in texts if text is not None)


def mend_calls(answer: object) -> None:
    """Make of tool calls that are written in another way what their types say: arguments as an object, an id as a
    number, no type or an odd one, which the SDK would pass over in silence."""
    choices = _of(answer, "choices")
    for choice in choices if isinstance(choices, list) else ():
        for call in _calls_of(_of(choice, "message") or _of(choice, "delta")):
            if isinstance(call, BaseModel):
                _mend_call(call)


def _mend_call(call: BaseModel) -> None:
    function = _of(call, "function")
    if not isinstance(function, BaseModel):
        return
    arguments, call_id = _of(function, "arguments"), _of(call, "id")
    if isinstance(arguments, dict):
        setattr(function, "arguments", json.dumps(arguments))  # noqa: B010  several classes have it
    if isinstance(call_id, int):
        setattr(call, "id", str(call_id))  # noqa: B010  several classes have it
    if _of(call, "type") != "function":
        setattr(call, "type", "function")  # noqa: B010  several classes have it


def _text_of(piece: object) -> str | None:
    text = piece.get("text") if isinstance(piece, dict) else None
    return text if isinstance(text, str) else None


def is_sound_answer(answer: ChatCompletion) -> bool:
    """Whether every choice of a plain answer can be read; null stands for what is missing."""
    return _is_list_of(Choice, answer.choices) and all(map(_is_sound_choice, answer.choices or ()))


def is_sound_chunk(chunk: object) -> bool:
    """Whether every choice of a chunk can be read."""
    if not isinstance(chunk, ChatCompletionChunk):
        return False
    return _is_list_of(ChunkChoice, chunk.choices) and all(map(_is_sound_part, chunk.choices or ()))


def told_error(answer: ChatCompletion | ChatCompletionChunk) -> object:
    """What stands where an answer of this gateway says that it failed, or None.

    `error` beside choices counts; a bare `code`, `message` or `detail` only where there are no choices.
    """
    told = _of(answer, "error")
    if told:
        return told
    if answer.choices:
        return None
    bare = {name: value for name in ("message", "detail", "code") if (value := _of(answer, name))}
    return bare or None


def is_whole_call(arguments: str) -> bool:
    """Whether the arguments of a tool call arrived whole: an object, or nothing where there is nothing to say."""
    if not arguments.strip():
        return True
    try:
        said = json.loads(arguments)
        return isinstance(said, dict | None) and can_be_sent(json.dumps(said, ensure_ascii=False))
    except (ValueError, RecursionError):
        return False


def is_mere_text(chunk: ChatCompletionChunk) -> bool:
    """Whether a chunk that its types describe holds a piece of text, and nothing else that anyone reads."""
    if len(chunk.choices) != 1 or chunk.usage is not None or (chunk.model_extra and _of(chunk, "error")):
        return False
    choice = chunk.choices[0]
    delta = choice.delta
    if choice.index or choice.finish_reason is not None or choice.logprobs is not None or not delta.content:
        return False
    if delta.tool_calls or delta.refusal or delta.function_call is not None:
        return False
    return all(_of(delta, name) is None for name, _ in _EXTRAS)


def mend_text(message: ChatCompletionMessage) -> bool:
    """Join halves of characters in a plain answer's text; whether it has whole characters only."""
    if message.content is None or can_be_sent(message.content):
        return True
    try:
        message.content = joined(message.content)
    except UnicodeDecodeError:
        return False
    return True


def longer(name: str, piece: str) -> str:
    """A streamed call's name with the next piece of it, which may be the whole name once more."""
    return name if piece == name else name + piece


def drop_odd_bookkeeping(answer: ChatCompletion | ChatCompletionChunk) -> None:
    """Forget a usage, a model or a fingerprint of the wrong shape: the answer is still good, they are unknown."""
    if answer.usage is not None and not _is_sound_usage(answer.usage):
        answer.usage = None
    model = _of(answer, "model")
    if not isinstance(model, str) or not can_be_sent(model):
        answer.model = ""
    if not _is_text(_of(answer, "system_fingerprint")):
        answer.system_fingerprint = None


def drop_odd_extras(answer: ChatCompletion | ChatCompletionChunk) -> None:
    """Forget what comes beside a sound answer in a shape, or of a kind, that the SDK fails on: reasoning,
    probabilities, audio."""
    for choice in answer.choices or ():
        if choice.logprobs is not None and not _is_valid(choice.logprobs):
            choice.logprobs = None
        part: object = _of(choice, "message") or _of(choice, "delta")
        for name, kind in _EXTRAS:
            if not isinstance(_of(part, name), kind | None):
                setattr(part, name, None)
        for call in _calls_of(part):
            if not isinstance(_of(call, "extra_content"), dict | None):
                setattr(call, "extra_content", None)  # noqa: B010  a field that the class does not name


def _calls_of(part: object) -> list[object]:
    calls = _of(part, "tool_calls")
    return calls if isinstance(calls, list) else []


def _is_valid(found: object) -> bool:
    try:
        return isinstance(found, BaseModel) and bool(
            type(found).model_validate(found.model_dump(warnings=False))
        )
    except (ValidationError, RecursionError):
        return False


def _is_sound_choice(choice: Choice) -> bool:
    message: object = choice.message
    if message is None:
        return _is_text(choice.finish_reason)
    return (
        isinstance(message, ChatCompletionMessage)
        and _are_texts(choice.finish_reason, message.content, message.refusal)
        and _is_list_of(BaseModel, message.tool_calls)
        and all(_is_sound_call(call) for call in message.tool_calls or ())
    )


def _is_sound_call(call: BaseModel) -> bool:
    function = getattr(call, "function", None)
    named = isinstance(getattr(function, "name", None), str)
    return named and isinstance(getattr(function, "arguments", None), str) and _is_text(_of(call, "id"))


def _is_sound_part(choice: ChunkChoice) -> bool:
    delta: object = choice.delta
    if delta is None:
        return _is_text(choice.finish_reason)
    return (
        isinstance(delta, ChoiceDelta)
        and _are_texts(choice.finish_reason, delta.content, delta.refusal)
        and _is_list_of(ChoiceDeltaToolCall, delta.tool_calls)
        and all(map(_is_sound_call_part, delta.tool_calls or ()))
    )


def _is_sound_call_part(call: ChoiceDeltaToolCall) -> bool:
    function: object = call.function
    if not isinstance(_of(call, "index"), int) or not isinstance(function, BaseModel | None):
        return False
    return _are_texts(call.id, _of(function, "name"), _of(function, "arguments"))


def _is_sound_usage(usage: object) -> bool:
    if not isinstance(usage, CompletionUsage):
        return False
    try:
        whole = CompletionUsage.model_validate(usage.model_dump(warnings=False))
    except (ValidationError, RecursionError):
        return False
    return min(whole.prompt_tokens, whole.completion_tokens, whole.total_tokens) >= 0


def _of(part: object, name: str) -> object:
    return getattr(part, name, None)


def _is_list_of(kind: type, found: object) -> bool:
    return found is None or (isinstance(found, list) and all(isinstance(item, kind) for item in found))


def _are_texts(*found: object) -> bool:
    return all(map(_is_text, found))


def _is_text(found: object) -> bool:
    return isinstance(found, str | None)
