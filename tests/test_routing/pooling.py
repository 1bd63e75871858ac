"""Teams of one agent with several members behind it, and ways to ask them, for the tests of pools."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, When
from agents_sahara.events import RunEvent, RunFinished, TextDelta
from agents_sahara.graph.values import AgentGraph, Fallback, ModelTarget
from agents_sahara.retry import Clock
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from tests.leftovers import nothing_left
from tests.teams import graph, node

FIRST = ModelTarget("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo", context=8_000)
SECOND = ModelTarget("lepton", "llama3-3-70b", context=32_000)
THIRD = ModelTarget("openai", "gpt-4o")
ON_FIRST = When(provider="together")
WAYS = pytest.mark.parametrize("way", ["run", "stream"])


class Turns:
    """A clock whose sleeps pass at once and count as time."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def clock(self) -> Clock:
        return Clock(now=lambda: self.time, sleep=self.sleep, jitter=lambda: 0.0)


def pooled(*backups: ModelTarget, fallback: Fallback | None = None, is_sticky: bool = False) -> AgentGraph:
    made = node("solo", target=FIRST)
    return graph(replace(made, backups=backups, fallback=fallback or Fallback(), is_sticky=is_sticky))


async def ask_team(team: Team, way: str) -> tuple[str, list[str], list[RunEvent]]:
    """Output, the provider of each attempt, events."""
    if way == "run":
        result = await team.run("Hello!")
        return result.output, [attempt.provider for attempt in result.attempts], []
    events = [event async for event in team.stream("Hello!")]
    finished = events[-1]
    assert isinstance(finished, RunFinished)
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert text == finished.result.output
    return text, [attempt.provider for attempt in finished.result.attempts], events


def ask_pool(
    gateway: LocalGateway,
    made: AgentGraph,
    rules: Iterable[Rule],
    way: str = "run",
    turns: Turns | None = None,
) -> tuple[str, list[str], list[RunEvent]]:
    gateway.script(rules)

    async def go() -> tuple[str, list[str], list[RunEvent]]:
        settings = Settings.local(gateway.base_url)
        async with Team(made, settings, clock=(turns or Turns()).clock()) as team:
            answer = await ask_team(team, way)
            await nothing_left()
            return answer

    return asyncio.run(go())
