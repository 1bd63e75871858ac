"""Ours with the extra `[fast]`: aiohttp for the connections, and uvloop for the loop, as `run-agent` does."""

from __future__ import annotations

import asyncio

import aiohttp as aiohttp  # without it this would be `sahara` under another name
import uvloop

from bench.sides.sahara import triage as triage


def new_loop() -> asyncio.AbstractEventLoop:
    """The loop that its worker runs on."""
    return uvloop.new_event_loop()
