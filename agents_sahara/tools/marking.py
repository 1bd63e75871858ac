"""`@agents_sahara.tool`, `@agents_sahara.guardrail`: marks by which a function says that team files may name it.

The mark alone opens nothing: the operator must allow the module too. Loads nothing but the standard library, so that
modules with them stay cheap to import.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

_Function = TypeVar("_Function", bound=Callable[..., Any])

MarkKind: TypeAlias = Literal["tool", "guardrail"]

_ATTRIBUTES: dict[MarkKind, str] = {
    "tool": "__agents_sahara_tool__",
    "guardrail": "__agents_sahara_guardrail__",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """Which very function was marked: a wrapper that copies its attributes is another."""

    function: Callable[..., Any]


class ToolError(Exception):
    """Raised by a tool to tell the model what went wrong, in words that are meant for it.

    Of any other exception the model learns only that the tool failed.
    """


def tool(function: _Function) -> _Function:
    """Mark a function as one that team files may name: `tools: {NAME: {python: "module:function"}}`.

    It stays the function that it was. The model reads its docstring, and its parameters with their types; one
    parameter of type `ToolContext` (agents_sahara.tools.context) is not shown and gets what is known of the call.
    Functions may be async; others run in a thread of their own.

    Raises:
        TypeError: what is marked is no function.
    """
    return _marked(function, "tool")


def guardrail(function: _Function) -> _Function:
    """Mark a function as one that team files may name: `guardrails: {NAME: {python: "module:function"}}`.

    It gets the text and says whether it passes: True, or False, or a text that is why not. Anything else, an
    exception, and no answer within ten seconds refuse the text too. Functions may be async; others run in a thread.

    Raises:
        TypeError: what is marked is no function.
    """
    return _marked(function, "guardrail")


def _marked(function: _Function, kind: MarkKind) -> _Function:
    if not callable(function) or not hasattr(function, "__dict__") or isinstance(function, type):
        raise TypeError(f"@{kind} marks functions, and {function!r} is none")
    setattr(function, _ATTRIBUTES[kind], Mark(function))
    return function


def is_marked(function: object, kind: MarkKind = "tool") -> bool:
    """Whether this very function was marked so."""
    mark = getattr(function, "__dict__", {}).get(_ATTRIBUTES[kind])
    return isinstance(mark, Mark) and mark.function is function
