"""Ours with the extra `[fast]`: on uvloop, as `run-agent` does."""

from __future__ import annotations

import asyncio

import uvloop

from bench.sides.sahara import triage as triage


def new_loop() -> asyncio.AbstractEventLoop:
    """The loop that its worker runs on."""
    return uvloop.new_event_loop()
