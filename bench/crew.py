"""The processes of a measurement: the gateway, three lanes of workers, and those that do one thing and end.

Knows how processes are started, asked and accounted for; knows nothing of figures.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from bench import teams
from bench.jobs import Job, Readings
from bench.ratios import LANES, Lane
from bench.sides.all_sides import FAST, OPPONENT, OURS
from bench.worker import as_line

_ROOT = Path(__file__).parent.parent
_STATE = tempfile.TemporaryDirectory(prefix="bench_state_")
"""Where runs leave their usage record, as they do for any user; gone when the measurement is."""


class BenchError(Exception):
    """A process of the measurement failed; the message ends with what it had to say."""


def environment() -> dict[str, str]:
    """This environment without any key, base URL or proxy of the person who measures; runs leave no trace at home."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OPENAI_", "SAHARA_")) and not name.lower().endswith("_proxy")
    }
    return kept | {
        "PYTHONPATH": str(_ROOT),
        "PYTHONDONTWRITEBYTECODE": "",
        "SAHARA_STATE_DIR": _STATE.name,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else it asks the network for prices as it is loaded
    }


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that has ended."""

    cpu_s: float
    spawned_at_s: float
    process: int
    output: str
    errors: str


class Gateway:
    """The bench gateway in a process of its own."""

    def __init__(self, *, record: bool = False) -> None:
        argv = [sys.executable, "-m", "bench.gateway", *(["--record"] if record else [])]
        self._process = _Piped(argv)
        self.port = int(self._process.read())
        self._control = http.client.HTTPConnection("127.0.0.1", self.port)

    def take(self) -> Mapping[str, object]:
        """What it has seen since it was last asked: `requests`, `connections`, and more."""
        self._control.request("GET", "/take")
        taken = json.loads(self._control.getresponse().read())
        assert isinstance(taken, dict)
        return taken

    def close(self) -> None:
        """Stop it."""
        self._control.close()
        self._process.close()


class Crew:
    """Every process that a measurement needs; a context manager that ends them."""

    def __init__(
        self, *, ours: str = OURS, peers: Mapping[str, str] | None = None, record: bool = False
    ) -> None:
        """`peers`: the Python that has each of them."""
        self.pythons = peers or {}
        self.sides: dict[Lane, str] = {"opponent": OPPONENT, "ours": ours, "again": OPPONENT}
        self.sides |= {name: name for name in self.pythons}
        self.gateway = Gateway(record=record)
        self._workers: dict[Lane, _Piped] = {}
        self._serving = ""
        self._connections: dict[object, float] = {}
        """By lane and team: the connections that it has opened so far."""
        self.last_taken: Mapping[str, object] = {}
        """What the gateway saw of the last job."""
        self._folder = tempfile.TemporaryDirectory(prefix="bench-")
        self.folder = Path(self._folder.name)
        """For the team files that commands are given."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.dismiss()
        self.gateway.close()
        self._folder.cleanup()

    def dismiss(self) -> None:
        """End the workers; the next job starts new ones."""
        for worker in self._workers.values():
            worker.close()
        self._workers.clear()
        self._connections.clear()

    def work(self, lane: Lane, job: Job, *, group: str = "") -> Readings:
        """One job by this lane's worker; a new group gets new workers, so that no trial inherits a heap."""
        if group != self._serving:
            self.dismiss()
            self._serving = group
        worker = self._workers.get(lane) or self._hire(lane)
        self.gateway.take()
        readings = worker.ask(as_line(job))
        return _floats(json.loads(readings)) | self._counted(lane, job)

    def _hire(self, lane: Lane) -> _Piped:
        python = self.pythons.get(lane, sys.executable)
        side = self.sides[lane]
        worker = self._workers[lane] = _Piped([python, "-m", "bench.worker", side, str(self.gateway.port)])
        worker.read()
        return worker

    def lanes(self, *, has_peers: bool) -> tuple[Lane, ...]:
        """Who takes turns in a trial."""
        return (*LANES[:-1], *self.pythons, LANES[-1]) if has_peers else LANES

    def _counted(self, lane: Lane, job: Job) -> Readings:
        """What the gateway saw of a job; the run that is not timed is counted with the others."""
        self.last_taken = self.gateway.take()
        seen = _floats(self.last_taken)
        team = lane, job.manner, job.extra_agents, job.team
        self._connections[team] = self._connections.get(team, 0) + seen["connections"]
        return {
            "requests_per_run": seen["requests"] / (job.runs * job.in_flight + 1),
            "connections": self._connections[team],
            "gateway_cpu_ms": seen["cpu_ms_per_request"],
        }

    def once(self, lane: Lane, job: str, *options: str) -> Readings:
        """The readings of `bench.once` in a fresh process."""
        argv = ["-m", "bench.once", job, self.sides[lane], str(self.gateway.port), *options]
        return _floats(json.loads(self.fresh(argv).output))

    def first_request(self, argv: Sequence[str], *, lane: Lane = "ours") -> Readings:
        """What a fresh process had cost when its first request reached the gateway."""
        self.gateway.take()
        ended = self.fresh(argv, lane=lane)
        arrivals = self.gateway.take()["arrivals"]
        assert isinstance(arrivals, dict)
        arrival = arrivals[str(ended.process)]
        return {
            "first_cpu_ms": arrival["cpu_s"] * 1000,
            "first_wall_ms": (arrival["at_s"] - ended.spawned_at_s) * 1000,
            "whole_cpu_ms": ended.cpu_s * 1000,
        } | _modules(ended.output)

    def fresh(self, argv: Sequence[str], *, lane: Lane = "ours") -> Ended:
        """Run the Python of this lane to its end and account for its CPU."""
        spawned_at_s = time.monotonic()
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen(
                [self.pythons.get(lane, sys.executable), *argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                env=environment() | {"SAHARA_FAST": "on" if self.sides[lane] == FAST else "off"},
            )
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            said, complained = _text(output), _text(errors)
        if process.returncode:
            raise BenchError(f"{' '.join(argv)} ended with {process.returncode}:\n{complained[-2000:]}")
        return Ended(used.ru_utime + used.ru_stime, spawned_at_s, process.pid, said, complained)


class _Piped:
    """A process that is asked by lines and answers by lines; what it says on stderr is kept for failures."""

    def __init__(self, argv: Sequence[str]) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - open as long as the process
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=environment() | {"SAHARA_API_KEY": teams.KEY},
        )

    def ask(self, line: str) -> str:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has ended: `read` says why
            self._process.stdin.write(line)
            self._process.stdin.flush()
        return self.read()

    def read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise BenchError(f"a process ended before its answer:\n{_text(self._errors)[-2000:]}")
        return line

    def close(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._errors.close()


def _modules(output: str) -> Readings:
    """What `bench.once first` counted; a command's own answer holds no such count."""
    return _floats(json.loads(output)) if output.startswith("{") else {}


def _text(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


def _floats(values: Mapping[str, object]) -> Readings:
    return {name: float(value) for name, value in values.items() if isinstance(value, int | float)}
