"""Many users at once, each with a secret: none reaches another's request, answer or stored conversation."""

from __future__ import annotations

import asyncio
import json
import random
import re
import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from tests.teams import triage
from tests.test_runner.conversing import FILE, talking

CANARY = re.compile(r"canary-\d+-[0-9a-f]+")
AT_ONCE = 200
"""Users who are served at the same time by one gateway of the tests; the others wait for a place."""


async def _talk(gateway: LocalGateway, folder: Path, users: int, turns: int) -> dict[int, str]:
    chance = random.Random(7)
    canaries = {user: f"canary-{user}-{chance.getrandbits(64):x}" for user in range(users)}
    places = asyncio.Semaphore(AT_ONCE)
    async with talking(gateway, triage(), folder, keep=5) as team:

        async def one(user: int) -> None:
            canary, chat, owner = canaries[user], f"chat {user // 2}", f"owner {user % 2}"
            for turn in range(turns):
                async with places:
                    text = f"Hola, ¿Cómo te llamas? My word is {canary}, turn {turn}."
                    result = await team.run(text, session=chat, owner=owner, message_id=f"m{turn}")
                assert set(CANARY.findall(json.dumps(result.to_json()))) <= {canary}
            items = json.dumps(await team.conversation(chat, owner=owner).get_items())
            assert set(CANARY.findall(items)) == {canary}
            assert items.count(canary) >= min(turns, 5)

        await asyncio.gather(*map(one, range(users)))
    return canaries


def _judge(gateway: LocalGateway, folder: Path, canaries: dict[int, str], turns: int) -> None:
    seen: dict[str, int] = defaultdict(int)
    for call in gateway.calls:
        [canary] = set(CANARY.findall(json.dumps(call.body)))
        seen[canary] += 1
    assert set(seen) == set(canaries.values())
    assert min(seen.values()) >= turns
    with closing(sqlite3.connect(folder / FILE)) as db, db:
        rows = db.execute(
            "SELECT id, owner, group_concat(items, ' ') FROM turns JOIN conversations"
            " ON conversations.key = conversation GROUP BY conversation"
        ).fetchall()
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert len(rows) == len(canaries)
    for name, owner, items in rows:
        user = 2 * int(name.removeprefix("chat ")) + int(owner.removeprefix("owner "))
        assert set(CANARY.findall(items)) == {canaries[user]}


@pytest.mark.parametrize(
    ("users", "turns"), [(24, 4), pytest.param(1000, 20, marks=pytest.mark.long)], ids=["some", "1000 x 20"]
)
def test_no_canary_crosses(gateway: LocalGateway, tmp_path: Path, users: int, turns: int) -> None:
    canaries = asyncio.run(_talk(gateway, tmp_path, users, turns))
    _judge(gateway, tmp_path, canaries, turns)
