"""Chunks of a stream that repeat the one before, but for their text: nearly all are such, and need no parser.

A chunk's bytes are its text as a JSON string between two halves. Where those of the next chunk are the same, so is
all that it says but the text. Knows nothing of what may be believed.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from openai.types.chat import ChatCompletionChunk

_TEXT = b'"content":'

_CONTROL = bytes(range(32))
"""Characters that stand in no JSON string as they are."""


class MoreText(NamedTuple):
    """A chunk that says what `like` says, with another text."""

    text: str
    like: ChatCompletionChunk

    def whole(self) -> ChatCompletionChunk:
        """As a chunk of its own."""
        made = self.like.model_copy(deep=True)
        made.choices[0].delta.content = self.text
        return made


class Repeats:
    """Tells which chunks repeat the last one that was read whole."""

    def __init__(self) -> None:
        self._before = b""
        self._after = b""
        self._like: ChatCompletionChunk | None = None

    def learn(self, data: bytes, chunk: ChatCompletionChunk) -> None:
        """Take `chunk`, which was read from `data` and holds a piece of text and nothing else that anyone reads."""
        self._like = None
        before, name, rest = data.partition(_TEXT)
        start = len(rest) - len(rest.lstrip(b" "))
        if not name or _TEXT in rest or rest[start : start + 1] != b'"':
            return
        end = _end_of_string(rest, start)
        text = _text(rest[start:end]) if end else None
        if text is not None and text == chunk.choices[0].delta.content:
            self._before, self._after, self._like = before + name + rest[:start], rest[end:], chunk

    def more(self, data: bytes) -> MoreText | None:
        """What `data` says, where it repeats what was learnt."""
        like = self._like
        if like is None or not data.startswith(self._before) or not data.endswith(self._after):
            return None
        end = len(data) - len(self._after)
        text = _text(data[len(self._before) : end])
        return MoreText(text, like) if text else None


def _end_of_string(data: bytes, start: int) -> int:
    """Where the JSON string that begins at `start` ends; 0 where it does not."""
    place = start + 1
    while (place := data.find(b'"', place)) > 0:
        slashes = len(data[:place]) - len(data[:place].rstrip(b"\\"))
        if slashes % 2 == 0:
            return place + 1
        place += 1
    return 0


def _text(literal: bytes) -> str | None:
    """What a JSON string says; None where it is none, or one that a strict reader has to look at."""
    if len(literal) < 2 or literal[0] != 34 or literal[-1] != 34:
        return None
    inner = literal[1:-1]
    try:
        if b"\\" not in inner:
            if b'"' in inner or inner.translate(None, _CONTROL) != inner:
                return None
            return inner.decode()
        if b"\\u" in inner:  # may be half a character
            return None
        said: object = json.loads(literal)
    except ValueError:
        return None
    return said if isinstance(said, str) else None
