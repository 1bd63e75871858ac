"""Microsoft Agent Framework: a handoff workflow. It keeps the state of a run, so each run builds its own."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from agent_framework import Agent, AgentResponseUpdate
from agent_framework.openai import OpenAIChatCompletionClient
from agent_framework_orchestrations import HandoffBuilder

from bench import teams
from bench.sides.client import client
from bench.sides.side import Message

logging.getLogger("agent_framework").setLevel(
    logging.ERROR
)  # it warns at each build that specialists end a run


class Workflow:
    """The agents of a workflow."""

    def __init__(self, first: Any, others: list[Any]) -> None:
        self._first = first
        self._others = others

    def _built(self) -> Any:
        builder = HandoffBuilder(name="triage", participants=[self._first, *self._others])
        return builder.with_start_agent(self._first).add_handoff(self._first, self._others).build()

    async def run(self, message: Message) -> str:
        """The answer."""
        done = await self._built().run(message)
        return str(done.get_outputs()[-1].text)

    async def stream(self, message: Message) -> AsyncIterator[str]:
        """The answer's text as it comes."""
        async for event in self._built().run(message, stream=True):
            data = event.data
            if event.type == "output" and isinstance(data, AgentResponseUpdate) and data.text:
                yield str(data.text)


@asynccontextmanager
async def triage(base_url: str, extra_agents: int) -> AsyncIterator[Workflow]:
    """The documentation's triage team."""
    assert not extra_agents

    def agent(name: str, told: str, provider: str, model: str) -> Any:
        asked = OpenAIChatCompletionClient(model=model, async_client=client(base_url, provider))
        return Agent(asked, told, name=name, require_per_service_call_history_persistence=True)

    others = [
        agent(name, told, "together", "deepseek-ai/DeepSeek-V3") for name, told in teams.SPECIALISTS.items()
    ]
    yield Workflow(agent("triage", teams.TOLD, "openai", "gpt-4o"), others)
