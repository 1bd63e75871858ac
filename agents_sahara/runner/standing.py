"""A team as its file says it at one time: its agents, and what they are reached with.

A team that reads its file again stands anew; runs that are under way end on what they began with, and what only
they use is closed with the last of them. What both have in common goes on, with all that was learned.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from agents import RunConfig

from agents_sahara.clients.early import EarlyRequest
from agents_sahara.clients.simulator import Address
from agents_sahara.compiler import Wiring, open_pool, open_roster
from agents_sahara.graph.values import AgentGraph
from agents_sahara.guardrails.loading import functions_of
from agents_sahara.guardrails.tool_gate import Gates
from agents_sahara.guardrails.verdicts import Court
from agents_sahara.retry import RetryPolicy
from agents_sahara.routing.tries import RoutingState
from agents_sahara.runner.agents import TeamAgents
from agents_sahara.runner.asking import asker, judged
from agents_sahara.runner.crowd import crowd
from agents_sahara.runner.fingerprint import fingerprint
from agents_sahara.sessions.opening import open_store
from agents_sahara.sessions.values import Store
from agents_sahara.settings import Settings
from agents_sahara.tools.calling import note_unknown
from agents_sahara.tools.toolbox import Toolbox
from agents_sahara.tracing.tracer import Tracer
from agents_sahara.types import Attempt
from agents_sahara.usage.lines import unused
from agents_sahara.usage.record import Recorder


@dataclass(frozen=True, slots=True)
class Ground:
    """What stays the same for as long as the team lives."""

    settings: Settings
    state: RoutingState
    policy: RetryPolicy | None = None
    early: EarlyRequest | None = None
    trace_file: Path | None = None


class Standing:
    """What runs of one time share; safe from several threads."""

    def __init__(self, graph: AgentGraph, ground: Ground, before: Standing | None = None) -> None:
        settings = ground.settings
        self.graph = graph
        self.tracer = Tracer(graph, settings, ground.trace_file)
        self.tracer.require_packages()
        self.crowd = crowd if settings.is_fast() else nullcontext()
        is_like = before is not None and before.graph.endpoints == graph.endpoints
        lines = (
            before.lines if before is not None and is_like else Lines(graph, ground, is_first=before is None)
        )
        self.lines: Lines = lines.share()
        self.recorder = Recorder(
            settings.usage_folder(), graph.name, is_simulated=settings.is_local, left_over=self._left_over
        )
        is_like = before is not None and _place(before.graph) == _place(graph)
        stored = before.stored if before is not None and is_like else Stored(graph, settings)
        self.stored: Stored = stored.share()
        court = Court(self._judged, functions_of(graph))
        environ, state = settings.tool_environ(), settings.state_place()
        had = None if before is None else before.toolbox
        self.toolbox: Toolbox = Toolbox(
            graph, asker(lambda: self.agents), Gates(court).shut, environ, state, had
        )
        wiring = Wiring(
            lines.pool,
            settings.base_url,
            ground.state,
            ground.policy,
            lines.roster,
            self.toolbox,
            court,
        )
        self.config = _config(graph.name)
        self.agents: TeamAgents = TeamAgents(graph, wiring, self.config)
        self._is_local, self._address = settings.is_local, Address(settings.base_url)
        self.now = ground.state.clock.now
        self.is_team_over = False
        """Whether the team was closed, and with it what answered it."""
        self._lock = threading.Lock()
        self._runs = 0
        self._is_retired = self._is_over = False

    def _left_over(self) -> Attempt | None:
        asked = self.lines.pool.left_over()
        return None if asked is None else unused(asked.agent, asked.provider, asked.model)

    async def _judged(self, key: str, text: str) -> object:
        return await judged(self.agents, key, text)

    @cached_property
    def identity(self) -> str:
        """What tells this team from one that its file said at another time."""
        return f"{'simulated' if self.is_simulated else 'real'} {fingerprint(self.graph)}"

    @property
    def is_simulated(self) -> bool:
        """Whether a simulator answers: that of `local`, or a local gateway at the base URL."""
        return self._is_local or self._address.is_simulator()

    def store(self) -> Store:
        """Where its conversations are kept.

        Raises:
            SessionError: it cannot be used.
        """
        return self.stored.store()

    def enter(self) -> None:
        """A run begins."""
        with self._lock:
            self._runs += 1

    async def leave(self) -> None:
        """A run has ended; the last one of a team that has gone on closes what nobody needs any more."""
        with self._lock:
            self._runs -= 1
        await self.settle()

    def retire(self) -> None:
        """No new run begins on this."""
        with self._lock:
            self._is_retired = True

    async def settle(self) -> None:
        """Close what only this has, if no run needs it any more."""
        with self._lock:
            if self._is_over or not self._is_retired or self._runs > 0:
                return
            self._is_over = True
        await self.toolbox.aclose()
        await self.lines.let_go()
        await self.stored.let_go()

    @property
    def is_over(self) -> bool:
        """Whether it has ended, and closed what only it had."""
        return self._is_over

    async def aclose(self, *, waiting: asyncio.AbstractEventLoop | None = None) -> None:
        """Close all, whoever needs it; the loop `waiting` stands still meanwhile. It can be used again after."""
        await self.lines.aclose(waiting=waiting)
        await self.toolbox.aclose(waiting=waiting)
        await self.stored.aclose()


class _Shared:
    """Something that several standings may have in common: closed with the last of them."""

    def __init__(self) -> None:
        self._users = 0
        self._counting = threading.Lock()

    def share(self) -> Self:
        """One standing more has it."""
        with self._counting:
            self._users += 1
        return self

    async def let_go(self) -> None:
        """One standing less has it."""
        with self._counting:
            self._users -= 1
            is_last = self._users == 0
        if is_last:
            await self.aclose()

    async def aclose(self) -> None:
        """Close it."""
        raise NotImplementedError


class Lines(_Shared):
    """The clients of all providers, and whoever asks the catalog."""

    def __init__(self, graph: AgentGraph, ground: Ground, *, is_first: bool) -> None:
        super().__init__()
        self.pool = open_pool(graph, ground.settings, ground.early if is_first else None)
        self.roster = open_roster(graph, ground.settings, ground.state.clock)

    async def aclose(self, *, waiting: asyncio.AbstractEventLoop | None = None) -> None:
        """Close every connection."""
        await self.pool.aclose(waiting=waiting)
        self.roster.close()


class Stored(_Shared):
    """The store of conversations, opened when it is first needed."""

    def __init__(self, graph: AgentGraph, settings: Settings) -> None:
        super().__init__()
        self._graph = graph
        self._settings = settings
        self._store: Store | None = None
        self._opening = threading.Lock()

    def store(self) -> Store:
        """The store itself.

        Raises:
            SessionError: it cannot be used.
        """
        with self._opening:
            if self._store is None:
                state, is_local = self._settings.state_place(), self._settings.is_local
                self._store = open_store(self._graph, state=state, is_local=is_local)
            return self._store

    async def aclose(self) -> None:
        """Close it, where it was opened."""
        with self._opening:
            store, self._store = self._store, None
        if store is not None:
            await store.aclose()


def _place(graph: AgentGraph) -> object:
    """What decides where conversations lie."""
    session = graph.session
    return session.kind, session.file, session.url, graph.folder, graph.name


def _config(name: str) -> RunConfig:
    """For every run: no trace leaves the process, and a tool that does not exist is the model's to mend."""
    return RunConfig(
        workflow_name=name,
        tracing_disabled=True,
        tool_not_found_behavior="return_error_to_model",
        tool_error_formatter=note_unknown,
        tool_name_collision_policy="error",
    )
