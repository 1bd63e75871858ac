"""JSON as commands print it: readable, faithful when parsed, and harmless on a terminal."""

from __future__ import annotations

import json
from re import Match

from agents_sahara.cli.terminal import SUSPECT
from agents_sahara.events import RunResult
from agents_sahara.types import Json


def json_text(value: Json, *, lines: bool = False) -> str:
    r"""`value` as indented JSON, or on one line; ends with a newline.

    Invisible and control characters are written as `\uXXXX`, so that a terminal never obeys them.
    """
    text = json.dumps(value, ensure_ascii=False, indent=None if lines else 2, allow_nan=False)
    return SUSPECT.sub(_escaped, text) + "\n"


def answer_text(result: RunResult) -> str:
    """An answer as it is printed: a text as it is, any other value as JSON."""
    return result.output if isinstance(result.output, str) else json_text(result.output)


def _escaped(match: Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
