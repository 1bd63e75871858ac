"""What a tool gave, as the text that a model gets."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping

from pydantic import BaseModel


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
    if isinstance(answer, BaseModel):
        return answer.model_dump_json()
    return json.dumps(answer, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    return str(value)
