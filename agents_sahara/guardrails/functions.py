"""Guardrails that are functions of the user's own: what they say, in good time, or that they say nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from agents_sahara.tools.threads import EndedError, call_own

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
    except TimeoutError as error:
        raise NoAnswerError(f"its function gave no answer within {limit_s:g} seconds") from error
    except EndedError as error:
        raise NoAnswerError(f"its function raised {error}") from error
    except Exception as error:
        raise NoAnswerError(f"its function raised {type(error).__name__}") from error
    if answer is True:
        return None
    if answer is False:
        return "its function says no"
    if isinstance(answer, str) and answer.strip():
        return answer.strip()
    raise NoAnswerError(f"its function answered with {type(answer).__name__}, not with True, False or a text")
