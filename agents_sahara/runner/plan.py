"""All that one run needs, gathered before it begins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from agents import Agent, RunConfig, TResponseInputItem

from agents_sahara.runner.agents import RunAgents
from agents_sahara.runner.waiting import WaitingRuns
from agents_sahara.sessions.values import Key, Store
from agents_sahara.tools.context import Tell, ToolRun
from agents_sahara.tracing.tracer import Begun, Tracer
from agents_sahara.types import Budget
from agents_sahara.usage.budget import Spending
from agents_sahara.usage.ledger import Ask, Ledger, OnTrouble
from agents_sahara.usage.record import Recorder
from agents_sahara.usage.saved import restore


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

    @property
    def mark(self) -> str | None:
        """What no other message of any conversation has; None where the message has no id."""
        return None if self.message_id is None else f"{self.key.digest().hex()} {self.message_id}"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said of one call."""

    is_approved: bool
    message: str | None = None
    """What the model is told where it is not."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """A run that waited, and how it goes on."""

    token: str
    kept: Mapping[str, Any]
    decisions: Mapping[str, Decision] = field(default_factory=dict)

    @property
    def path(self) -> tuple[str, ...]:
        """Keys of the agents that had control; the last one has it."""
        return tuple(self.kept["path"])


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
    tracer: Tracer
    trace_id: str
    waiting: WaitingRuns
    identity: Callable[[], str]
    """What the team is, for a run that waits."""
    crowd: AbstractContextManager[None]
    """Held while the run is under way."""
    talk: Talk | None = None
    """None where nothing is kept."""
    resumed: Resumed | None = None
    """None where the run begins."""

    @property
    def path(self) -> tuple[str, ...]:
        """Keys of the agents that have had control; the last one has it now. Of a workflow, only itself."""
        return (self.entry,) if self.resumed is None or self.is_workflow else self.resumed.path

    @property
    def is_workflow(self) -> bool:
        """Whether it begins with a workflow, and not with an agent."""
        return self.entry in self.agents.team.graph.workflows

    @property
    def start(self) -> Agent[Any]:
        """The agent that begins."""
        return self.agents[self.entry]

    def tool_run(self, tell: Tell | None = None) -> ToolRun:
        """The run as its tools see it."""
        session = None if self.talk is None else self.talk.key.id
        return ToolRun(self.trace_id, session, tell, self.tracer.hide)

    def ledger(self, on_trouble: OnTrouble | None = None) -> Ledger:
        """The run's ledger; its time begins, or goes on."""
        made = Ledger(on_trouble, spending=Spending(self.budget, self.now), ask=self.ask)
        if self.resumed is not None:
            restore(made, self.resumed.kept["ledger"])
        return made

    def begun(self) -> Begun:
        """What the run's trace says first."""
        session = None if self.talk is None else self.talk.key.id
        given = self.input if self.resumed is None else None
        return Begun(self.trace_id, self.entry, given, session, self.resumed is not None)
