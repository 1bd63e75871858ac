"""What became of an early request, for whoever reads stderr."""

from __future__ import annotations

from agents_sahara.cli.console import Console
from agents_sahara.cli.early.leaving import NAME, note
from agents_sahara.clients.early import EarlyRequest
from agents_sahara.settings import Settings

_UNUSED = "the run ended before it asked a model"


def settle(early: EarlyRequest, settings: Settings, console: Console) -> None:
    """Give up what was not used, and say what became of the request."""
    if early.stage in ("sent", "connecting"):
        early.claim(_UNUSED)
    if early.stage == "taken":
        console.detail(f"the first request left {early.ahead_s:.1f} s before the SDK was loaded")
    elif early.stage == "not sent":
        console.detail(f"the first request waited until the SDK was loaded: {early.reason}")
    elif early.reason == _UNUSED:
        console.detail(f"the first request had left, and nobody read its answer: {early.reason}")
    else:
        console.warn(
            f"the first request had left before the SDK was loaded, and its answer was thrown away: {early.reason}; "
            f"it may have cost something ({NAME}=off sends none)"
        )
        note(settings)
