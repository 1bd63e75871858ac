"""The team of `team_from_yaml.py` written by hand against the OpenAI Agents SDK, one client for each provider."""

from __future__ import annotations

import asyncio
import os

from agents import Agent, OpenAIChatCompletionsModel, RunConfig, Runner
from openai import AsyncOpenAI

BASE_URL = os.environ.get("SAHARA_BASE_URL", "https://portal.saharalabs.ai/api/compute")


def team(openai: AsyncOpenAI, together: AsyncOpenAI) -> Agent[None]:
    """The agent that gets the message, with the two that it may hand it to."""
    deepseek = OpenAIChatCompletionsModel("deepseek-ai/DeepSeek-V3", together)
    spanish: Agent[None] = Agent(
        name="Spanish agent",
        instructions="You only speak Spanish. Your name is James",
        model=deepseek,
    )
    english: Agent[None] = Agent(
        name="English agent",
        instructions="You only speak English. Your name is Jesse",
        model=deepseek,
    )
    return Agent(
        name="Triage agent",
        instructions="Handoff to the appropriate agent based on the language of the request.",
        handoffs=[spanish, english],
        model=OpenAIChatCompletionsModel("gpt-4o", openai),
    )


async def main() -> None:
    key = os.environ["SAHARA_API_KEY"]
    quiet = RunConfig(
        tracing_disabled=True
    )  # else the SDK looks for an OPENAI_API_KEY to upload its trace with
    async with (
        AsyncOpenAI(base_url=BASE_URL, api_key=key, organization="openai") as openai,
        AsyncOpenAI(base_url=BASE_URL, api_key=key, organization="together") as together,
    ):
        result = await Runner.run(team(openai, together), "Hola, ¿Cómo te llamas?", run_config=quiet)
    print(result.final_output)

    assert "James" in result.final_output
    assert result.last_agent.name == "Spanish agent"


if __name__ == "__main__":
    asyncio.run(main())
