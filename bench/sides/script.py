"""The opponent: the multi-agent script of the Sahara API documentation, as a careful author would run it.

One client a provider, made once and reused; tracing at its default, without OPENAI_API_KEY. Left out: its
unfinished `os.environ` line, and `nest_asyncio.apply()`, which a script does not need and which would slow it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import yaml
from agents import Agent, OpenAIChatCompletionsModel, Runner, TResponseInputItem
from openai import AsyncOpenAI
from openai.types.responses import ResponseTextDeltaEvent

from bench import teams
from bench.sides.asking import asked
from bench.sides.side import Message
from bench.teams import Desk


class Script:
    """Agents made by hand, run by the SDK's Runner."""

    def __init__(self, entry: Agent[None]) -> None:
        self._entry = entry

    async def run(self, message: Message) -> str:
        """The team's answer."""
        result = await Runner.run(self._entry, input=_items(message))
        return str(result.final_output)

    async def stream(self, message: Message) -> AsyncIterator[str]:
        """The answer's text as it comes."""
        result = Runner.run_streamed(self._entry, input=_items(message))
        async for event in result.stream_events():
            if event.type == "raw_response_event" and isinstance(event.data, ResponseTextDeltaEvent):
                yield event.data.delta

    async def call(self, message: str) -> str:
        """What the specialist's model says."""
        specialist = self._entry.handoffs[0]
        assert isinstance(specialist, Agent)
        return await asked(specialist, message)


def _items(message: Message) -> str | list[TResponseInputItem]:
    return message if isinstance(message, str) else cast(list[TResponseInputItem], message)


class Clients(dict[str, AsyncOpenAI]):
    """One client a provider, made when first asked for."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base_url = base_url

    def __missing__(self, provider: str) -> AsyncOpenAI:
        self[provider] = AsyncOpenAI(api_key=teams.KEY, base_url=self._base_url, organization=provider)
        return self[provider]

    def model(self, provider: str, model: str) -> OpenAIChatCompletionsModel:
        """A model of that provider."""
        return OpenAIChatCompletionsModel(model=model, openai_client=self[provider])

    async def close(self) -> None:
        """Close every client."""
        for client in self.values():
            await client.close()


@asynccontextmanager
async def triage(base_url: str, extra_agents: int) -> AsyncIterator[Script]:
    """The documentation's three agents; the English one may hand off to so many more."""
    clients = Clients(base_url)
    client_openai, client_together = clients["openai"], clients["together"]
    spanish_agent = Agent[None](
        name="Spanish agent",
        instructions="You only speak Spanish. Your name is James",
        model=OpenAIChatCompletionsModel(model="deepseek-ai/DeepSeek-V3", openai_client=client_together),
    )
    english_agent = Agent[None](
        name="English agent",
        instructions="You only speak English. Your name is Jesse",
        model=OpenAIChatCompletionsModel(model="deepseek-ai/DeepSeek-V3", openai_client=client_together),
        handoffs=list(_agents(teams.crowd(extra_agents), clients)),
    )
    triage_agent = Agent[None](
        name="Triage agent",
        instructions="Handoff to the appropriate agent based on the language of the request.",
        handoffs=[spanish_agent, english_agent],
        model=OpenAIChatCompletionsModel(model="gpt-4o", openai_client=client_openai),
    )
    yield Script(triage_agent)
    await clients.close()


def _agents(desks: Iterator[Desk], clients: Clients) -> Iterator[Agent[None]]:
    for desk in desks:
        yield Agent[None](
            name=desk.name,
            handoff_description=desk.description,
            instructions=desk.instructions,
            model=clients.model(desk.provider, desk.model),
        )


@asynccontextmanager
async def in_code(desks: Sequence[Desk], text: str, base_url: str) -> AsyncIterator[Script]:
    """These agents by hand, nothing read; the first one gets the message."""
    del text
    clients = Clients(base_url)
    made = dict(zip((desk.key for desk in desks), _agents(iter(desks), clients), strict=True))
    for desk in desks:
        made[desk.key].handoffs.extend(made[key] for key in desk.handoffs)
    yield Script(made[desks[0].key])
    await clients.close()


@asynccontextmanager
async def from_yaml(text: str, base_url: str) -> AsyncIterator[Script]:
    """The same from a file, read the way most scripts read one: `yaml.safe_load`, nothing checked."""
    desks = [
        Desk(
            key=key,
            name=said["name"],
            description=said["description"],
            instructions=said["instructions"],
            provider=said["provider"],
            model=said["model"],
            handoffs=tuple(said.get("handoffs", ())),
        )
        for key, said in yaml.safe_load(text)["agents"].items()
    ]
    async with in_code(desks, text, base_url) as team:
        yield team
