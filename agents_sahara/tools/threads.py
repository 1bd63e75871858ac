"""Functions of the user's own that are not async."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any


async def in_thread(function: Callable[[], Any]) -> Any:
    """What it gives, run in a thread of its own, which keeps no program from ending and no other call waiting."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[Any] = loop.create_future()
    context = contextvars.copy_context()

    def tell(answer: Any, error: BaseException | None) -> None:
        if ended.done():
            return
        if error is None:
            ended.set_result(answer)
        else:
            ended.set_exception(error)

    def work() -> None:
        answer, failed = None, None
        try:
            answer = context.run(function)
        except BaseException as error:  # noqa: BLE001  told to whoever waits
            failed = RuntimeError(repr(error)) if isinstance(error, StopIteration) else error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(tell, answer, failed)

    threading.Thread(target=work, name="agents_sahara-own", daemon=True).start()
    return await ended
