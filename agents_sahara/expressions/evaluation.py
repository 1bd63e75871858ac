"""What an expression says of given values: true, false, or that it cannot tell.

Strict on purpose: an expression may stand between a model and a payment, and a model chooses the values. So a name
that is missing and values that cannot be compared are never quietly false.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import ge, gt, le, lt
from typing import Any, Final, assert_never

from agents_sahara.expressions.nodes import Comparison, Constant, Every, Name, Node, Not, Some
from agents_sahara.expressions.problems import UndecidedError

MOST_COMPARED: Final = 10_000
"""Values, inside lists and maps, that one comparison looks at."""
MOST_TEXT: Final = 1_000_000
"""Characters of a text that is searched or compared."""

_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
"""Asked only of two numbers or two texts."""


def truth(node: Node, values: Mapping[str, object]) -> bool:
    """Whether `node` holds; parts of `and` and `or` behind the one that decides are not looked at.

    Raises:
        UndecidedError: a name has no value here, or values have types that cannot be compared so.
    """
    match node:
        case Every(parts):
            return all(truth(part, values) for part in parts)
        case Some(parts):
            return any(truth(part, values) for part in parts)
        case Not(part):
            return not truth(part, values)
        case Comparison(left, operator, right):
            return _compare(_value(left, values), operator, _value(right, values))
        case Name() | Constant():
            value = _value(node, values)
            if isinstance(value, bool):
                return value
            raise UndecidedError(f"{_shown(node)} is {_kind(value)}, not true or false")
        case _:
            assert_never(node)


def look_up(name: Name, values: Mapping[str, object]) -> object:
    """The value of `name`.

    Raises:
        UndecidedError: there is none.
    """
    value: object = values
    for depth, part in enumerate(name.path):
        if not isinstance(value, Mapping):
            whole = ".".join(name.path[:depth])
            raise UndecidedError(f"{whole} is {_kind(value)} and has no {part!r}")
        if part not in value:
            raise UndecidedError(f"there is no {'.'.join(name.path[: depth + 1])}")
        value = value[part]
    return value


def _value(node: Node, values: Mapping[str, object]) -> object:
    match node:
        case Constant(value):
            return value
        case Name():
            return look_up(node, values)
        case _:
            return truth(node, values)


def _shown(node: Name | Constant) -> str:
    return str(node) if isinstance(node, Name) else "the literal"


def _kind(value: object) -> str:
    """The type of a value in the words of JSON; a truth value is no number."""
    if value is None:
        return "null"
    for types, kind in _KINDS:
        if isinstance(value, types):
            return kind
    return _STRANGE


_STRANGE = "a value of a type that JSON does not have"

_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "a truth value"),
    ((int, float), "a number"),
    (str, "a text"),
    (Mapping, "a map"),
    ((list, tuple), "a list"),
)


def _compare(left: object, operator: str, right: object) -> bool:
    _check_size(left)
    _check_size(right)
    if operator in ("==", "!="):
        return _is_same(left, right) is (operator == "==")
    if operator in ("in", "not in"):
        return _is_in(left, right) is (operator == "in")
    kinds = {_kind(left), _kind(right)}
    if kinds not in ({"a number"}, {"a text"}):
        raise UndecidedError(f"{_kind(left)} and {_kind(right)} have no order")
    return _ORDERS[operator](left, right)


def _check_size(value: object) -> None:
    if isinstance(value, float) and value != value:
        raise UndecidedError("a value is not a number")
    if isinstance(value, str) and len(value) > MOST_TEXT:
        raise UndecidedError(f"a text has more than {MOST_TEXT:,} characters")


def _is_same(left: object, right: object) -> bool:
    """Whether two values are equal: null is like null only, other types must agree."""
    if left is None or right is None:
        return left is right
    if _kind(left) != _kind(right) or _kind(left) == _STRANGE:
        raise UndecidedError(f"{_kind(left)} and {_kind(right)} cannot be equal")
    return _is_alike(left, right)


def _is_alike(left: object, right: object) -> bool:
    """Deep equality without recursion; values of different types inside are just different."""
    left_to_do = [(left, right)]
    for _ in range(MOST_COMPARED):
        if not left_to_do:
            return True
        one, other = left_to_do.pop()
        if _kind(one) != _kind(other) or _kind(one) == _STRANGE:
            return False
        pairs = _pairs(one, other)
        if pairs is None:
            return False
        left_to_do += pairs
        if len(left_to_do) > MOST_COMPARED:
            break
    raise UndecidedError(f"more than {MOST_COMPARED:,} values to compare")


def _pairs(one: object, other: object) -> list[tuple[object, object]] | None:
    """What must still be alike for these two to be; None where they differ already."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return [(one[key], other[key]) for key in one] if one.keys() == other.keys() else None
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return list(zip(one, other, strict=True)) if len(one) == len(other) else None
    return [] if one == other else None


def _is_in(left: object, right: object) -> bool:
    if isinstance(right, (list, tuple)):
        return _is_among(left, right)
    if isinstance(left, str) and isinstance(right, (str, Mapping)):
        return left in right
    raise UndecidedError(f"{_kind(left)} cannot be in {_kind(right)}")


def _is_among(value: object, items: Sequence[object]) -> bool:
    if len(items) > MOST_COMPARED:
        raise UndecidedError(f"a list has more than {MOST_COMPARED:,} items")
    kinds = {_kind(item) for item in items}
    if isinstance(value, (list, tuple, Mapping)):
        raise UndecidedError(f"{_kind(value)} cannot be among others")
    if value is not None and kinds and not kinds & {_kind(value)}:
        raise UndecidedError(f"{_kind(value)} cannot be among {', '.join(sorted(kinds))}")
    return any(_is_alike(value, item) for item in items)
