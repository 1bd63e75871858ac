"""The opt-in for `asyncio.run` inside a running loop, as the Sahara API documentation's notebooks use it.

Never applied at import. `await team.run(...)` and `team.run_sync(...)` need none of it.
"""

from __future__ import annotations

import asyncio
import warnings

import nest_asyncio

from agents_sahara.errors import UsageError

COSTS = (
    "nest_asyncio replaces asyncio.run, the event loop's methods and the C task class for the whole process: "
    "tasks run up to twice as slow, the loop is never closed, and a call that is nested inside another returns "
    "only after every later one. `await team.run(...)` or `team.run_sync(...)` need none of this."
)


def allow_nested_asyncio() -> None:
    """Patch this process's asyncio so that `asyncio.run` works inside a running loop; warns of what it costs.

    Raises:
        UsageError: the running loop is not asyncio's own (uvloop), where it cannot work.
    """
    loop = _running_loop()
    if loop is not None and not isinstance(loop, asyncio.BaseEventLoop):
        kind = f"{type(loop).__module__}.{type(loop).__qualname__}"
        raise UsageError(
            f"nest_asyncio cannot patch the running event loop ({kind})",
            mend="use `await team.run(...)`, or `team.run_sync(...)`, which works under any loop",
        )
    warnings.warn(COSTS, RuntimeWarning, stacklevel=2)
    nest_asyncio.apply()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
