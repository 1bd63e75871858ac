"""The client that peers are given: one for each provider, as their documentation sets one up."""

from __future__ import annotations

from openai import AsyncOpenAI

from bench import teams


def client(base_url: str, provider: str) -> AsyncOpenAI:
    """A client that asks this provider of the gateway."""
    return AsyncOpenAI(api_key=teams.KEY, base_url=base_url, organization=provider)
