"""A process that runs one side and answers each job on its standard input with a line of readings.

Started by `crew`; `python -m bench.worker SIDE PORT`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from dataclasses import asdict

from bench.gateway import Manner
from bench.jobs import Job, do
from bench.sides import all_sides
from bench.sides.side import Runnable


def as_line(job: Job) -> str:
    """A job as a line of JSON."""
    return json.dumps(asdict(job)) + "\n"


def from_line(line: str) -> Job:
    """The job that a line says."""
    said = json.loads(line)
    return Job(**said | {"manner": Manner(**said["manner"])})


class Worker:
    """One side and the teams it has open."""

    def __init__(self, side: str, port: int) -> None:
        self._side = all_sides.load(side)
        self.new_loop = getattr(self._side, "new_loop", None)
        """How the side wants its loop made; None is as usual."""
        self._root = f"http://127.0.0.1:{port}"
        self._teams: dict[tuple[Manner, int, str], Runnable] = {}
        self._open = AsyncExitStack()

    async def do(self, line: str) -> str:
        """The readings of the job on this line, as a line."""
        job = from_line(line)
        return json.dumps(await do(job, await self._team(job))) + "\n"

    async def _team(self, job: Job) -> Runnable:
        wanted = job.manner, job.extra_agents, job.team
        if wanted not in self._teams:
            team = self._side.triage(self._root + job.manner.base_path, job.extra_agents)
            self._teams[wanted] = await self._open.enter_async_context(team)
        return self._teams[wanted]

    async def close(self) -> None:
        """Close every team."""
        await self._open.aclose()


def main(side: str, port: str) -> None:
    """Say `ready` once the side is loaded, then do jobs until standard input ends."""
    worker = Worker(side, int(port))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    with asyncio.Runner(loop_factory=worker.new_loop) as runner:
        for line in sys.stdin:
            sys.stdout.write(runner.run(worker.do(line)))
            sys.stdout.flush()
        runner.run(worker.close())


if __name__ == "__main__":
    main(*sys.argv[1:])
