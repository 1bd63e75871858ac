"""Proof that a run left nothing behind on its event loop."""

from __future__ import annotations

import asyncio
import gc

_TURNS = 10
"""openai leaves its inner generators to the collector, whose closing tasks need a few turns of the loop."""


async def nothing_left() -> None:
    """Assert that the caller's is the only task, now or within a few turns.

    What a cancelled run left to the collector is collected here: a warning about it belongs to this test.
    """
    gc.collect()
    for _ in range(_TURNS):
        if len(asyncio.all_tasks()) == 1:
            return
        await asyncio.sleep(0)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert not others
