"""All trials in order, and the rounds that make figures of them.

Every round asks each lane once, and each round begins with another lane, so that what disturbs a machine for
a while disturbs all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bench.crew import BenchError, Crew
from bench.jobs import Readings
from bench.ratios import LANES, Figure, Lane, figure
from bench.starts import STARTING
from bench.trials import RUNNING, Trial

TRIALS: Final = {trial.name: trial for trial in (*STARTING, *RUNNING)}
"""Every trial by name."""

QUICK: Final = (
    "help",
    "version",
    "validate",
    "import",
    "count-run",
    "count-history-100",
    "run",
    "count-more-agents-1000",
    "start-run-agent",
    "start",
    "guard",
    "validate-1000",
    "stream-burst",
    "make-yaml-1000",
    "flight-10-0",
    "stream-paced",
    "flight-100-50",
)
"""What `--quick` does, first what has limits: it stops when its time is up."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Which trials, and for how long."""

    names: Sequence[str]
    rounds: int | None = None
    """Rounds of every trial; None lets each trial choose."""
    is_quick: bool = False
    most_s: float = float("inf")
    """No round begins after so many seconds."""

    def rounds_of(self, trial: Trial) -> int:
        """How many rounds this trial gets."""
        return self.rounds or (trial.quick_rounds if self.is_quick else trial.rounds)


def lanes_of(number: int, lanes: tuple[Lane, ...] = LANES) -> tuple[Lane, ...]:
    """The lanes in the order of this round."""
    first = number % len(lanes)
    return lanes[first:] + lanes[:first]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a plan came to."""

    figures: tuple[Figure, ...]
    failed: tuple[str, ...]
    """Trials in which a process failed; they give no figure, the others do."""


def carry_out(plan: Plan, crew: Crew, tell: Callable[[str], None]) -> Outcome:
    """Do every trial of the plan; `tell` hears what is going on."""
    ends_at_s = time.monotonic() + plan.most_s
    figures: list[Figure] = []
    failed: list[str] = []
    for name in plan.names:
        try:
            rounds = _Rounds(TRIALS[name], crew, tell).measured(plan.rounds_of(TRIALS[name]), ends_at_s)
        except BenchError as error:
            failed.append(name)
            crew.dismiss()
            tell(f"{name}: failed: {error}")
        else:
            figures += _figures(TRIALS[name], rounds)
            tell(f"{name}: {len(rounds)} rounds" if rounds else f"{name}: left out, the time is up")
    return Outcome(tuple(figures), tuple(failed))


def _figures(trial: Trial, rounds: Sequence[dict[Lane, Readings]]) -> Iterator[Figure]:
    sides = dict.fromkeys(
        lane for readings in rounds for lane in readings if lane not in ("opponent", "again")
    )
    for side in sides:
        for row in trial.rows:
            if found := figure(trial.name, trial.reference, row, rounds, side):
                yield found


class _Rounds:
    """The rounds of one trial; a peer that fails in it is left out from then on."""

    def __init__(self, trial: Trial, crew: Crew, tell: Callable[[str], None]) -> None:
        self._trial = trial
        self._crew = crew
        self._tell = tell
        self._lanes = crew.lanes(has_peers=trial.has_peers)

    def measured(self, most: int, ends_at_s: float) -> list[dict[Lane, Readings]]:
        """So many rounds, fewer where the time is up."""
        done: list[dict[Lane, Readings]] = []
        while len(done) < most and time.monotonic() < ends_at_s:
            done.append(self._round(len(done)))
        return done

    def _round(self, number: int) -> dict[Lane, Readings]:
        readings: dict[Lane, Readings] = {}
        for lane in lanes_of(number, self._lanes):
            try:
                readings[lane] = self._trial.measure(self._crew, lane)
            except BenchError as error:
                if lane in LANES:
                    raise
                self._lanes = tuple(other for other in self._lanes if other != lane)
                self._tell(f"{self._trial.name}: {lane} failed and is left out: {error}")
        return readings
