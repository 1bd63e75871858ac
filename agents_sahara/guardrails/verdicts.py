"""What one guardrail says of a text: nothing, or why the text is refused. What cannot be told is refused."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from agents_sahara.expressions.answers import meant
from agents_sahara.expressions.problems import UndecidedError
from agents_sahara.graph.guards import Guardrail
from agents_sahara.guardrails.functions import NoAnswerError, judged
from agents_sahara.guardrails.patterns import UndecidedPatternError, matches
from agents_sahara.guardrails.texts import cleaned

Judge: TypeAlias = Callable[[str, str], Awaitable[object]]
"""Asks the agent with this key about this text, and gives its whole answer."""


async def _nobody(key: str, _text: str) -> object:
    raise NoVerdictError(f"the judge {key!r} is not there")


@dataclass(frozen=True, slots=True)
class Court:
    """Whom guardrails ask."""

    ask: Judge = _nobody
    functions: Mapping[str, Callable[[str], object]] = field(default_factory=dict)
    """By their references, as in `shop_tools:polite`."""


class NoVerdictError(Exception):
    """A guardrail that could not tell; the message says why."""


async def refusal(guardrail: Guardrail, text: str, court: Court) -> str | None:
    """Why `text` is refused; None where it passes.

    Raises:
        NoVerdictError: the guardrail could not tell.
        SaharaError: its judge gave no answer.
    """
    if guardrail.most is not None:
        return f"it has more than {guardrail.most:,} characters" if len(text) > guardrail.most else None
    if guardrail.judge is not None:
        return await _judged(guardrail, guardrail.judge, text, court.ask)
    if guardrail.function is not None:
        return await _by_function(guardrail.function, text, court)
    try:
        return _by_pattern(guardrail, text)
    except UndecidedPatternError as problem:
        raise NoVerdictError(str(problem)) from problem


def _by_pattern(guardrail: Guardrail, text: str) -> str | None:
    """A text is judged as it is and as it looks: both must pass."""
    for form in dict.fromkeys((text, cleaned(text))):
        if guardrail.deny is not None and matches(guardrail.deny, form):
            return "it matches what is denied"
        if guardrail.allow is not None and not matches(guardrail.allow, form):
            return "it does not match what is allowed"
    return None


async def _by_function(reference: str, text: str, court: Court) -> str | None:
    function = court.functions.get(reference)
    if function is None:
        raise NoVerdictError("its function is not there")
    try:
        return await judged(function, text)
    except NoAnswerError as problem:
        raise NoVerdictError(str(problem)) from problem


async def _judged(guardrail: Guardrail, key: str, text: str, judge: Judge) -> str | None:
    if guardrail.when is None:
        raise NoVerdictError("it has no condition")
    said = meant(await judge(key, text))
    try:
        is_refused = guardrail.when.evaluate({"output": said})
    except UndecidedError as problem:
        raise NoVerdictError(f"what the judge {key!r} answered decides nothing: {problem}") from problem
    return f"the judge {key!r} refused it" if is_refused else None
