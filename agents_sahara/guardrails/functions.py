"""Guardrails that are functions of the user's own: what they say, in good time, or that they say nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from agents_sahara.tools.hiding import hidden, traceback_of
from agents_sahara.tools.threads import EndedError, call_own

_log = logging.getLogger("agents_sahara.guardrails")
_log.addHandler(logging.NullHandler())  # a program that sets up no log gets no lines on its stderr

LIMIT_S: Final = 10.0
"""Most time of one judgement."""


class NoAnswerError(Exception):
    """A function that did not judge; the message says why."""


async def judged(function: Callable[[str], object], text: str, limit_s: float = LIMIT_S) -> str | None:
    """Why the function refuses `text`; None where it lets it pass.

    Raises:
        NoAnswerError: it answers something else than True, False or a text, raises, or takes too long.
    """
    try:
        async with asyncio.timeout(limit_s):
            answer = await call_own(partial(function, text))
    except TimeoutError:
        raise NoAnswerError(f"its function gave no answer within {limit_s:g} seconds") from None
    except Exception as error:  # noqa: BLE001  a user's function may raise anything
        name = str(error) if isinstance(error, EndedError) else type(error).__name__
        _log.warning("the function of a guardrail raised %s\n%s", name, traceback_of(error))
        raise NoAnswerError(f"its function raised {name}") from None  # its own words may quote a key
    if answer is True:
        return None
    if answer is False:
        return "its function says no"
    if isinstance(answer, str) and answer.strip():
        return hidden(answer.strip())
    raise NoAnswerError(f"its function answered with {type(answer).__name__}, not with True, False or a text")
