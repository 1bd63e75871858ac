"""What is measured while a team runs: each trial, its rounds and the figures it gives.

What is measured in fresh processes stands in `starts`; `plan` has them all in order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bench.crew import Crew
from bench.gateway import Manner
from bench.jobs import Job, Readings
from bench.ratios import Lane, Row

Measure = Callable[[Crew, Lane], Readings]


@dataclass(frozen=True, slots=True)
class Trial:
    """Something that every lane does once a round."""

    name: str
    measure: Measure
    rows: tuple[Row, ...]
    rounds: int
    quick_rounds: int = 0
    """Rounds under `--quick`; 0 leaves it out."""
    reference: str = "script"
    has_peers: bool = False
    """Whether peers can do it too."""


def in_worker(job: Job, *, group: str = "") -> Measure:
    """A job in a process that goes on living; trials of one group share their processes."""
    return lambda crew, lane: crew.work(lane, job, group=group)


_CPU_A_CALL = Row("cpu_ms", "CPU a model call", "ms")
_CPU_A_RUN = Row("cpu_ms", "CPU a run", "ms")
_REQUESTS = Row("requests_per_run", "requests a run", "", is_clock_free=True)
_PYTHON_CALLS = Row("python_calls", "Python calls a run", "", is_clock_free=True)
_PEAK = Row("peak_kb", "memory of a run, at most", "kB", is_clock_free=True)
_CONNECTIONS = Row("connections", "connections opened, first round", "", is_clock_free=True)


def _one_at_a_time() -> tuple[Trial, ...]:
    return (
        Trial(
            "run",
            in_worker(Job("runs", runs=10)),
            (_CPU_A_RUN, Row("p50_ms", "time a run, median", "ms"), _REQUESTS, _CONNECTIONS),
            rounds=40,
            quick_rounds=4,
            has_peers=True,
        ),
        Trial("guard", in_worker(Job("calls", runs=40)), (_CPU_A_CALL,), rounds=40, quick_rounds=4),
        Trial(
            "run-history-100", in_worker(Job("runs", runs=10, earlier_messages=100)), (_CPU_A_RUN,), rounds=20
        ),
        Trial(
            "run-history-400", in_worker(Job("runs", runs=5, earlier_messages=400)), (_CPU_A_RUN,), rounds=20
        ),
        Trial(
            "run-more-agents-1000",
            in_worker(Job("runs", runs=3, extra_agents=1000), group="more agents"),
            (_CPU_A_RUN,),
            rounds=20,
        ),
        *(
            Trial(
                f"count-{name}",
                in_worker(job, group="more agents" if job.extra_agents else ""),
                (_PYTHON_CALLS, _PEAK),
                rounds=3,
                quick_rounds=1,
            )
            for name, job in {
                "run": Job("counted", runs=5),
                "history-100": Job("counted", runs=2, earlier_messages=100),
                "more-agents-1000": Job("counted", extra_agents=1000),
            }.items()
        ),
    )


def _many_at_a_time() -> tuple[Trial, ...]:
    rows = (
        Row("runs_per_s", "runs a second", "1/s", better="more"),
        _CPU_A_RUN,
        Row("p50_ms", "time a run, median", "ms"),
        Row("p95_ms", "time a run, 95 %", "ms"),
        Row("unfair", "95 % over median", ""),
        Row("failed", "runs that failed", ""),
        Row("memory_mb", "resident memory", "MB"),
        _REQUESTS,
        _CONNECTIONS,
    )
    shapes = ((1, 20, 6), (10, 6, 6), (100, 1, 6), (1000, 1, 2))
    return tuple(
        Trial(
            f"flight-{in_flight}-{delay}",
            _in_flight(in_flight, runs, delay),
            rows,
            rounds,
            quick_rounds=2 if in_flight == 100 else 1,
            has_peers=delay > 0 and in_flight >= 100,
        )
        for in_flight, runs, rounds in shapes
        for delay in (0, 50)
    )


def _in_flight(in_flight: int, runs: int, delay: int) -> Measure:
    name = f"{in_flight} in flight, {delay} ms"
    job = Job(
        "runs",
        runs=runs,
        in_flight=in_flight,
        manner=Manner(delay=delay),
        may_fail=in_flight > 100,
        team=name,
    )
    return in_worker(job, group=name if in_flight > 100 else "")


def _streams() -> tuple[Trial, ...]:
    rows = (
        Row("cpu_us_per_chunk", "CPU a chunk", "us"),
        Row("first_token_ms", "first token, sent to seen", "ms"),
    )
    burst, paced = Manner(chunks=500), Manner(chunks=500, pace=1)
    return (
        Trial(
            "stream-burst",
            in_worker(Job("stream", runs=3, manner=burst)),
            (*rows, _REQUESTS),
            rounds=20,
            quick_rounds=2,
            has_peers=True,
        ),
        Trial(
            "stream-paced",
            in_worker(Job("stream", runs=1, manner=paced)),
            rows,
            rounds=20,
            quick_rounds=1,
            has_peers=True,
        ),
    )


RUNNING: Final = (*_one_at_a_time(), *_streams(), *_many_at_a_time())
"""The trials of a running team, the heaviest last."""
