"""`python`: a marked function; what the model reads comes from its types and its docstring."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import Any, get_type_hints

from agents.function_schema import FuncSchema, function_schema
from pydantic import ValidationError

from agents_sahara.graph.tools.python import PythonFunction
from agents_sahara.graph.tools.values import ToolNode
from agents_sahara.tools.callee import Bench
from agents_sahara.tools.context import ToolContext
from agents_sahara.tools.marking import ToolError
from agents_sahara.tools.modules import ModuleProblem, load_function
from agents_sahara.tools.threads import call_own

_MOST_PROBLEMS = 10
"""Of one call's arguments, told to the model."""


class PythonCallee:
    """A function of a user's module."""

    def __init__(self, function: FunctionType) -> None:
        """Raises:
        ModuleProblem: its parameters cannot be described to a model.
        """
        self._function = function
        try:
            hints = get_type_hints(function, include_extras=True)
            self._contexts = [
                name for name, hint in hints.items() if hint is ToolContext and name != "return"
            ]
            self._described: FuncSchema = function_schema(
                _without(function, hints, self._contexts), strict_json_schema=False
            )
        except Exception as error:
            message = f"the parameters of {function.__name__!r} cannot be described to a model: {_first_line(error)}"
            mend = (
                "annotate them with types that JSON can say, such as str, int, list[str] or a pydantic model"
            )
            raise ModuleProblem("bad-function", message, mend) from error
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            message = f"{function.__name__!r} is a generator, which gives no answer of its own"
            raise ModuleProblem("bad-function", message, "let the function return all of it, such as a list")

    @property
    def description(self) -> str:
        """The docstring, without what it says of parameters."""
        return self._described.description or ""

    @property
    def schema(self) -> dict[str, Any]:
        """The parameters that the model gives."""
        return self._described.params_json_schema

    async def call(self, arguments: Mapping[str, Any], context: ToolContext) -> object:
        """Run the function: an async one here, any other in a thread.

        Raises:
            ToolError: the arguments do not fit.
        """
        return await call_own(self._bound(arguments, context))

    def _bound(self, arguments: Mapping[str, Any], context: ToolContext) -> Callable[[], Any]:
        model = self._described.params_pydantic_model
        unknown = [name for name in arguments if name not in model.model_fields]
        if unknown:
            raise ToolError(f"There is no argument {', '.join(map(repr, unknown[:_MOST_PROBLEMS]))}.")
        try:
            values = vars(model.model_validate(arguments))
        except ValidationError as error:
            raise ToolError("The arguments do not fit. " + " ".join(_problems(error))) from None
        given: list[Any] = []
        named: dict[str, Any] = {}
        for name, parameter in inspect.signature(self._function).parameters.items():
            value: Any = context if name in self._contexts else values[name]
            if parameter.kind is parameter.VAR_POSITIONAL:
                given.extend(value)
            elif parameter.kind is parameter.VAR_KEYWORD:
                named |= {key: part for key, part in value.items() if key not in values}
            elif parameter.kind is parameter.KEYWORD_ONLY:
                named[name] = value
            else:
                given.append(value)
        return functools.partial(self._function, *given, **named)


def make(node: ToolNode, bench: Bench) -> PythonCallee:
    """The function that `node` names; its module is imported for it.

    Raises:
        ModuleProblem: there is no such function.
    """
    assert isinstance(node.does, PythonFunction)
    return PythonCallee(load_function(node.does.module, node.does.function, bench.graph.folder))


def _without(function: FunctionType, hints: Mapping[str, Any], names: list[str]) -> Callable[..., Any]:
    """A stand-in with the same name and docstring whose signature lacks these parameters."""

    @functools.wraps(function)
    def described() -> None:
        """Never called."""

    signature = inspect.signature(function)
    kept = [parameter for name, parameter in signature.parameters.items() if name not in names]
    described.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]  # inspect reads it
    described.__annotations__ = {name: hint for name, hint in hints.items() if name not in names}
    return described


def _first_line(error: Exception) -> str:
    """What went wrong, without the address of a page about it."""
    return str(error).partition("\n")[0]


def _problems(error: ValidationError) -> Iterator[str]:
    """What is wrong with each argument; values are not repeated."""
    for problem in error.errors(include_url=False, include_context=False, include_input=False)[
        :_MOST_PROBLEMS
    ]:
        where = ".".join(map(str, problem["loc"]))
        yield f"{where}: {problem['msg']}."
