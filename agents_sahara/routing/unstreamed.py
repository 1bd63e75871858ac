"""A whole completion where a stream was asked for: some servers answer so, and it is as good as a stream of one part.

Knows nothing of what may be believed: that is judged as for any other part of a stream.
"""

from __future__ import annotations

from collections.abc import Mapping

from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import Choice


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
