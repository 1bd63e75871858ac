"""LangGraph: two agents of LangChain in a swarm; a handoff is a tool that moves the conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from langchain.agents import create_agent
from langchain_core.messages import AIMessageChunk
from langchain_openai import ChatOpenAI
from langgraph_swarm import create_handoff_tool, create_swarm
from pydantic import SecretStr

from bench import teams
from bench.sides.side import Message


class Swarm:
    """A compiled swarm."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def run(self, message: Message) -> str:
        """The answer."""
        done = await self._app.ainvoke(_asked(message))
        return str(done["messages"][-1].content)

    async def stream(self, message: Message) -> AsyncIterator[str]:
        """The answer's text as it comes."""
        async for _, (part, _) in self._app.astream(_asked(message), stream_mode="messages", subgraphs=True):
            if isinstance(part, AIMessageChunk) and part.content:
                yield str(part.content)


def _asked(message: Message) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": message}]}


@asynccontextmanager
async def triage(base_url: str, extra_agents: int) -> AsyncIterator[Swarm]:
    """The documentation's triage team."""
    assert not extra_agents

    def model(provider: str, name: str) -> ChatOpenAI:
        return ChatOpenAI(model=name, base_url=base_url, api_key=SecretStr(teams.KEY), organization=provider)

    desks = [
        create_agent(model("together", "deepseek-ai/DeepSeek-V3"), system_prompt=told, name=name)
        for name, told in teams.SPECIALISTS.items()
    ]
    handoffs = [create_handoff_tool(agent_name=name) for name in teams.SPECIALISTS]
    first = create_agent(model("openai", "gpt-4o"), handoffs, system_prompt=teams.TOLD, name="triage")
    yield Swarm(create_swarm([first, *desks], default_active_agent="triage").compile())
