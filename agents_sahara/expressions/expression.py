"""An expression that was parsed: which names it reads, and what it says of values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agents_sahara.expressions.evaluation import truth
from agents_sahara.expressions.nodes import Name, Node
from agents_sahara.expressions.parsing import MOST_CHARACTERS, Parser
from agents_sahara.expressions.problems import ExpressionError


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression; `text` is how it was written."""

    text: str
    root: Node
    _names: tuple[Name, ...]

    def names(self) -> tuple[Name, ...]:
        """Every name that it reads, each time that it does, in the order of the text."""
        return self._names

    def evaluate(self, values: Mapping[str, object]) -> bool:
        """Whether it holds for `values`, which may nest maps and lists as JSON does.

        Only mappings are walked: attributes of objects are out of reach.

        Raises:
            UndecidedError: a name has no value here, or values have types that cannot be compared so.
        """
        return truth(self.root, values)

    def __str__(self) -> str:
        return self.text


def parse(text: str) -> Expression:
    """The expression that `text` says.

    Raises:
        ExpressionError: `text` is none; says where.
    """
    if len(text) > MOST_CHARACTERS:
        mend = f"use at most {MOST_CHARACTERS:,}"
        message = f"an expression of {len(text):,} characters"
        raise ExpressionError(message, mend=mend, start=MOST_CHARACTERS, end=len(text))
    parser = Parser(text)
    root = parser.whole()
    return Expression(text, root, tuple(parser.names))
