"""The whole matrix: every row by number and name, and how all of it is played at once."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tests.faults import (
    hosts,
    phrasings,
    rows_bodies,
    rows_calls,
    rows_status,
    rows_streams,
    stream_phrasings,
    variants,
)
from tests.faults.cases import ACCEPT, Play, Way, well
from tests.faults.cuts import cuts
from tests.faults.play import Seen, Stage, play_all, play_one
from tests.faults.situations import SITUATIONS, Situation, clock_jumps
from tests.faults.stalls import Pulse
from tests.faults.surroundings import SURROUNDINGS, environment
from tests.faults.verdicts import problems
from tests.faults.wire import FaultServer

PLAYS: tuple[Play, ...] = (
    *rows_status.ROWS,
    *hosts.ROWS,
    *rows_bodies.ROWS,
    *rows_streams.ROWS,
    *rows_calls.ROWS,
)
_STEP = 37
"""Bytes between two cuts; `cuts(1)` has every one."""
VARIANTS: tuple[Play, ...] = (*variants.ROWS, *phrasings.ROWS, *stream_phrasings.ROWS, *cuts(_STEP))
"""Beside the rows: other ways to write, to cut and to lie."""

ALL_SITUATIONS: dict[int, tuple[Situation, ...]] = dict(sorted({**SITUATIONS, **SURROUNDINGS}.items()))

ROWS: dict[int, str] = {
    1: "500",
    2: "502, 503, 504, 524, 529",
    3: "500 on every member",
    4: "429 without a header",
    5: "429 with a wait that can be had",
    6: "429 with a wait that cannot be had, or makes no sense",
    7: "no quota, no credit",
    8: "408, 409",
    9: "400, 422",
    10: "too long, too large",
    11: "an unsupported parameter",
    12: "401, 403",
    13: "404",
    14: "refused, unknown name, no connection",
    15: "TLS",
    16: "broken before the response",
    17: "broken inside the body",
    18: "a body that ends by close, cut",
    19: "another content type",
    20: "no body, no object",
    21: "an error in a 200",
    22: "no choices, no message",
    23: "no content",
    24: "no usage",
    25: "bad gzip, no HTTP",
    26: "redirects",
    27: "no answer, half an answer",
    28: "a slow drip",
    29: "a late first token",
    30: "pings only",
    31: "a stall after text",
    32: "broken after text",
    33: "no finish",
    34: "no stream",
    35: "an error in the stream",
    36: "an error by the event's name",
    37: "no JSON, no UTF-8",
    38: "a stream written in another way",
    39: "a tool call that is cut",
    40: "two tool calls, the second cut",
    41: "odd ids, unknown tools",
    42: "ends at the length, ends at a filter",
    43: "a caller that cancels",
    44: "a reader that stops",
    45: "a deadline over members that hang",
    46: "a member that flaps",
    47: "all members rest",
    48: "a crowd when a member dies",
    49: "loops, threads, nest_asyncio",
    50: "variables of the environment",
    51: "a history that moves",
    52: "a broken catalog",
    53: "a handoff to a dead desk",
    54: "a wrong provider",
    55: "a clock that jumps",
}


_WARM = Play(0, "a member that is well", (well(),), run=ACCEPT, stream=ACCEPT)
_ALONE = frozenset({clock_jumps, environment})
_THREADS = 4
_MOST_TIMES = 5
"""A case during which the machine stood still is played so often again."""


@dataclass(slots=True)
class Played:
    """What came of it."""

    seen: list[Seen]
    left: list[str] = field(default_factory=list)
    """Tasks that were left on the event loop."""
    wall_s: float = 0.0
    cpu_s: float = 0.0


def play(wanted: Iterable[tuple[Play, Way]], *, is_early: bool = False) -> Played:
    """Play these cases; `is_early`: with a first request that has left before the team was opened."""
    with FaultServer() as server, hosts.open_hosts(server.cases) as urls, Pulse() as pulse:
        started, cpu = time.monotonic(), time.process_time()
        played = asyncio.run(_play(Stage(server, urls, is_early), list(wanted), pulse))
        played.wall_s, played.cpu_s = time.monotonic() - started, time.process_time() - cpu
    return played


async def _play(stage: Stage, wanted: Sequence[tuple[Play, Way]], pulse: Pulse) -> Played:
    for way in _WARM.ways:
        await play_one(
            stage, _WARM, way, f"warm-{way}"
        )  # what Python loads when it is first used takes its time
    seen = await play_all(stage, wanted)
    for place, one in enumerate(seen):
        for number in range(_MOST_TIMES):
            if not (problems(seen[place]) and pulse.has_stalled(seen[place].started)):
                break
            seen[place] = await play_one(stage, one.play, one.way, f"again{place}-{number}")
    await asyncio.sleep(0.05)
    others = asyncio.all_tasks() - {asyncio.current_task()}
    return Played(seen, [repr(task) for task in others])


def play_situation(situation: Situation) -> list[str]:
    """What was wrong with a situation."""
    with Pulse() as pulse:
        started, found = time.monotonic(), _play_situation(situation)
        return _play_situation(situation) if found and pulse.has_stalled(started) else found


def _play_situation(situation: Situation) -> list[str]:
    with FaultServer() as server:
        return asyncio.run(_bounded(server, situation))


def play_situations() -> Iterator[tuple[int, Situation, list[str]]]:
    """All situations, most of them at once; those that change what the whole process sees by themselves."""
    every = [(row, situation) for row, some in ALL_SITUATIONS.items() for situation in some]
    with ThreadPoolExecutor(_THREADS) as pool:
        found = {each: pool.submit(play_situation, each) for _, each in every if each not in _ALONE}
    for row, situation in every:
        wrong = found[situation].result() if situation in found else play_situation(situation)
        yield row, situation, wrong


async def _bounded(server: FaultServer, situation: Situation) -> list[str]:
    try:
        async with asyncio.timeout(90):
            return list(await situation(server))
    except Exception:  # noqa: BLE001  whatever comes out is what was wrong
        return [traceback.format_exc()]


def verdict(seen: Seen) -> str:
    """All that is wrong with a case in one text, empty where all is well."""
    return "\n".join(problems(seen))
