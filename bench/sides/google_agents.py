"""Google's Agent Development Kit over litellm: an agent with sub-agents, to which it transfers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from google.adk.agents import LlmAgent
from google.adk.agents.run_config import RunConfig, StreamingMode
from google.adk.models.lite_llm import LiteLlm
from google.adk.runners import InMemoryRunner
from google.genai import types

from bench import teams
from bench.sides.side import Message

_APP = "bench"


class Agents:
    """A runner; each run is a conversation of its own."""

    def __init__(self, first: Any) -> None:
        self._runner = InMemoryRunner(first, app_name=_APP)
        self._numbers = count()

    async def run(self, message: Message) -> str:
        """The answer."""
        texts = [text async for text, _ in self._texts(message, RunConfig())]
        return texts[-1]

    async def stream(self, message: Message) -> AsyncIterator[str]:
        """The answer's text as it comes."""
        async for text, is_partial in self._texts(message, RunConfig(streaming_mode=StreamingMode.SSE)):
            if is_partial:
                yield text

    async def _texts(self, message: Message, config: RunConfig) -> AsyncIterator[tuple[str, bool]]:
        asked = types.Content(role="user", parts=[types.Part(text=str(message))])
        session = await self._runner.session_service.create_session(
            app_name=_APP, user_id="user", session_id=f"run{next(self._numbers)}"
        )
        events = self._runner.run_async(
            user_id="user", session_id=session.id, new_message=asked, run_config=config
        )
        async for event in events:
            parts = event.content.parts if event.content and event.content.parts else []
            if text := "".join(part.text for part in parts if part.text):
                yield text, bool(event.partial)


@asynccontextmanager
async def triage(base_url: str, extra_agents: int) -> AsyncIterator[Agents]:
    """The documentation's triage team."""
    assert not extra_agents

    def model(provider: str, name: str) -> Any:
        headers = {"OpenAI-Organization": provider}
        return LiteLlm(f"openai/{name}", api_base=base_url, api_key=teams.KEY, extra_headers=headers)

    desks = [
        LlmAgent(
            name=name,
            description=told,
            instruction=told,
            model=model("together", "deepseek-ai/DeepSeek-V3"),
        )
        for name, told in teams.SPECIALISTS.items()
    ]
    yield Agents(
        LlmAgent(name="triage", instruction=teams.TOLD, model=model("openai", "gpt-4o"), sub_agents=desks)
    )
