"""What a tool gave, as the text that a model gets."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic_core import to_jsonable_python


def as_text(answer: object, most_chars: int) -> str:
    """`answer` as text of at most `most_chars` characters; what is cut is said.

    Raises:
        ValueError: it refers to itself.
    """
    text = answer if isinstance(answer, str) else _written(answer)
    text = text.encode("utf-8", "replace").decode()  # halves of characters cannot be sent
    if len(text) <= most_chars:
        return text
    return f"{text[:most_chars]}\n[cut: these are the first {most_chars} of {len(text)} characters]"


def _written(answer: object) -> str:
    plain = to_jsonable_python(answer, by_alias=False, bytes_mode="base64", fallback=_plain)
    return json.dumps(plain, ensure_ascii=False)


def _plain(value: object) -> object:
    """What JSON has no form of, and pydantic knows no form of."""
    return dict(value) if isinstance(value, Mapping) else str(value)
