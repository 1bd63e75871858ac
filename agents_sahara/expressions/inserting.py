"""`{{ args.amount }}` in a question that a person is asked.

A model chooses the values, so what is inserted is one short line without control characters, and is never looked
at again.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from agents_sahara.expressions.evaluation import look_up
from agents_sahara.expressions.nodes import Name
from agents_sahara.expressions.parsing import MOST_PARTS
from agents_sahara.expressions.problems import ExpressionError, UndecidedError

MOST_INSERTED: Final = 200
"""Characters of one inserted value."""
MISSING: Final = "(missing)"
"""What stands for a value that there is not."""

_TOKEN = re.compile(r"\{\{\{\{|\{\{\s*+(?P<name>[^{}\s]++)\s*+\}\}|\{\{")
_NAME = re.compile(r"[^\W\d][\w-]*+(?:\.[^\W\d][\w-]*+)*+")


@dataclass(frozen=True, slots=True)
class Question:
    """A text with names in it."""

    parts: tuple[str | Name, ...]

    def names(self) -> tuple[Name, ...]:
        """Every name that it inserts, in the order of the text."""
        return tuple(part for part in self.parts if isinstance(part, Name))

    def fill_in(self, values: Mapping[str, object]) -> str:
        """The text with its values; one that there is not becomes `(missing)`, so that it can always be asked."""
        return "".join(part if isinstance(part, str) else _inserted(part, values) for part in self.parts)


def parse_question(text: str) -> Question:
    """The question that `text` says; `{{{{` gives a literal `{{`.

    Raises:
        ExpressionError: a `{{` that inserts nothing; says where.
    """
    parts: list[str | Name] = []
    end = 0
    for token in _TOKEN.finditer(text):
        parts += text[end : token.start()], _part(token)
        end = token.end()
    return Question(tuple(part for part in (*parts, text[end:]) if part != ""))


def _part(token: re.Match[str]) -> str | Name:
    if token[0] == "{{{{":
        return "{{"
    name = token["name"] or ""
    if not _NAME.fullmatch(name) or name.count(".") >= MOST_PARTS:
        shown = token[0] if name else token.string[token.start() : token.start() + 20]
        mend = "write {{ args.NAME }} with the name of a parameter; {{{{ gives a literal {{"
        raise ExpressionError(
            f"{shown!r} inserts nothing", mend=mend, start=token.start(), end=token.start() + len(shown)
        )
    path = unicodedata.normalize("NFC", name).split(".")
    return Name(tuple(path), token.start("name"), token.end("name"))


def _inserted(name: Name, values: Mapping[str, object]) -> str:
    try:
        value = look_up(name, values)
    except UndecidedError:
        return MISSING
    return one_line(value if isinstance(value, str) else _as_json(value))


def _as_json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=lambda _: "?")
    except (RecursionError, ValueError):
        return "(cannot be shown)"


def one_line(text: str, most: int = MOST_INSERTED) -> str:
    """`text` on one line of at most `most` characters, without what a terminal or a reader could be misled by."""
    shown = "".join(" " if _is_hidden(character) else character for character in text[: most * 4])
    shown = " ".join(shown.split())
    return shown if len(shown) <= most and len(text) <= most * 4 else f"{shown[: most - 3]}..."


def _is_hidden(character: str) -> bool:
    # C: controls, formats such as bidirectional overrides and zero-width characters, surrogates; Z: all spaces.
    return unicodedata.category(character)[0] in "CZ"
