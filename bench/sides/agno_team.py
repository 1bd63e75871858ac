"""Agno: a team in which the leader delegates, and the member's answer is the team's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from agno.agent import Agent
from agno.models.openai import OpenAIChat
from agno.team import Team

from bench import teams
from bench.sides.side import Message


class Members:
    """A team."""

    def __init__(self, team: Any) -> None:
        self._team = team

    async def run(self, message: Message) -> str:
        """The answer."""
        return str((await self._team.arun(message)).content)

    async def stream(self, message: Message) -> AsyncIterator[str]:
        """The answer's text as it comes."""
        async for event in self._team.arun(message, stream=True, stream_events=True):
            if event.event.endswith("RunContent") and event.content:
                yield str(event.content)


@asynccontextmanager
async def triage(base_url: str, extra_agents: int) -> AsyncIterator[Members]:
    """The documentation's triage team."""
    assert not extra_agents

    def model(provider: str, name: str) -> Any:
        return OpenAIChat(id=name, api_key=teams.KEY, base_url=base_url, organization=provider)

    members = [
        Agent(
            id=name,
            name=name,
            model=model("together", "deepseek-ai/DeepSeek-V3"),
            instructions=told,
            telemetry=False,
        )
        for name, told in teams.SPECIALISTS.items()
    ]
    yield Members(
        Team(
            members=members,
            model=model("openai", "gpt-4o"),
            instructions=teams.TOLD,
            respond_directly=True,
            determine_input_for_members=False,
            telemetry=False,
        )
    )
