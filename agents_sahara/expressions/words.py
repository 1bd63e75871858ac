"""The words of an expression, each with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from agents_sahara.expressions.problems import ExpressionError

Kind: TypeAlias = Literal["text", "number", "name", "sign", "end"]

_WORD = re.compile(
    r"""\s*+(?:
      (?P<text>'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+")
    | (?P<number>-?\d[\w.]*+(?:(?<=[eE])[+-]\d++)?)
    | (?P<name>[^\W\d][\w-]*+(?:\.[^\W\d][\w-]*+)*+)
    | (?P<sign>[=!<>]=|[<>()\[\],])
    | (?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)

_NOT_OURS = {
    "&&": "write `and`",
    "||": "write `or`",
    "===": "write ==",
    "=": "write == to compare",
    "!": "write `not`",
    "'": "close the text with another '",
    '"': 'close the text with another "',
    "{": "write the name without braces: an expression inserts nothing",
    ".": "write dots inside a name only, as in args.amount",
}
_NO_SUCH = "the language has comparisons, `and`, `or`, `not`, `in`, parentheses, dotted names and literals"
_ODD = re.compile("|".join(map(re.escape, sorted(_NOT_OURS, key=len, reverse=True))))


@dataclass(frozen=True, slots=True)
class Word:
    """One word, as written."""

    kind: Kind
    text: str
    start: int
    end: int


def words(text: str) -> Iterator[Word]:
    """The words of `text`, an end behind the last.

    Raises:
        ExpressionError: a character that begins none.
    """
    at = 0
    while True:
        match = _WORD.match(text, at)
        if match is None:
            raise _odd(text, at + _blanks(text, at))
        kind: Kind = match.lastgroup  # type: ignore[assignment]  # the pattern's groups are the kinds
        yield Word(kind, match[kind], match.start(kind), match.end(kind))
        if kind == "end":
            return
        at = match.end()


def _blanks(text: str, at: int) -> int:
    return len(text) - at - len(text[at:].lstrip())


def _odd(text: str, at: int) -> ExpressionError:
    match = _ODD.match(text, at)
    if match is not None and match[0] in "'\"":
        message = "a text that does not end"
        return ExpressionError(message, mend=_NOT_OURS[match[0]], start=at, end=len(text))
    odd = text[at] if match is None else match[0]
    mend = _NO_SUCH if match is None else _NOT_OURS[odd]
    return ExpressionError(f"{odd!r} means nothing in an expression", mend=mend, start=at, end=at + len(odd))
