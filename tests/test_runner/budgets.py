"""Teams that never end by themselves, and one way to ask them for both kinds of run."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from agents_sahara.errors import SaharaError
from agents_sahara.events import BudgetReached, RunEvent, RunFailed, RunFinished, RunResult
from agents_sahara.graph.values import AgentGraph, ModelTarget
from agents_sahara.retry import Clock
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from agents_sahara.types import Budget, Price
from tests.teams import edge, graph, node

BOTH = pytest.mark.parametrize("way", ["run", "stream"])

LAST = When(system="limit of what may be spent")
"""The request for the last answer."""

WRAPPED = Rule(Say("All that is known."), LAST)

PRICED = ModelTarget("openai", "gpt-4o", price=Price(Decimal(10), Decimal(10)))

PING_PONG = (
    Rule(Use((Tool("transfer_to_b"),)), When(system="the a desk")),
    Rule(Use((Tool("transfer_to_a"),)), When(system="the b desk")),
)
TOOL_LOOP = (Rule(Use((Tool("no_such_tool", {"x": 1}),))),)


def limited(made: AgentGraph, **limits: Any) -> AgentGraph:
    """The team with this budget."""
    return dataclasses.replace(made, budget=Budget(**limits))


def ring(**limits: Any) -> AgentGraph:
    """Two agents that may hand off to each other, and one that nobody hands off to."""
    made = graph(
        node("a", edge("b"), target=PRICED), node("b", edge("a"), target=PRICED), node("c", target=PRICED)
    )
    return limited(made, **limits)


@dataclass
class Ran:
    """What a run gave, in either way."""

    result: RunResult | None = None
    error: SaharaError | None = None
    events: list[RunEvent] = field(default_factory=list)
    calls: int = 0
    last_body: Any = None

    @property
    def reached(self) -> list[BudgetReached]:
        return [event for event in self.events if isinstance(event, BudgetReached)]


async def ran(
    gateway: LocalGateway,
    made: AgentGraph,
    rules: Sequence[Rule],
    way: str,
    *,
    clock: Clock | None = None,
    message: str = "go",
    **options: Any,
) -> Ran:
    """Run the team, or stream it."""
    gateway.script(rules)
    before, seen = len(gateway.calls), Ran()
    async with Team(made, Settings.local(gateway.base_url), clock=clock or still()) as team:
        try:
            if way == "run":
                seen.result = await team.run(message, **options)
            else:
                async for event in team.stream(message, **options):
                    seen.events.append(event)
        except SaharaError as error:
            seen.error = error
    if seen.events:
        last = seen.events[-1]
        assert isinstance(last, RunFinished | RunFailed)
        seen.result = last.result if isinstance(last, RunFinished) else None
    seen.calls = len(gateway.calls) - before
    seen.last_body = gateway.calls[-1].body if seen.calls else None
    return seen


async def _no_sleep(_: float) -> None:
    return None


def still() -> Clock:
    """A clock whose waits take no time."""
    return Clock(sleep=_no_sleep, jitter=lambda: 0.0)
