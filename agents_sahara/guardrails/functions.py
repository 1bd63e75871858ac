"""Guardrails that are functions of the user's own: what they say, in good time, or that they say nothing."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
from collections.abc import Callable
from typing import Any, Final

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
            answer = await _called(function, text)
    except TimeoutError as error:
        raise NoAnswerError(f"its function gave no answer within {limit_s:g} seconds") from error
    except Exception as error:
        raise NoAnswerError(f"its function raised {type(error).__name__}") from error
    if answer is True:
        return None
    if answer is False:
        return "its function says no"
    if isinstance(answer, str) and answer.strip():
        return answer.strip()
    raise NoAnswerError(f"its function answered with {type(answer).__name__}, not with True, False or a text")


async def _called(function: Callable[[str], object], text: str) -> object:
    if inspect.iscoroutinefunction(function):
        return await function(text)
    answer = await _in_thread(function, text)
    return await answer if inspect.isawaitable(answer) else answer


async def _in_thread(function: Callable[[str], object], text: str) -> object:
    """On a thread of its own, that holds up neither this run nor the end of the program."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()
    context = contextvars.copy_context()

    def settle(answer: object, error: Exception | None) -> None:
        if done.cancelled():
            return
        if error is None:
            done.set_result(answer)
        else:
            done.set_exception(error)

    def work() -> None:
        answer: object = None
        failure: Exception | None = None
        try:
            answer = context.run(function, text)
        except Exception as error:  # noqa: BLE001  whatever it is, the text does not pass
            failure = RuntimeError("StopIteration") if isinstance(error, StopIteration) else error
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, answer, failure)

    threading.Thread(target=work, name="agents_sahara-guardrail", daemon=True).start()
    return await done
