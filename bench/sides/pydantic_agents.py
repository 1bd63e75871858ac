"""Pydantic AI: the triage agent's output functions run the specialists, and what they answer is the answer.

Such a function gives a whole answer, so the streamed figure is that of the specialist alone, one call.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic_ai import Agent, RunContext
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from bench import teams
from bench.sides.client import client
from bench.sides.side import Message


class Agents:
    """The triage agent, and the specialist that streams."""

    def __init__(self, first: Any, specialist: Any) -> None:
        self._first = first
        self._specialist = specialist

    async def run(self, message: Message) -> str:
        """The answer."""
        return str((await self._first.run(message)).output)

    async def stream(self, message: Message) -> AsyncIterator[str]:
        """The specialist's text as it comes."""
        async with self._specialist.run_stream(message) as answer:
            async for text in answer.stream_text(delta=True, debounce_by=None):
                yield text


@asynccontextmanager
async def triage(base_url: str, extra_agents: int) -> AsyncIterator[Agents]:
    """The documentation's triage team."""
    assert not extra_agents

    def model(provider: str, name: str) -> Any:
        return OpenAIChatModel(name, provider=OpenAIProvider(openai_client=client(base_url, provider)))

    specialist = model("together", "deepseek-ai/DeepSeek-V3")
    spanish = Agent(specialist, instructions=teams.SPECIALISTS["spanish"])
    english = Agent(specialist, instructions=teams.SPECIALISTS["english"])

    async def transfer_to_spanish(context: RunContext[None]) -> str:
        """Hand off to the Spanish agent."""
        return str((await spanish.run(context.prompt)).output)

    async def transfer_to_english(context: RunContext[None]) -> str:
        """Hand off to the English agent."""
        return str((await english.run(context.prompt)).output)

    first = Agent(
        model("openai", "gpt-4o"),
        instructions=teams.TOLD,
        output_type=[transfer_to_spanish, transfer_to_english],
    )
    yield Agents(first, spanish)
