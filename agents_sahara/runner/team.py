"""A team that is ready to run: agents, their clients, and the ways to run them.

One object serves any number of runs at once; what a run needs lives in that run alone.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from agents import Agent, RunConfig

from agents_sahara.clients.early import EarlyRequest
from agents_sahara.compiler import Wiring, open_pool, open_roster
from agents_sahara.errors import UsageError
from agents_sahara.events import RunEvent, RunResult
from agents_sahara.graph.values import AgentGraph
from agents_sahara.retry import Clock, RetryPolicy
from agents_sahara.routing.tries import RoutingState
from agents_sahara.runner.agents import RunAgents, TeamAgents
from agents_sahara.runner.answering import answer
from agents_sahara.runner.asking import asker
from agents_sahara.runner.fingerprint import fingerprint
from agents_sahara.runner.loop_thread import run_here
from agents_sahara.runner.message import Message, checked
from agents_sahara.runner.pausing import check_identity, decisions_of
from agents_sahara.runner.plan import Plan, Resumed, Talk
from agents_sahara.runner.streaming import stream_events
from agents_sahara.runner.turns import checked_id
from agents_sahara.runner.waiting import WaitingRuns
from agents_sahara.sessions.conversation import Conversation
from agents_sahara.sessions.opening import open_store
from agents_sahara.sessions.values import Key, Store
from agents_sahara.settings import Settings
from agents_sahara.tools.toolbox import Toolbox
from agents_sahara.tracing.tracer import Tracer
from agents_sahara.usage.ledger import Ask
from agents_sahara.usage.record import Recorder


def _config(name: str) -> RunConfig:
    """For every run: no trace leaves the process, and a tool that does not exist is the model's to mend."""
    return RunConfig(
        workflow_name=name,
        tracing_disabled=True,
        tool_not_found_behavior="return_error_to_model",
        tool_name_collision_policy="error",
    )


