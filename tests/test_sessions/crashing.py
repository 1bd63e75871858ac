"""Kill writers of conversations with SIGKILL at random moments, and look at what they leave.

    python -m tests.test_sessions.crashing FOLDER KILLS SEED [GATEWAY]

Each writer is forked from this process, which has loaded everything, and talks in several conversations at once; it
says on a pipe what it was acknowledged. With the base URL of a local gateway whole teams run, without it the
store alone. Prints counts as JSON; raises where a promise is broken.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing, closing
from importlib import import_module
from pathlib import Path

from agents_sahara.sessions.sqlite import SqliteStore
from agents_sahara.sessions.values import Item, Key, Turn

TALKS = 6
MOST_S = 0.08
"""A writer lives no longer than this after its first acknowledged turn."""

Say = Callable[[str, str], Awaitable[object]]


async def through_store(path: Path, talk: Callable[[Say], Awaitable[None]]) -> None:
    """Turns of six items each, straight to the store."""
    store = SqliteStore(path)

    async def say(conversation: str, text: str) -> None:
        key = Key("team", conversation)
        async with store.turn(key, 60.0):
            past = await store.read(key, keep=1)
            call: Item = {"type": "function_call", "call_id": text, "arguments": "x" * 500}
            middle = [call] * 4
            items: list[Item] = [
                {"role": "user", "content": text},
                *middle,
                {"role": "assistant", "content": text},
            ]
            await store.write(key, Turn(past.number + 1, items, "front"), keep=None)

    await talk(say)


async def through_teams(path: Path, base_url: str, talk: Callable[[Say], Awaitable[None]]) -> None:
    """Whole runs, every second one streamed."""
    from agents_sahara.events import RunFinished
    from agents_sahara.runner.team import Team
    from agents_sahara.settings import Settings
    from tests.teams import triage
    from tests.test_runner.conversing import stored

    async with Team(stored(triage(), path.parent), Settings.local(base_url)) as team:

        async def say(conversation: str, text: str) -> None:
            if hash(text) % 2:
                await team.run(text, session=conversation)
                return
            async with aclosing(team.stream(text, session=conversation)) as events:
                async for event in events:
                    if isinstance(event, RunFinished):
                        return

        await talk(say)


def write_until_killed(path: Path, life: int, base_url: str | None, pipe: int) -> None:
    """One writer; each acknowledged turn is a line."""

    async def talk(say: Say) -> None:
        async def one(number: int) -> None:
            for turn in range(10**6):
                text = f"Hola {life}-{number}-{turn}"
                await say(f"c{number}", text)
                os.write(pipe, f"c{number} {text}\n".encode())

        await asyncio.gather(*map(one, range(TALKS)))

    asyncio.run(through_store(path, talk) if base_url is None else through_teams(path, base_url, talk))


def one_life(path: Path, life: int, base_url: str | None, chance: random.Random) -> list[str]:
    """Fork a writer, kill it, and give back what was acknowledged to it."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        try:
            write_until_killed(path, life, base_url, writing)
        finally:
            os._exit(3)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        first = pipe.readline()
        time.sleep(chance.random() * MOST_S)
        os.kill(child, signal.SIGKILL)
        rest = pipe.read()
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL, "the writer ended by itself"
    return (first + rest).decode().split("\n")[:-1]


def judge(path: Path, acknowledged: list[str]) -> int:
    """Every acknowledged turn is there, whole and in order; gives the number of turns in the file."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = db.execute(
            "SELECT id, turns.number, items, conversations.number FROM turns"
            " JOIN conversations ON conversations.key = conversation ORDER BY id, turns.number"
        ).fetchall()
    there: set[str] = set()
    numbers: dict[str, list[int]] = {}
    for name, number, text, last in rows:
        items = json.loads(text)
        assert items[0]["role"] == "user"
        assert items[-1]["role"] == "assistant", "half a turn"
        calls = [item["call_id"] for item in items if item.get("type") == "function_call"]
        outputs = [item["call_id"] for item in items if item.get("type") == "function_call_output"]
        assert not outputs or calls == outputs, "a call without its output"
        there.add(f"{name} {items[0]['content']}")
        numbers.setdefault(name, []).append(number)
        assert number <= last
    for name, found in numbers.items():
        assert found == list(range(1, len(found) + 1)), f"a gap in {name}"
    lost = set(acknowledged) - there
    assert not lost, f"{len(lost)} acknowledged turns are lost: {sorted(lost)[:3]}"
    return len(rows)


def main(folder: str, kills: str, seed: str, base_url: str | None = None) -> None:
    path, chance = Path(folder) / "sessions.db", random.Random(int(seed))
    if base_url is not None:
        for name in ("tests.test_runner.conversing", "agents_sahara.runner.streaming"):
            import_module(name)  # all is loaded once, before anything is forked
    acknowledged: list[str] = []
    turns = 0
    for life in range(int(kills)):
        acknowledged += one_life(path, life, base_url, chance)
        turns = judge(path, acknowledged)
    print(json.dumps({"kills": int(kills), "acknowledged": len(acknowledged), "turns": turns}))


if __name__ == "__main__":
    main(*sys.argv[1:])
