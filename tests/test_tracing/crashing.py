"""Kill programs that trace with SIGKILL at random moments, and look at what they leave.

    python -m tests.test_tracing.crashing FOLDER KILLS SEED GATEWAY

Each life is two programs at once, forked from this process, which has loaded everything. Both trace all their runs to
one file and a file for each run to one folder, and say on a pipe which runs are over; both are killed. Prints counts
as JSON; raises where a promise is broken.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from agents_sahara.graph.values import Tracing
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from tests.teams import triage

PROGRAMS = 2
TALKS = 3
MOST_S = 0.08
"""A program lives no longer than this after its first finished run."""
LONG = "word " * 6_000
"""Lines of many pages: the system may stop in the middle of one."""


def run_until_killed(folder: Path, base_url: str, pipe: int) -> None:
    """One program; each finished run is a line on the pipe."""
    graph = replace(triage(), folder=folder, tracing=Tracing("traces/", content=True))
    teams = [
        Team(graph, Settings.local(base_url), trace_file=folder / "all.jsonl"),
        Team(graph, Settings.local(base_url)),
    ]

    async def talk(number: int) -> None:
        for turn in range(10**6):
            result = await teams[turn % len(teams)].run(f"Hola {number} {LONG}")
            os.write(pipe, f"{result.trace_id}\n".encode())

    async def talk_all() -> None:
        await asyncio.gather(*map(talk, range(TALKS)))

    asyncio.run(talk_all())


def fork(folder: Path, base_url: str) -> tuple[int, int]:
    """A program under way: its id, and what it says."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        try:
            run_until_killed(folder, base_url, writing)
        finally:
            os._exit(3)
    os.close(writing)
    return child, reading


def one_life(folder: Path, base_url: str, chance: random.Random) -> list[str]:
    """Fork programs, kill them, and give back which of their runs were over."""
    programs = [fork(folder, base_url) for _ in range(PROGRAMS)]
    finished: list[str] = []
    for child, reading in programs:
        with os.fdopen(reading, "rb") as pipe:
            first = pipe.readline()
            time.sleep(chance.random() * MOST_S)
            os.kill(child, signal.SIGKILL)
            finished += (first + pipe.read()).decode().split("\n")[:-1]
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL, "the program ended by itself"
    return finished


def read(path: Path) -> tuple[list[dict[str, Any]], int]:
    """The lines of a trace, and how many are cut off; blank ones do not count."""
    lines, cut = [], 0
    for text in path.read_text("ascii").split("\n"):
        try:
            lines += [json.loads(text)] if text else []
        except ValueError:
            cut += 1
    return lines, cut


def judge(folder: Path, finished: set[str], lives: int) -> dict[str, int]:
    """Every run that was over is told from its beginning to its end; at most one line a kill is cut off."""
    told: dict[str, list[str]] = {}
    all_cut = 0
    files = [folder / "all.jsonl", *(folder / "traces").glob("*.jsonl")]
    for path in files:
        lines, cut = read(path)
        all_cut += cut
        is_shared = path.name == "all.jsonl"
        assert is_shared or (cut <= 1 and len({line["trace_id"] for line in lines}) <= 1), path
        for line in lines:
            told.setdefault(line["trace_id"], []).append(line["type"])
    assert all_cut <= lives * PROGRAMS * TALKS, "a cut line took others with it"
    assert finished <= told.keys(), "a run is not told of"
    for trace_id, kinds in told.items():
        assert kinds[0] == "run_started", trace_id
        assert kinds[-1] == "run_finished" or trace_id not in finished, trace_id
        begun = sum(kind.endswith("_started") for kind in kinds)
        ended = sum(kind.endswith("_finished") for kind in kinds)
        assert begun == ended or trace_id not in finished, trace_id
    return {"runs": len(finished), "told": len(told), "cut": all_cut, "files": len(files)}


def main(folder: str, kills: str, seed: str, base_url: str) -> None:
    """Kill so many programs, and look after each life."""
    for name in ("agents_sahara.runner.streaming", "agents_sahara.tracing.lines"):
        import_module(name)  # all is loaded once, before anything is forked
    chance, finished, counts = random.Random(int(seed)), set[str](), dict[str, int]()
    lives = int(kills) // PROGRAMS
    for life in range(lives):
        finished.update(one_life(Path(folder), base_url, chance))
        counts = judge(Path(folder), finished, life + 1)
    print(json.dumps({"kills": lives * PROGRAMS} | counts))


if __name__ == "__main__":
    main(*sys.argv[1:])
