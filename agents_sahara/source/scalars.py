"""What a scalar's text means: YAML 1.2's core schema, without its surprises.

`yes`, `on`, `12:30`, `2026-01-31` and `010` stay strings. Knows nothing of parsers or of keys.
YAML 1.2.2, section 10.3.2 (https://yaml.org/spec/1.2.2/, checked 2026-11-22); an int with leading zeros is kept
as text because it is a number to some readers, another number to others, and most often a code.
"""

from __future__ import annotations

import math
import re
from typing import Final

from agents_sahara.source.nodes import Value

_WORDS: Final[dict[str, Value]] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
STARTS_OTHER: Final = frozenset(("", *"~nNtTfF+-.0123456789"))
"""How a plain scalar starts that may be something other than a string."""
_INT: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LEADING_ZEROS: Final = re.compile(r"[-+]?0[0-9]+")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LONGEST_NUMBER: Final = 400
"""Characters; a float64 never needs more than 325 to be written in full without an exponent."""
_MOST: Final = 2**64
_LEAST: Final = -(2**63)

_BASES: Final = {"0o": 8, "0x": 16}


class NumberRefusedError(ValueError):
    """A plain scalar that reads as a number which JSON or 64 bits cannot hold; the text says why."""


def resolve(text: str) -> Value:
    """The value of a plain (unquoted) scalar.

    Raises:
        NumberRefusedError: the text is a number that is not finite or does not fit.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return _int(text)
    if _FLOAT.fullmatch(text) and not _LEADING_ZEROS.fullmatch(text):
        return _float(text)
    if _NOT_FINITE.fullmatch(text):
        raise NumberRefusedError("is not a finite number")
    return text


def resolve_tagged(text: str, tag: str) -> Value:
    """The value of a scalar whose tag says what it has to be: `str`, `int`, `float`, `bool` or `null`.

    Raises:
        NumberRefusedError: the text is a number that is not finite or does not fit.
        ValueError: the text is no such value.
    """
    if tag == "str":
        return text
    value = resolve(text)
    if tag == "float" and type(value) is int:
        return float(value)
    if type(value).__name__ != {"null": "NoneType"}.get(tag, tag):
        raise ValueError(f"is no {tag}")
    return value


def _int(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise NumberRefusedError("does not fit 64 bits")
    base = _BASES.get(text[:2])
    value = int(text) if base is None else int(text[2:], base)
    if not _LEAST <= value < _MOST:
        raise NumberRefusedError("does not fit 64 bits")
    return value


def _float(text: str) -> float:
    value = float(text) if len(text) <= _LONGEST_NUMBER else math.inf
    if math.isinf(value):
        raise NumberRefusedError("does not fit a 64-bit float")
    return value
