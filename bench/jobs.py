"""What one process is asked to do for one reading, and how it is timed.

CPU is user and system time of the whole process, every thread of it (`resource.getrusage`).
A wrong answer ends the job, and so does an error unless the job says otherwise: nothing that failed is ever
timed as if it had worked.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import statistics
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Literal

from bench import replies, teams
from bench.gateway import Manner
from bench.sides.side import Message, Runnable

Readings = dict[str, float]
"""Name of a reading -> value."""


class WrongAnswerError(Exception):
    """A side answered something else than the gateway said."""


@dataclass(frozen=True, slots=True)
class Job:
    """One reading of one side, in a process that goes on living."""

    kind: Literal["runs", "stream", "calls", "counted"]
    runs: int = 1
    """Runs, or single model calls, for each one in flight."""
    in_flight: int = 1
    manner: Manner = field(default_factory=Manner)
    earlier_messages: int = 0
    extra_agents: int = 0
    may_fail: bool = False
    """Whether runs that end with an error are counted apart, and not the end of the job."""
    team: str = ""
    """Jobs that name another team get clients of their own."""

    @property
    def message(self) -> Message:
        """What the team is asked."""
        last = {"role": "user", "content": teams.MESSAGE}
        return [*teams.history(self.earlier_messages), last] if self.earlier_messages else teams.MESSAGE


def cpu_s() -> float:
    """CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def memory_mb() -> float:
    """Resident memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def do(job: Job, team: Runnable) -> Readings:
    """The readings of this job, after one run that is not timed."""
    await _ask(team, job.message)
    gc.collect()
    return await _WORK[job.kind](job, team)


async def _ask(team: Runnable, message: Message) -> None:
    answer = await team.run(message)
    if answer != replies.ANSWER:
        raise WrongAnswerError(f"{answer!r} instead of {replies.ANSWER!r}")


async def _runs(job: Job, team: Runnable) -> Readings:
    latencies_ms: list[float] = []
    failed: list[Exception] = []

    async def one_after_the_other() -> None:
        for _ in range(job.runs):
            started_s = time.perf_counter()
            try:
                await _ask(team, job.message)
            except WrongAnswerError:
                raise
            except Exception as error:  # noqa: BLE001 - whatever a framework raises is a failed run
                failed.append(error)
            else:
                latencies_ms.append((time.perf_counter() - started_s) * 1000)

    before_s, started_s = cpu_s(), time.perf_counter()
    await asyncio.gather(*(one_after_the_other() for _ in range(job.in_flight)))
    used_s, took_s = cpu_s() - before_s, time.perf_counter() - started_s
    if failed and not (job.may_fail and latencies_ms):
        raise failed[0]
    return _told(latencies_ms, used_s, took_s) | {"failed": len(failed)}


def _told(latencies_ms: list[float], used_s: float, took_s: float) -> Readings:
    """Only runs that were answered count; what the others cost is shared among these."""
    p50_ms, p95_ms = statistics.median(latencies_ms), percentile(latencies_ms, 95)
    return {
        "cpu_ms": used_s * 1000 / len(latencies_ms),
        "runs_per_s": len(latencies_ms) / took_s,
        "p50_ms": p50_ms,
        "p95_ms": p95_ms,
        "unfair": p95_ms / p50_ms,
        "memory_mb": memory_mb(),
    }


async def _calls(job: Job, team: Runnable) -> Readings:
    """Model calls without a run around them: what stands between the SDK's model and the wire."""
    await team.call(teams.MESSAGE)
    before_s = cpu_s()
    answers = [await team.call(teams.MESSAGE) for _ in range(job.runs)]
    used_s = cpu_s() - before_s
    if set(answers) != {replies.ANSWER}:
        raise WrongAnswerError(f"{set(answers)!r} instead of {replies.ANSWER!r}")
    return {"cpu_ms": used_s * 1000 / job.runs}


async def _counted(job: Job, team: Runnable) -> Readings:
    """What next to no machine changes: how often Python functions are entered, or gone on with, in a run, and how
    much memory one run holds at most."""
    entered = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal entered
        entered += event == "call"

    sys.setprofile(note)
    try:
        for _ in range(job.runs):
            await _ask(team, job.message)
    finally:
        sys.setprofile(None)
    return {"python_calls": entered / job.runs, "peak_kb": await _peak_kb(job, team)}


async def _peak_kb(job: Job, team: Runnable) -> float:
    """The least of a few runs: what is kept from one run for all the others counts once."""
    peaks: list[int] = []
    gc.collect()
    tracemalloc.start()
    try:
        for _ in range(max(3, job.runs)):
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            await _ask(team, job.message)
            peaks.append(tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()
    return min(peaks) / 1000


async def _stream(job: Job, team: Runnable) -> Readings:
    before_s = cpu_s()
    first_ms = [await _one_stream(job, team) for _ in range(job.runs)]
    used_s = cpu_s() - before_s
    return {
        "cpu_us_per_chunk": used_s * 1e6 / (job.runs * job.manner.chunks),
        "first_token_ms": min(first_ms),
    }


async def _one_stream(job: Job, team: Runnable) -> float:
    """Milliseconds from the first chunk's sending, which is written in it, to its being seen."""
    seen: list[str] = []
    first_ms = 0.0
    async for text in team.stream(job.message):
        if not seen and text:
            first_ms = (time.monotonic() - float(text.split()[0])) * 1000
        seen.append(text)
    words = "".join(seen).split()
    if len(words) != job.manner.chunks:
        raise WrongAnswerError(f"{len(words)} chunks instead of {job.manner.chunks}")
    return first_ms


_WORK: Mapping[str, Callable[[Job, Runnable], Awaitable[Readings]]] = {
    "runs": _runs,
    "stream": _stream,
    "calls": _calls,
    "counted": _counted,
}


def percentile(values: list[float], percent: int) -> float:
    """The value that so many percent of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
