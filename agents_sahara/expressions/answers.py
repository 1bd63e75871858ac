"""What an agent answers, as conditions read it."""

from __future__ import annotations

import json


def meant(answer: object) -> object:
    """An answer as a condition reads it: JSON where it is an object or a list, else its text."""
    if not isinstance(answer, str):
        return answer
    text = answer.strip()
    if not text.startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
