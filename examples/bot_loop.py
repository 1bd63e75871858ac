"""Embed a team in a bot: messages of many users from a queue, answered at once, failures answered politely."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from agents_sahara import SaharaError, Team, load_team

TEAM = Path(__file__).parent.parent / "configs" / "language_triage.yaml"
WORKERS = 3


@dataclass(frozen=True, slots=True)
class Message:
    """What a chat platform delivers; put Telegram's, Slack's or Discord's own in its place."""

    user: str
    text: str


INBOX = (
    Message("ana", "Hola, ¿Cómo te llamas?"),
    Message("bob", "Hello, what is your name?"),
    Message("eve", ""),  # a sticker without text: the team cannot answer it, and the bot goes on
    Message("carla", "Buenos días, ¿quién eres?"),
)


async def reply(team: Team, message: Message) -> str:
    """The answer to one message; never raises for what a user or the gateway can cause."""
    try:
        return str((await team.run(message.text)).output)
    except SaharaError as error:
        if error.is_retryable:
            return "I cannot reach my colleagues at the moment. Please try again in a minute."
        print(f"for the log: {error.message}")
        return "Sorry, I cannot answer that one."


async def work(team: Team, inbox: asyncio.Queue[Message], outbox: dict[str, str]) -> None:
    """One worker: as many as there are run side by side on one team."""
    while True:
        message = await inbox.get()
        outbox[message.user] = await reply(team, message)
        print(f"{message.user}: {outbox[message.user]}")
        inbox.task_done()


async def main() -> None:
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    outbox: dict[str, str] = {}
    async with load_team(TEAM) as team:  # one team for all users: it holds no conversation
        workers = [asyncio.create_task(work(team, inbox, outbox)) for _ in range(WORKERS)]
        for message in INBOX:
            inbox.put_nowait(message)
        await inbox.join()
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    assert "James" in outbox["ana"]
    assert "Jesse" in outbox["bob"]
    assert "Sorry" in outbox["eve"]
    assert set(outbox) == {message.user for message in INBOX}


if __name__ == "__main__":
    asyncio.run(main())
