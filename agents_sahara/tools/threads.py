"""Functions of the user's own: called so that nothing they raise ends more than their own call."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any


class EndedError(Exception):
    """A function raised what would end a program, a thread or a task; the message is the name of it."""


async def call_own(function: Callable[[], Any]) -> Any:
    """What it gives: awaited here where it is async, run in a thread of its own elsewhere.

    Raises:
        EndedError: it called `sys.exit`, or cancelled itself; an event loop would end by that, or wait for ever.
    """
    try:
        answer = function() if _is_async(function) else await _in_thread(function)
        return await answer if inspect.isawaitable(answer) else answer
    except SystemExit as error:
        raise EndedError("SystemExit") from error
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise EndedError("CancelledError") from error


def _is_async(function: Callable[[], Any]) -> bool:
    return inspect.iscoroutinefunction(function)  # also of a `functools.partial` of one


async def _in_thread(function: Callable[[], Any]) -> Any:
    """What it gives, run in a thread of its own, which keeps no program from ending and no other call waiting."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[Any] = loop.create_future()
    context = contextvars.copy_context()

    def tell(answer: Any, error: Exception | None) -> None:
        if ended.done():
            return
        if error is None:
            ended.set_result(answer)
        else:
            ended.set_exception(error)

    def work() -> None:
        answer: Any = None
        failed: Exception | None = None
        try:
            answer = context.run(function)
        except BaseException as error:  # noqa: BLE001  told to whoever waits
            failed = error if isinstance(error, Exception) else EndedError(type(error).__name__)
            if isinstance(error, StopIteration):  # no future takes it
                failed = RuntimeError(repr(error))
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(tell, answer, failed)

    threading.Thread(target=work, name="agents_sahara-own", daemon=True).start()
    return await ended
