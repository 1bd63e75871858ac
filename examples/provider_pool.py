"""A pool of models: while one provider is down, the next one answers, and the result says so."""

from __future__ import annotations

import asyncio

from agents_sahara import load_team

TEAM = """\
version: 1
models:
  chat:
    pool:
      - {provider: bedrock, model: gpt-4o}
      - {provider: openai, model: gpt-4o}
agents:
  helper: {instructions: You are a helpful assistant., model: chat}
"""
"""The documentation shows gpt-4o at openai only, so the first member of this pool answers 404."""


async def main() -> None:
    """Ask once and show every call that it took."""
    async with load_team(TEAM) as team:
        result = await team.run("Hello!")
    for attempt in result.attempts:
        print(f"{attempt.model} on {attempt.provider}: {attempt.error or attempt.outcome}")
    assert result.attempts[-1].outcome == "answered"
    print(result.output)


if __name__ == "__main__":
    asyncio.run(main())
