"""What became of an early request: told on stderr, and kept in the usage record where no run could tell of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from agents_sahara.cli.console import Console
from agents_sahara.cli.early.leaving import NAME, note
from agents_sahara.cli.interrupt import first_say
from agents_sahara.clients.early import UNASKED, EarlyRequest
from agents_sahara.graph.values import AgentGraph
from agents_sahara.settings import Settings
from agents_sahara.usage.lines import Line, RunOutcome, unused


@contextmanager
def settled(
    early: EarlyRequest | None, graph: AgentGraph, settings: Settings | None, console: Console
) -> Iterator[None]:
    """Give up what the block did not use, however it ends, and say what became of the request."""
    if early is None or settings is None:
        yield
        return
    first_say(lambda: _give_up(early, graph, settings, "cancelled"))
    outcome: RunOutcome = "failed"
    try:
        yield
        outcome = "finished"
    except KeyboardInterrupt:
        outcome = "cancelled"
        raise
    finally:
        _give_up(early, graph, settings, outcome)
        _tell(early, settings, console)


def _give_up(early: EarlyRequest, graph: AgentGraph, settings: Settings, outcome: RunOutcome) -> None:
    """Nobody reads the answer any more; where no run told of the request, the record does: it may cost something."""
    if early.abandon():
        asked = unused(early.asked.agent, early.asked.provider, early.asked.model)
        trace_id = f"trace_{os.urandom(16).hex()}"
        line = Line(graph.name, trace_id, outcome, None, early.ahead_s, False, [asked], datetime.now(UTC))
        line.write(settings.usage_folder())


def _tell(early: EarlyRequest, settings: Settings, console: Console) -> None:
    if early.stage == "taken":
        console.detail(f"the first request left {early.ahead_s:.1f} s before the SDK was loaded")
    elif early.stage == "not sent":
        console.detail(f"the first request waited until the SDK was loaded: {early.reason}")
    elif early.reason == UNASKED:
        console.detail(f"the first request had left, and nobody read its answer: {early.reason}")
    else:
        console.warn(
            f"the first request had left before the SDK was loaded, and its answer was thrown away: {early.reason}; "
            f"it may have cost something ({NAME}=off sends none)"
        )
        note(settings)
