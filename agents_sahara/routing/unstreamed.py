"""A whole completion where a stream was asked for: some servers answer so, and it is as good as a stream of one part.

So is one of our own that was held back until it was checked.

Knows nothing of what may be believed: that is judged as for any other part of a stream.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import Choice

_COMMON = {"id", "created", "model", "system_fingerprint", "service_tier"}
"""What each part of a stream repeats."""


def unfold(chunk: object) -> None:
    """Make parts of the messages in `chunk`, the first that came, where it is a completion."""
    choices: object = getattr(chunk, "choices", None)
    if isinstance(chunk, ChatCompletionChunk) and isinstance(choices, list):
        chunk.choices = [_as_part(choice) for choice in choices]


def _as_part(choice: Choice) -> Choice:
    """A choice of a completion as one of a chunk; anything else is left for the judge of shapes."""
    message: object = getattr(choice, "message", None)
    if not isinstance(message, Mapping) or getattr(choice, "delta", None) is not None:
        return choice
    calls = message.get("tool_calls")
    if isinstance(calls, list):
        numbered = [
            {"index": place, **call} if isinstance(call, Mapping) else call
            for place, call in enumerate(calls)
        ]
        message = {**message, "tool_calls": numbered}
    return Choice.construct(
        index=choice.index, delta=message, finish_reason=choice.finish_reason or "stop", logprobs=None
    )


def in_parts(completion: ChatCompletion) -> Iterator[ChatCompletionChunk]:
    """A completion as the chunks of a stream: what it says, how it ends, what it used."""
    common = completion.model_dump(include=_COMMON, warnings=False)
    common["object"] = "chat.completion.chunk"
    for choice in completion.choices:
        message = choice.message.model_dump(exclude_none=True, warnings=False)
        for place, call in enumerate(message.get("tool_calls") or ()):
            call["index"] = place
        for delta, end in ((message, None), ({}, choice.finish_reason)):
            part = {"index": choice.index, "delta": delta, "finish_reason": end}
            yield ChatCompletionChunk.model_validate({**common, "choices": [part]})
    if completion.usage is not None:
        used = completion.usage.model_dump(warnings=False)
        yield ChatCompletionChunk.model_validate({**common, "choices": [], "usage": used})
