"""Which event loop our own code runs on: uvloop's, where the extra `[fast]` is installed, else asyncio's.

A program that embeds a team chooses its loop itself.
"""

from __future__ import annotations

import asyncio
from importlib import import_module
from importlib.util import find_spec

from agents_sahara.settings import is_fast_wanted


def new_loop() -> asyncio.AbstractEventLoop:
    """A new event loop.

    Raises:
        SettingsError: SAHARA_FAST is neither `on` nor `off`.
    """
    if is_fast_wanted() and find_spec("uvloop") is not None:
        made: asyncio.AbstractEventLoop = import_module("uvloop").new_event_loop()
        return made
    return asyncio.new_event_loop()
