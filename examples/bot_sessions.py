"""Give each user of a bot a stored conversation: it survives a restart, and a message sent twice is answered once."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path

from agents_sahara import load_team

AGENTS = (Path(__file__).parent.parent / "configs" / "language_triage.yaml").read_text("utf-8")
SESSION = 'session: {store: "sqlite:sessions.db", keep_turns: 40}\n'


@dataclass(frozen=True, slots=True)
class Update:
    """What a chat platform delivers, with an id of its own for each message."""

    id: str
    chat: str
    text: str


BEFORE = (
    Update("76", "telegram:42", "Hola, ¿Cómo te llamas?"),
    Update("77", "telegram:99", "Hello, what is your name?"),
)
AFTER = (
    Update("77", "telegram:99", "Hello, what is your name?"),  # the platform is not sure that we got it
    Update("78", "telegram:42", "¿Cómo se llama usted?"),
)


async def serve(file: Path, updates: tuple[Update, ...]) -> list[str]:
    """One life of the bot: answer what comes in, each chat in its own conversation."""
    async with load_team(file) as team:

        async def reply(update: Update) -> str:
            result = await team.run(update.text, session=update.chat, message_id=update.id)
            again = " (as before)" if result.redelivered else ""
            return f"{update.chat}: {' -> '.join(result.path)}: {result.output}{again}"

        return list(await asyncio.gather(*map(reply, updates)))


with tempfile.TemporaryDirectory() as folder:
    team_file = Path(folder) / "team.yaml"
    team_file.write_text(SESSION + AGENTS, "utf-8")
    first = asyncio.run(serve(team_file, BEFORE))
    second = asyncio.run(serve(team_file, AFTER))  # after a restart
    print("\n".join(first + second))

assert second[0] == f"{first[1]} (as before)"
assert "telegram:42: spanish: " in second[1]  # the agent that spoke last goes on
