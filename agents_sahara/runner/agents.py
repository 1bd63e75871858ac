"""The SDK's agents of a team: each is made when it is first asked for, and each run has copies of its own.

At every turn the SDK compares all live runs that share an agent object, and twice a run it walks all agents that the
first one refers to (openai-agents 0.24, checked 2026-11-22): copies make the first free of other runs, and handoffs
that find their target only when they are called make the second free of the size of the team.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from agents import Agent, RunConfig, Tool

from agents_sahara.compiler import Wiring, compile_agent
from agents_sahara.compiler.handoffs import handing_of
from agents_sahara.graph.tools.values import ToolUse
from agents_sahara.graph.values import AgentGraph
from agents_sahara.guardrails.tool_gate import question_of
from agents_sahara.routing.handing import Handing
from agents_sahara.tools.using import tool_use_behavior
from agents_sahara.usage.ledger import Ledger


class TeamAgents(Mapping[str, Agent[Any]]):
    """The agents of a team by key, in the file's order; safe from several threads."""

    def __init__(self, graph: AgentGraph, wiring: Wiring, config: RunConfig) -> None:
        self.graph = graph
        self._wiring = wiring
        self.config = config
        """For every run of the SDK."""
        self._made: dict[str, Agent[Any]] = {}
        self._lock = threading.Lock()

    @cached_property
    def handing(self) -> Handing | None:
        """What the team's handoffs have beyond the SDK's; None where that is nothing."""
        return handing_of(self.graph)

    def __getitem__(self, key: str) -> Agent[Any]:
        agent = self._made.get(key)
        return agent if agent is not None else self._make(key)

    def _make(self, key: str) -> Agent[Any]:
        node = self.graph.agents[key]
        with self._lock:
            if key not in self._made:
                self._made[key] = compile_agent(node, self.graph, self._wiring, self)
            return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.graph.agents)

    def __len__(self) -> int:
        return len(self.graph.agents)

    def __contains__(self, key: object) -> bool:
        return key in self.graph.agents

    def __repr__(self) -> str:
        return f"TeamAgents({', '.join(self)})"

    def called(self, key: str) -> Agent[Any]:
        """Who takes over where a handoff to `key` is called: the run's own copy, inside a run of ours."""
        run = current_agents.get()
        return run[key] if run is not None and run.team is self else self[key]

    def referred(self, key: str) -> Callable[[], Agent[Any] | None]:
        """What a handoff to `key` says before it is called: nothing inside a run of ours, else the agent.

        Whoever resumes a saved run with the SDK itself, or draws its graph, finds the whole team so; whoever keeps a
        run of ours finds the agents that had control in it.
        """

        def find() -> Agent[Any] | None:
            walked = _walk.get()
            if walked is not None:
                return walked.agents[key] if key in walked.keys else None
            return None if current_agents.get() is not None else self[key]

        return find


class Supplied(Protocol):
    """What agents have in one run beside what the team file alone says."""

    @property
    def tools(self) -> Mapping[str, Sequence[Tool]]:
        """By the agent's key."""
        ...

    @property
    def uses(self) -> Mapping[str, ToolUse]:
        """By the agent's key: what follows the tools' answers, where that was not known before."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the run goes on without."""
        ...


class Supplier(Protocol):
    """Knows the tools of servers, which are not known before the servers are there."""

    async def tools_for(self, entry: str) -> Supplied:
        """The tools of every agent that a run from `entry` can reach."""
        ...


class RunAgents:
    """The agents of one run, copied from the team's when they enter."""

    def __init__(self, team: TeamAgents, supplier: Supplier | None = None) -> None:
        """`supplier` knows the tools that are not known before a run; None where the team has none."""
        self.team = team
        self._supplier = supplier
        self._supplied: Supplied | None = None
        self._copies: dict[str, Agent[Any]] = {}
        self._keys: dict[int, str] = {}
        """By the identity of the copy; names need not be unique."""

    def __getitem__(self, key: str) -> Agent[Any]:
        made = self._copies.get(key)
        if made is None:
            made = self._copies[key] = copy.copy(self.team[key])
            self._keys[id(made)] = key
            if self._supplier is not None:
                self._equip(key, made)
        return made

    def _equip(self, key: str, made: Agent[Any]) -> None:
        made.mcp_servers = []
        if self._supplied is not None:
            made.tools = [*made.tools, *self._supplied.tools.get(key, ())]
            use = self._supplied.uses.get(key)
            if use is not None:
                made.tool_use_behavior = tool_use_behavior(use)

    async def equip(self, entry: str, ledger: Ledger) -> None:
        """Give the agents that a run from `entry` can reach their tools, before any of them is asked.

        Raises:
            ToolServerError: a server of tools that the run needs cannot be used.
        """
        if self._supplier is None:
            return
        supplied = await self._supplier.tools_for(entry)
        self._supplied = supplied
        for warning in supplied.warnings:
            await ledger.warned(warning)

    def __contains__(self, key: object) -> bool:
        return key in self.team or key in self.team.graph.workflows

    def is_sticky(self, key: str) -> bool:
        """Whether a conversation stays with the provider that answered for the agent `key`."""
        return key in self.team and self.team.graph.agents[key].is_sticky

    def question(self, key: str, tool: str, arguments: str) -> str | None:
        """What the team file asks about a call of `tool` by the agent `key`; None where it says nothing."""
        made = next((one for one in self[key].tools if one.name == tool), None)
        return None if made is None else question_of(made, arguments)

    def key_of(self, agent: Agent[Any]) -> str:
        """The key of `agent`, which must be one of this run's."""
        return self._keys[id(agent)]

    def name_of(self, agent: Agent[Any]) -> str:
        """The key of `agent`, or its name where it is none of this run's."""
        return self._keys.get(id(agent), agent.name)


@dataclass(frozen=True, slots=True)
class Walk:
    """Which agents of a run handoffs lead to, for whoever walks them."""

    agents: RunAgents
    keys: frozenset[str]


_walk: ContextVar[Walk | None] = ContextVar("agents_sahara_walk", default=None)


@contextmanager
def walk(walked: Walk) -> Iterator[None]:
    """Let handoffs lead to the agents of `walked`, and to no others, until the block ends."""
    token = _walk.set(walked)
    try:
        yield
    finally:
        _walk.reset(token)


current_agents: ContextVar[RunAgents | None] = ContextVar("agents_sahara_agents", default=None)
"""The agents of the run that the current task belongs to; None outside a run."""
