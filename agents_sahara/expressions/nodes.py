"""What an expression is made of: frozen nodes that hold nothing but text, numbers and each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

Operator: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">=", "in", "not in"]

OPERATORS: Final[tuple[Operator, ...]] = get_args(Operator)

Simple: TypeAlias = "str | int | float | bool | None"


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal: a single value, or a list of them."""

    value: Simple | tuple[Simple, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """A dotted name; each part behind the first is a key of a mapping."""

    path: tuple[str, ...]
    """Its parts after Unicode normalisation (NFC)."""
    start: int
    """Where it stands in the text, counted from 0."""
    end: int

    def __str__(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two terms and what is asked of them."""

    left: Node
    operator: Operator
    right: Node


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: Node


@dataclass(frozen=True, slots=True)
class Every:
    """`and` over two parts or more."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """`or` over two parts or more."""

    parts: tuple[Node, ...]


Node: TypeAlias = "Constant | Name | Comparison | Not | Every | Some"
"""Any node; how deep they nest is bounded where they are made."""
