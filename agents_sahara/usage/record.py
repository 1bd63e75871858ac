"""The record of usage on this machine: each run leaves one line, however it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agents_sahara.errors import SaharaError
from agents_sahara.types import Attempt
from agents_sahara.usage.ledger import Ledger
from agents_sahara.usage.lines import Line, RunOutcome


def _now() -> datetime:
    return datetime.now(UTC)


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Recorder:
    """Writes the lines of one team's runs."""

    folder: Path | None
    """Holds a file a month; None writes nothing."""
    team: str
    is_simulated: bool = False
    """Whether a simulator answers all that this team asks."""
    now: Callable[[], datetime] = _now
    left_over: Callable[[], Attempt | None] = _nothing
    """What was asked for the run that ends, and is in no ledger."""

    @contextmanager
    def run(self, ledger: Ledger, trace_id: str) -> Iterator[None]:
        """Leave a line about the run that the block is, however it ends."""
        started = time.monotonic()
        outcome: RunOutcome = "failed"
        error: str | None = None
        try:
            yield
            outcome = "finished"
        except (asyncio.CancelledError, GeneratorExit, KeyboardInterrupt):
            outcome = "cancelled"
            raise
        except SaharaError as failure:
            error = failure.code
            raise
        finally:
            self._write(ledger, trace_id, outcome, error, time.monotonic() - started)

    def _write(
        self, ledger: Ledger, trace_id: str, outcome: RunOutcome, error: str | None, seconds: float
    ) -> None:
        left = self.left_over()
        attempts = ledger.attempts[ledger.carried :] + ([] if left is None else [left])
        is_simulated = self.is_simulated or ledger.is_simulated
        line = Line(self.team, trace_id, outcome, error, seconds, is_simulated, attempts, self.now())
        line.write(self.folder)
