"""A process that does one thing and ends: a first request, or the making of a team.

`python -m bench.once first SIDE PORT` and `python -m bench.once make SIDE PORT AGENTS yaml|code`.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys

from bench import teams
from bench.gateway import Manner
from bench.jobs import Readings, cpu_s, memory_mb
from bench.sides import all_sides
from bench.sides.side import Side


async def first(side: str, port: str) -> Readings:
    """Load the side and run the triage once; the gateway notes what that had cost at its first request."""
    base_url = f"http://127.0.0.1:{port}{Manner(process=os.getpid()).base_path}"
    async with all_sides.load(side).triage(base_url, 0) as team:
        await team.run(teams.MESSAGE)
    return {"modules": len(sys.modules)}


async def make(side: str, port: str, agents: str, source: str) -> Readings:
    """CPU and memory from a team's text to a team that can run, and to its first answer; imports apart."""
    loaded, base_url = all_sides.load(side), f"http://127.0.0.1:{port}{Manner().base_path}"
    async with loaded.triage(base_url, 0) as team:
        await team.run(teams.MESSAGE)
    return await _timed(loaded, base_url, int(agents), source)


async def _timed(side: Side, base_url: str, agents: int, source: str) -> Readings:
    desks = tuple(teams.tree(agents))
    text = teams.as_yaml(iter(desks), desks[0].key)
    gc.collect()
    memory_before_mb, before_s = memory_mb(), cpu_s()
    made = side.from_yaml(text, base_url) if source == "yaml" else side.in_code(desks, text, base_url)
    async with made as team:
        ready_s = cpu_s() - before_s
        gc.collect()
        grown_mb = memory_mb() - memory_before_mb
        before_s = cpu_s()
        await team.run(teams.MESSAGE)
        answered_s = ready_s + cpu_s() - before_s
    return {"make_ms": ready_s * 1000, "answer_ms": answered_s * 1000, "grown_mb": grown_mb}


if __name__ == "__main__":
    work = first(*sys.argv[2:]) if sys.argv[1] == "first" else make(*sys.argv[2:])
    with asyncio.Runner(loop_factory=getattr(all_sides.load(sys.argv[2]), "new_loop", None)) as runner:
        sys.stdout.write(json.dumps(runner.run(work)) + "\n")
