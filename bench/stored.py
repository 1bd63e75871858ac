"""`python -m bench.stored`: what a stored turn costs beside one that is not stored.

Ours with a conversation in SQLite, ours with the same history from memory, and the hand-written script with the SDK's
own `SQLiteSession`, asked in turns in one process against answers that take 50 ms. Each commit is synced to the disk.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path

from agents import Agent, RunConfig, Runner, SQLiteSession

from agents_sahara import Settings, load_team
from bench import replies, teams
from bench.crew import Gateway
from bench.gateway import Manner
from bench.sides import script

_SESSION = 'session: {{store: "sqlite:sessions.db", keep_turns: {keep}}}\n'

Ask = Callable[[int], Awaitable[object]]
"""One run for the user with this number."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.stored", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="runs of each user in each lane")
    parser.add_argument("--users", type=int, default=1, help="users at once, each with a conversation")
    parser.add_argument("--delay", type=int, default=50, help="milliseconds that each answer takes")
    parser.add_argument("--keep", type=int, default=40, help="turns that are kept")
    parser.add_argument("--folder", help="where the files lie, to try another disk")
    return parser


async def measure(options: argparse.Namespace, base_url: str, folder: Path) -> dict[str, list[float]]:
    """Seconds of every run, by lane."""
    (folder / "team.yaml").write_text(_SESSION.format(keep=options.keep) + teams.triage(0), "utf-8")
    settings = Settings.from_environ({"SAHARA_API_KEY": teams.KEY, "SAHARA_BASE_URL": base_url})
    took: dict[str, list[float]] = {}
    async with AsyncExitStack() as stack:
        team = await stack.enter_async_context(load_team(folder / "team.yaml", settings=settings))
        by_hand = await stack.enter_async_context(script.triage(base_url, 0))

        async def unstored(user: int) -> object:
            last: dict[str, object] = {"role": "user", "content": teams.MESSAGE}
            said = [*before[user], last]
            return (await team.run(said, agent="triage")).output

        async def stored(user: int) -> object:
            return (await team.run(teams.MESSAGE, session=f"user {user}", agent="triage")).output

        async def sdk(user: int) -> object:
            session = SQLiteSession(f"user {user}", folder / "sdk.db")
            done = await Runner.run(_entry(by_hand), teams.MESSAGE, session=session, run_config=_CONFIG)
            return done.final_output

        before: dict[int, list[dict[str, object]]] = {}
        lanes: dict[str, Ask] = {"unstored": unstored, "stored": stored, "script with SQLiteSession": sdk}
        for number in range(options.rounds + 1):
            for user in range(options.users):
                before[user] = [dict(item) for item in await team.conversation(f"user {user}").get_items()]
            for name, ask in lanes.items():
                seconds = await _round(ask, options.users)
                if number:  # the first opens connections and files
                    took.setdefault(name, []).extend(seconds)
    return took


_CONFIG = RunConfig(tracing_disabled=True)


def _entry(by_hand: object) -> Agent[object]:
    entry = vars(by_hand)["_entry"]
    assert isinstance(entry, Agent)
    return entry


async def _round(ask: Ask, users: int) -> list[float]:
    async def one(user: int) -> float:
        begun = time.perf_counter()
        answer = await ask(user)
        assert answer == replies.ANSWER, answer
        return time.perf_counter() - begun

    return await asyncio.gather(*map(one, range(users)))


def _shown(took: dict[str, list[float]]) -> str:
    base = {share: _at(took["unstored"], share) for share in (50, 95)}
    lines = [f"{'':28}{'median':>10}{'95 %':>10}{'ratio':>9}{'ratio 95 %':>12}"]
    for name, seconds in took.items():
        at = {share: _at(seconds, share) for share in (50, 95)}
        figures = f"{at[50] * 1e3:7.1f} ms{at[95] * 1e3:7.1f} ms"
        lines.append(f"{name:28}{figures}{at[50] / base[50]:9.2f}{at[95] / base[95]:12.2f}")
    return "\n".join(lines) + "\n"


def _at(seconds: list[float], percent: int) -> float:
    return statistics.quantiles(seconds, n=100)[percent - 1]


def main() -> int:
    """Measure, and print the table; always 0, for it depends on the clock and on the disk."""
    options = _parser().parse_args()
    os.environ |= {"SAHARA_USAGE_RECORD": "off"}
    gateway = Gateway()
    with closing(gateway), tempfile.TemporaryDirectory(dir=options.folder) as folder:
        base_url = f"http://127.0.0.1:{gateway.port}{Manner(delay=options.delay).base_path}"
        took = asyncio.run(measure(options, base_url, Path(folder)))
    sys.stdout.write(_shown(took))
    return 0


if __name__ == "__main__":
    sys.exit(main())
