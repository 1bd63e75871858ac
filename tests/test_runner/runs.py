"""Teams on the local gateway whose waits take no time, for the tests of this room."""

from __future__ import annotations

from typing import Any

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.errors import (
    SaharaError,
)
from agents_sahara.events import (
    RunEvent,
)
from agents_sahara.graph.values import AgentGraph
from agents_sahara.retry import Clock
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings


async def _no_sleep(_: float) -> None:
    return None


def team_on(gateway: LocalGateway, made: AgentGraph, **options: Any) -> Team:
    clock = Clock(sleep=_no_sleep, jitter=lambda: 0.0)
    return Team(made, Settings.local(gateway.base_url), clock=clock, **options)


async def events_of(team: Team, message: str, **options: Any) -> tuple[list[RunEvent], SaharaError | None]:
    seen: list[RunEvent] = []
    try:
        async for event in team.stream(message, **options):
            seen.append(event)  # noqa: PERF401  what came before an error counts
    except SaharaError as error:
        return seen, error
    return seen, None
