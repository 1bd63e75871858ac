"""Ours: the same teams from YAML through `load_team`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from agents_sahara import Settings, load_team
from agents_sahara.events import TextDelta
from agents_sahara.runner.team import Team
from bench import teams
from bench.sides.asking import asked
from bench.sides.side import Message
from bench.teams import Desk


class Loaded:
    """A team that `load_team` gave."""

    def __init__(self, team: Team) -> None:
        self._team = team

    async def run(self, message: Message) -> str:
        """The team's answer."""
        result = await self._team.run(message)
        return str(result.output)

    async def stream(self, message: Message) -> AsyncIterator[str]:
        """The answer's text as it comes."""
        async for event in self._team.stream(message):
            if isinstance(event, TextDelta):
                yield event.text

    async def call(self, message: str) -> str:
        """What the specialist's model says."""
        return await asked(self._team.agents["spanish"], message)


@asynccontextmanager
async def from_yaml(text: str, base_url: str) -> AsyncIterator[Loaded]:
    """A team made from YAML text; its entry is asked for, because agents may be made at first use only."""
    settings = Settings.from_environ({"SAHARA_API_KEY": teams.KEY, "SAHARA_BASE_URL": base_url})
    async with load_team(text, settings=settings) as team:
        assert team.agents[team.graph.entry]
        yield Loaded(team)


@asynccontextmanager
async def triage(base_url: str, extra_agents: int) -> AsyncIterator[Loaded]:
    """The documentation's triage team, with so many more agents in the file."""
    async with from_yaml(teams.triage(extra_agents), base_url) as team:
        yield team


@asynccontextmanager
async def in_code(desks: Sequence[Desk], text: str, base_url: str) -> AsyncIterator[Loaded]:
    """There is no way but YAML, so this is the same as `from_yaml`."""
    del desks
    async with from_yaml(text, base_url) as team:
        yield team
