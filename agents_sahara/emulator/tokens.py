"""Count tokens without a tokenizer: the same text always counts the same.

An estimate: words and punctuation marks, as a large vocabulary splits common text. It reproduces the three usage
figures that the API documentation shows (19 and 10; 13 and 30; read 2026-11-22).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from agents_sahara.types import Json, JsonObject

_PIECE = re.compile(r"[^\W\d_]{1,12}(?:'[^\W\d_]{1,3})?|\d{1,3}|[^\w\s]|_")
_MESSAGE = 3
"""Tokens that frame each message, and that open the answer (OpenAI cookbook, "How to count tokens")."""


def count_text(text: str) -> int:
    """Tokens of `text`."""
    return len(_PIECE.findall(text))


def cut_text(text: str, most: int) -> str:
    """The longest beginning of `text` that has at most `most` tokens."""
    for number, match in enumerate(_PIECE.finditer(text)):
        if number == most:
            return text[: match.start()].rstrip()
    return text


def count_prompt(messages: Sequence[JsonObject], tools: Sequence[JsonObject]) -> int:
    """Tokens of a request: its messages with their frames, and the tools as JSON."""
    total = _MESSAGE
    for message in messages:
        total += _MESSAGE + 1 + _count_content(message.get("content"))
        if calls := message.get("tool_calls"):
            total += len(json.dumps(calls)) // 4
    return total + (len(json.dumps(tools)) // 4 if tools else 0)


def _count_content(content: Json) -> int:
    if isinstance(content, str):
        return count_text(content)
    if isinstance(content, Sequence):
        parts = (part.get("text") for part in content if isinstance(part, dict))
        return sum(count_text(text) for text in parts if isinstance(text, str))
    return 0
