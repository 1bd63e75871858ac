"""All that one run needs, gathered before it begins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agents import Agent, RunConfig, TResponseInputItem

from agents_sahara.runner.agents import RunAgents
from agents_sahara.sessions.values import Key, Store
from agents_sahara.types import Budget
from agents_sahara.usage.budget import Spending
from agents_sahara.usage.ledger import Ask, Ledger, OnTrouble
from agents_sahara.usage.record import Recorder


@dataclass(frozen=True, slots=True)
class Talk:
    """The stored conversation that a run belongs to."""

    store: Store
    key: Key
    keep: int | None
    """How many turns are kept; None keeps all."""
    message_id: str | None = None
    is_agent_chosen: bool = False
    """Whether the caller says who begins, and not the turn before."""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that one run needs."""

    team: str
    entry: str
    input: str | list[TResponseInputItem]
    budget: Budget
    now: Callable[[], float]
    ask: Ask | None
    config: RunConfig
    agents: RunAgents
    recorder: Recorder
    trace_id: str
    talk: Talk | None = None
    """None where nothing is kept."""

    @property
    def start(self) -> Agent[Any]:
        """The agent that begins."""
        return self.agents[self.entry]

    def ledger(self, on_trouble: OnTrouble | None = None) -> Ledger:
        """A new ledger; the run's time begins."""
        return Ledger(on_trouble, spending=Spending(self.budget, self.now), ask=self.ask)
