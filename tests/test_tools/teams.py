"""Teams with tools, written into a folder and run against the local gateway by a script."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from textwrap import dedent
from typing import Any

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from agents_sahara.events import RunEvent, RunResult
from agents_sahara.loader import load_graph
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from agents_sahara.trust.consent import Consent
from agents_sahara.types import Json

HEAD = """
version: 1
entry: desk
defaults: {model: gpt-4o, provider: openai}
"""

ONE_TOOL = (
    HEAD
    + """
agents:
  desk: {instructions: Help., tools: [it]}
tools:
"""
)


class Played:
    """What one run gave, what was asked of the models, and what was told on the way."""

    def __init__(self, result: RunResult | None, events: list[RunEvent], bodies: list[Any]) -> None:
        self.result = result
        self.events = events
        self.bodies = bodies

    @property
    def told(self) -> list[str]:
        """What the tools answered, as the models saw it in the end."""
        return [message["content"] for message in self.bodies[-1]["messages"] if message["role"] == "tool"]

    @property
    def outcomes(self) -> list[tuple[str, str, str | None]]:
        assert self.result is not None
        return [(call.tool, call.outcome, call.error) for call in self.result.tool_calls]


def write(folder: Path, team: str, **modules: str) -> Path:
    """The team file, with Python modules beside it."""
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(dedent(text), encoding="utf-8")
    path = folder / "team.yaml"
    path.write_text(team, encoding="utf-8")
    return path


def calling(name: str = "it", system: str | None = None, /, **arguments: Json) -> tuple[Rule, ...]:
    """A model that calls this tool once, and then says what it got."""
    return (Rule(Use((Tool(name, arguments),)), When(turn=1, system=system)), Rule(Say("Done.")))


def play(
    path: Path, rules: Iterable[Rule], *, consent: Consent | None = None, is_streamed: bool = False
) -> Played:
    """One run of the team."""
    given = consent or Consent.given(allow_python=["shop"])
    graph = load_graph(path, environ={}, consent=given)
    with LocalGateway(script=tuple(rules), pairs=graph.pairs()) as gateway:

        async def go() -> tuple[RunResult | None, list[RunEvent]]:
            async with Team(graph, Settings.local(gateway.base_url)) as team:
                if is_streamed:
                    return None, [event async for event in team.stream("Hello")]
                return await team.run("Hello"), []

        result, events = asyncio.run(go())
        return Played(result, events, [call.body for call in gateway.calls])