class Team:
    """A compiled team; an async context manager. Clients are opened when they are first needed."""

    def __init__(
        self,
        graph: AgentGraph,
        settings: Settings,
        *,
        policy: RetryPolicy | None = None,
        clock: Clock | None = None,
        on_close: Callable[[], object] | None = None,
        early: EarlyRequest | None = None,
        trace_file: Path | None = None,
    ) -> None:
        self.graph = graph
        self.settings = settings
        self._on_close = on_close
        self._is_over = False
        self._pool = open_pool(graph, settings, early)
        state = RoutingState.begin(clock or Clock())
        self._roster = open_roster(graph, settings, state.clock)
        self._now = state.clock.now
        self._config = _config(graph.name)
        toolbox = Toolbox(graph, asker(lambda: self._agents))
        wiring = Wiring(self._pool, settings.base_url, state, policy, self._roster, toolbox)
        self._agents = TeamAgents(graph, wiring, self._config)
        self._recorder = Recorder(settings.usage_folder(), graph.name, is_simulated=settings.is_local)
        self._tracer = Tracer(graph, settings, trace_file)
        self._tracer.require_packages()
        self._store: Store | None = None
        self._opening = threading.Lock()
        state_place = settings.state_place()
        self._waiting = WaitingRuns(None if state_place is None else state_place / "approvals")
        self._print: str | None = None

    def __repr__(self) -> str:
        return f"Team({self.graph.name!r}, agents: {', '.join(self.graph.agents)})"

    @property
    def agents(self) -> Mapping[str, Agent[Any]]:
        """The SDK's agents by key, for whoever needs the SDK underneath; each is made when it is first asked for."""
        return self._agents

    async def run(
        self,
        message: Message,
        *,
        session: str | None = None,
        owner: str | None = None,
        message_id: str | None = None,
        agent: str | None = None,
        max_turns: int | None = None,
        ask: Ask | None = None,
    ) -> RunResult:
        """Run the team on `message` until an agent answers.

        `agent` starts at that key instead of the entry; `max_turns` replaces the `turns` of the file's budget.
        Where the budget says `on_exceed: ask`, `ask` gets the limit that is reached and says whether it is granted
        once more; without it nothing is. Answers are received whole, so that a broken one can be asked for again.

        `session` names a stored conversation: it goes on with the agent that spoke last, one turn at a time, and the
        turn is on disk when this returns. `owner` is whose it is, where the team serves several tenants. A
        `message_id` makes it harmless to deliver a message twice: the stored answer comes back, `redelivered`.

        Raises:
            GatewayError: a model call ended without an answer (its subclass says why).
            SettingsError: there is no key.
            LimitError: the budget of the run is used up, and there is no answer.
            GuardrailError: a guardrail without a `reply` refused what came in or was to go out.
            UsageError: the message is empty, there is no such agent, or an id cannot be one.
            SessionError: the store of conversations cannot be used; nothing of the turn was kept.
        """
        talk = self._talk(session, owner, message_id, agent)
        plan = self._plan(message, talk=talk, agent=agent, max_turns=max_turns, ask=ask)
        return await answer(plan)

    def run_sync(
        self,
        message: Message,
        *,
        session: str | None = None,
        owner: str | None = None,
        message_id: str | None = None,
        agent: str | None = None,
        max_turns: int | None = None,
        ask: Ask | None = None,
    ) -> RunResult:
        """`run` for code that is not async: scripts, notebooks, inside a running loop, from any thread.

        It waits on a loop thread of our own and patches nothing. Raises what `run` raises.
        """
        return run_here(
            self.run(
                message,
                session=session,
                owner=owner,
                message_id=message_id,
                agent=agent,
                max_turns=max_turns,
                ask=ask,
            )
        )

    def stream(
        self,
        message: Message,
        *,
        session: str | None = None,
        owner: str | None = None,
        message_id: str | None = None,
        agent: str | None = None,
        max_turns: int | None = None,
        ask: Ask | None = None,
    ) -> AsyncGenerator[RunEvent]:
        """Run the team and yield what happens as it happens.

        The last event is `RunFinished`, or `RunFailed`, after which its error is raised. Text that was shown is
        never taken back: a stream that breaks after that ends the run. Stop early with `aclose()` or by
        cancelling; nothing is left running. Raises what `run` raises.
        """
        talk = self._talk(session, owner, message_id, agent)
        return stream_events(self._plan(message, talk=talk, agent=agent, max_turns=max_turns, ask=ask))

    async def resume(
        self,
        token: str,
        *,
        approve: Iterable[str] = (),
        reject: Iterable[str] | Mapping[str, str] = (),
        ask: Ask | None = None,
    ) -> RunResult:
        """Go on with a run that waits for approvals, in this process or another.

        `token` is that of its result; `approve` and `reject` are ids of its `interruptions`. A map as `reject` says
        what the model is told of each. Approved calls are made once: a token is good for one time. Calls that are
        not decided wait on, under the token of the new result, as do those that come up new.

        Raises:
            ResumeError: no run goes on with this token; its `reason` says why.
            UsageError: nothing is decided, or an id is not one of the run's.
            SaharaError: as `run`.
        """
        plan = await self._resumed(token, approve, reject, ask)
        return await answer(plan)

    def resume_sync(
        self,
        token: str,
        *,
        approve: Iterable[str] = (),
        reject: Iterable[str] | Mapping[str, str] = (),
        ask: Ask | None = None,
    ) -> RunResult:
        """`resume` for code that is not async, as `run_sync` is `run`."""
        return run_here(self.resume(token, approve=approve, reject=reject, ask=ask))

    async def resume_stream(
        self,
        token: str,
        *,
        approve: Iterable[str] = (),
        reject: Iterable[str] | Mapping[str, str] = (),
        ask: Ask | None = None,
    ) -> AsyncGenerator[RunEvent]:
        """`resume`, told as `stream` tells a run; it begins with the agent that had asked for the calls."""
        plan = await self._resumed(token, approve, reject, ask)
        async with aclosing(stream_events(plan)) as events:
            async for event in events:
                yield event

    async def discard(self, token: str) -> None:
        """Give a run that waits up: none of its calls is made, and nobody can go on with it.

        Raises:
            ResumeError: no run waits under this token.
        """
        await self._waiting.take(token)

    async def _resumed(
        self,
        token: str,
        approve: Iterable[str],
        reject: Iterable[str] | Mapping[str, str],
        ask: Ask | None,
    ) -> Plan:
        kept = await self._waiting.look(token)
        check_identity(kept, self.graph.name, self._identity())
        refused = dict(reject) if isinstance(reject, Mapping) else dict.fromkeys(reject)
        decisions = decisions_of(kept, list(approve), refused)
        said = kept["talk"]
        talk = (
            None
            if said is None
            else self._talk(said["session"], said["owner"] or None, said["message_id"], "")
        )
        plan = self._plan(
            said["said"] if said else "-", talk=talk, agent=kept["entry"], max_turns=None, ask=ask
        )
        return replace(plan, trace_id=kept["trace_id"], resumed=Resumed(token, kept, decisions))

    def conversation(self, session: str, *, owner: str | None = None) -> Conversation:
        """A stored conversation itself: its history, and a way to let it go.

        It is a `Session` of the OpenAI Agents SDK, for whoever runs `team.agents` with the SDK's own runner.

        Raises:
            UsageError: an id cannot be one.
            SessionError: the store of conversations cannot be used.
        """
        return Conversation(self._sessions(), self._key(session, owner), self.graph.session.keep_turns)

    async def latest_session(self, *, owner: str | None = None) -> str | None:
        """The id of the stored conversation that the team went on with last; None where there is none.

        Raises:
            SessionError: the store of conversations cannot be used.
        """
        return await self._sessions().latest(self._key("-", owner))

    @property
    def session_store(self) -> str:
        """Where stored conversations are kept, as people know the place: a path, or an address without a password.

        Raises:
            SessionError: the store of conversations cannot be used.
        """
        return self._sessions().where

    @property
    def keeps_sessions(self) -> bool:
        """Whether stored conversations are still there when the process has ended.

        Raises:
            SessionError: the store of conversations cannot be used.
        """
        return self._sessions().outlives

    def _sessions(self) -> Store:
        with self._opening:
            if self._store is None:
                state, is_local = self.settings.state_place(), self.settings.is_local
                self._store = open_store(self.graph, state=state, is_local=is_local)
            return self._store

    def _key(self, session: str, owner: str | None) -> Key:
        return Key(
            team=self.graph.name,
            id=checked_id(session, "the id of a session"),
            owner="" if owner is None else checked_id(owner, "the owner of a session"),
            is_simulated=self.settings.is_local,
        )

    def _talk(
        self, session: str | None, owner: str | None, message_id: str | None, agent: str | None
    ) -> Talk | None:
        if session is None:
            if owner is not None or message_id is not None:
                name = "owner" if message_id is None else "message_id"
                raise UsageError(
                    f"{name} is given and no session", mend="say which conversation: session='...'"
                )
            return None
        if message_id is not None:
            checked_id(message_id, "the id of a message")
        key = self._key(session, owner)
        return Talk(self._sessions(), key, self.graph.session.keep_turns, message_id, agent is not None)

    def _plan(
        self,
        message: Message,
        *,
        talk: Talk | None,
        agent: str | None,
        max_turns: int | None,
        ask: Ask | None,
    ) -> Plan:
        if self._is_over:
            raise UsageError("the team is closed, and with it what answered it", mend="load it again")
        budget = self.graph.budget
        if max_turns is not None:
            if type(max_turns) is not int or max_turns < 1:
                raise UsageError(f"max_turns is {max_turns!r}, and a run needs at least one whole turn")
            budget = replace(budget, turns=max_turns)
        entry = self.graph.entry if agent is None else agent
        if entry not in self.graph.agents:
            known = ", ".join(self.graph.agents)
            raise UsageError(f"there is no agent {entry!r} in this team", mend=f"its agents: {known}")
        return Plan(
            team=self.graph.name,
            entry=entry,
            input=checked(message),
            budget=budget,
            now=self._now,
            ask=ask,
            config=self._config,
            agents=RunAgents(self._agents),
            recorder=self._recorder,
            tracer=self._tracer,
            trace_id=f"trace_{uuid4().hex}",
            waiting=self._waiting,
            identity=self._identity,
            talk=talk,
        )

    def _identity(self) -> str:
        if self._print is None:
            kind = "simulated" if self.settings.is_local else "real"
            self._print = f"{kind} {fingerprint(self.graph)}"
        return self._print

    async def aclose(self) -> None:
        """Close all connections; once is enough, and more does no harm."""
        await self._close(waiting=None)

    async def _close(self, *, waiting: asyncio.AbstractEventLoop | None) -> None:
        await self._pool.aclose(waiting=waiting)
        self._roster.close()
        store, self._store = self._store, None
        if store is not None:
            await store.aclose()
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            self._is_over = True
            on_close()

    def close(self) -> None:
        """`aclose` for code that is not async, also where a loop is running, as in a notebook."""
        run_here(self._close(waiting=_loop_of_caller()))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def _loop_of_caller() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
