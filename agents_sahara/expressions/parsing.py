"""From words to nodes, by recursive descent; how deep it goes is bounded."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from agents_sahara.expressions.nodes import (
    OPERATORS,
    Comparison,
    Constant,
    Every,
    Name,
    Node,
    Not,
    Operator,
    Simple,
    Some,
)
from agents_sahara.expressions.problems import ExpressionError
from agents_sahara.expressions.words import Word, words

MOST_CHARACTERS: Final = 1000
MOST_LEVELS: Final = 20
"""Of parentheses and `not` inside each other."""
MOST_PARTS: Final = 12
"""Of a dotted name."""

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "\\": "\\", "'": "'", '"': '"'}
_WORDS: dict[str, Simple] = {"true": True, "false": False, "null": None}
_ELSEWHERE = {"True": "true", "False": "false", "None": "null"}
_AS_JSON = "write it as in JSON, such as 50, -0.5 or 1e3"
_TERM = "a name, a text in quotes, a number, a list, true, false or null"


class Parser:
    """One text, read once from left to right."""

    def __init__(self, text: str) -> None:
        self.names: list[Name] = []
        self._level = 0
        self._words = words(text)
        self._word = next(self._words)

    def whole(self) -> Node:
        """The node of the whole text.

        Raises:
            ExpressionError: it is not one expression.
        """
        node = self._some()
        if self._word.kind != "end":
            raise self._stray()
        return node

    def _stray(self) -> ExpressionError:
        word = self._word
        if word.text == "(":
            mend = "an expression calls nothing: write comparisons of names and literals"
        elif self._operator() is not None:
            mend = "compare two at a time and join them with `and`"
        else:
            mend = "join two parts with `and` or `or`, compare them with == != < <= > >= or `in`"
        return self._wrong(f"{word.text!r} cannot stand here", mend, word)

    def _wrong(self, message: str, mend: str, word: Word) -> ExpressionError:
        return ExpressionError(message, mend=mend, start=word.start, end=max(word.end, word.start + 1))

    def _take(self) -> Word:
        word, self._word = self._word, next(self._words, self._word)
        return word

    def _is(self, text: str) -> bool:
        return self._word.text == text and self._word.kind in ("name", "sign")

    def _some(self) -> Node:
        return self._joined("or", self._every, Some)

    def _every(self) -> Node:
        return self._joined("and", self._not, Every)

    def _joined(self, word: str, part: Callable[[], Node], make: Callable[[tuple[Node, ...]], Node]) -> Node:
        parts = [part()]
        while self._is(word):
            self._take()
            parts.append(part())
        return parts[0] if len(parts) == 1 else make(tuple(parts))

    def _not(self) -> Node:
        if not self._is("not"):
            return self._comparison()
        with_not = self._take()
        self._enter(with_not)
        node = Not(self._not())
        self._level -= 1
        return node

    def _enter(self, word: Word) -> None:
        self._level += 1
        if self._level > MOST_LEVELS:
            mend = f"use at most {MOST_LEVELS} levels of parentheses and `not`"
            raise self._wrong("nested too deep", mend, word)

    def _comparison(self) -> Node:
        left = self._term()
        operator = self._operator()
        if operator is None:
            return left
        self._take()
        return Comparison(left, operator, self._term())

    def _operator(self) -> Operator | None:
        """The operator that stands here; `not in` becomes one word."""
        if self._is("not"):
            first = self._take()
            if not self._is("in"):
                mend = "write `not` in front of what it turns round, or `not in` between two terms"
                raise self._wrong("'not' cannot stand here", mend, first)
            self._word = Word("sign", "not in", first.start, self._word.end)
        if self._word.text in OPERATORS and self._word.kind in ("name", "sign"):
            return self._word.text
        return None

    def _term(self) -> Node:
        word = self._take()
        if word.text == "(" and word.kind == "sign":
            self._enter(word)
            node = self._some()
            self._close(")", word)
            self._level -= 1
            return node
        if word.text == "[" and word.kind == "sign":
            return self._list(word)
        if word.kind == "name" and word.text not in _WORDS:
            return self._name(word)
        return Constant(self._constant(word))

    def _close(self, sign: str, opening: Word) -> None:
        if not self._is(sign):
            message = f"{opening.text!r} is not closed"
            raise self._wrong(message, f"close it with {sign!r}", opening)
        self._take()

    def _list(self, opening: Word) -> Constant:
        items: list[Simple] = []
        while not self._is("]"):
            items.append(self._constant(self._take()))
            if not self._is(","):
                break
            self._take()
        self._close("]", opening)
        return Constant(tuple(items))

    def _constant(self, word: Word) -> Simple:
        if word.kind == "text":
            return self._text(word)
        if word.kind == "number":
            return self._number(word)
        if word.text in _WORDS:
            return _WORDS[word.text]
        if word.kind == "name":
            message = f"the name {word.text!r} cannot stand in a list"
            raise self._wrong(message, "list literals: texts in quotes, numbers, true, false, null", word)
        what = "the expression ends too early" if word.kind == "end" else f"{word.text!r} cannot stand here"
        raise self._wrong(what, f"write {_TERM} here", word)

    def _text(self, word: Word) -> str:
        for escape in _ESCAPE.finditer(word.text):
            if escape[1] not in _ESCAPED:
                raise ExpressionError(
                    f"{escape[0]!r} is no escape",
                    mend="write \\\\ for a backslash; the escapes are \\\\ \\' \\\" \\n and \\t",
                    start=word.start + escape.start(),
                    end=word.start + escape.end(),
                )
        return _ESCAPE.sub(lambda escape: _ESCAPED[escape[1]], word.text[1:-1])

    def _number(self, word: Word) -> int | float:
        if not _NUMBER.fullmatch(word.text):
            raise self._wrong(f"{word.text!r} is no number", _AS_JSON, word)
        number = int(word.text) if word.text.lstrip("-").isdigit() else float(word.text)
        if not -(2**63) <= number < 2**63:
            raise self._wrong(f"{word.text[:40]!r} is too large", "write a number that fits 64 bits", word)
        return number

    def _name(self, word: Word) -> Name:
        if word.text in ("and", "or", "in", *_ELSEWHERE):
            instead = _ELSEWHERE.get(word.text, _TERM)
            raise self._wrong(f"{word.text!r} cannot stand here", f"write {instead} here", word)
        path = tuple(unicodedata.normalize("NFC", word.text).split("."))
        if len(path) > MOST_PARTS:
            raise self._wrong("a name with too many parts", f"use at most {MOST_PARTS}", word)
        self.names.append(Name(path, word.start, word.end))
        return self.names[-1]
