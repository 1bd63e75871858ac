"""A team that is ready to run: agents, their clients, and the ways to run them.

One object serves any number of runs at once; what a run needs lives in that run alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from agents import Agent

from agents_sahara.clients.early import EarlyRequest
from agents_sahara.errors import ToolsChangedError, UsageError
from agents_sahara.events import RunEvent, RunResult
from agents_sahara.graph.values import AgentGraph
from agents_sahara.retry import Clock, RetryPolicy
from agents_sahara.routing.tries import RoutingState
from agents_sahara.runner.answering import answer
from agents_sahara.runner.loop_thread import run_here
from agents_sahara.runner.message import Message
from agents_sahara.runner.pausing import check_identity, decisions_of
from agents_sahara.runner.plan import Plan, Resumed
from agents_sahara.runner.planning import Asked, asked_before, key_of, plan_of
from agents_sahara.runner.standing import Ground, Standing
from agents_sahara.runner.standings import Standings
from agents_sahara.runner.streaming import stream_events
from agents_sahara.runner.taking_up import upgraded
from agents_sahara.runner.waiting import WaitingRuns
from agents_sahara.sessions.conversation import Conversation
from agents_sahara.sessions.values import Key, Store
from agents_sahara.settings import Settings
from agents_sahara.usage.ledger import Ask


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
        source: Callable[[], AgentGraph] | None = None,
    ) -> None:
        self.settings = settings
        self._on_close = on_close
        state = RoutingState.begin(clock or Clock())
        ground = Ground(settings, state, policy, early, trace_file)
        self._standings = Standings(Standing(graph, ground), ground, source)
        state_place = settings.state_place()
        self._waiting = WaitingRuns(None if state_place is None else state_place / "approvals")

    def __repr__(self) -> str:
        return f"Team({self.graph.name!r}, agents: {', '.join(self.graph.agents)})"

    @property
    def graph(self) -> AgentGraph:
        """The checked team, as its file was read last."""
        return self._standings.now.graph

    @property
    def agents(self) -> Mapping[str, Agent[Any]]:
        """The SDK's agents by key, for whoever needs the SDK underneath; each is made when it is first asked for."""
        return self._standings.now.agents

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
        asked = Asked(message, session, owner, message_id, agent, max_turns, ask)
        async with self._standings.entered() as standing:
            return await answer(plan_of(asked, standing, self._waiting))

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
        asked = Asked(message, session, owner, message_id, agent, max_turns, ask)
        now = self._standings.now
        plan = plan_of(asked, now, self._waiting)

        async def events() -> AsyncGenerator[RunEvent]:
            async with self._standings.entered() as standing:
                begun = plan if standing is now else plan_of(asked, standing, self._waiting)
                async with aclosing(stream_events(begun)) as told:
                    async for event in told:
                        yield event

        return events()

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
        async with self._standings.entered() as standing:
            return await answer(await self._resumed(standing, token, approve, reject, ask))

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
        async with self._standings.entered() as standing:
            plan = await self._resumed(standing, token, approve, reject, ask)
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
        standing: Standing,
        token: str,
        approve: Iterable[str],
        reject: Iterable[str] | Mapping[str, str],
        ask: Ask | None,
    ) -> Plan:
        kept = upgraded(await self._waiting.look(token))
        check_identity(kept, standing.graph.name, standing.identity)
        refused = dict(reject) if isinstance(reject, Mapping) else dict.fromkeys(reject)
        decisions = decisions_of(kept, list(approve), refused)
        plan = plan_of(asked_before(kept, ask), standing, self._waiting)
        return replace(plan, trace_id=kept["trace_id"], resumed=Resumed(token, kept, decisions))

    def accept_tools(self, changed: ToolsChangedError) -> None:
        """Accept what a server of tools says now, after somebody has looked at `changed.changes`.

        Runs that begin after go on with it, and it is remembered; if it says other things again, it is refused again.

        Raises:
            UsageError: the file has a `pin` for the server, which alone says what is accepted.
        """
        if not changed.changes:
            raise UsageError(
                f"the file says with `pin` which tools of {changed.server!r} are accepted", mend=changed.mend
            )
        self._standings.now.toolbox.accept(changed.server or "", changed.fingerprint)

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
        return self._standings.now.store()

    def _key(self, session: str, owner: str | None) -> Key:
        return key_of(self._standings.now, session, owner)

    async def aclose(self) -> None:
        """Close all connections; once is enough, and more does no harm."""
        await self._close(waiting=None)

    async def _close(self, *, waiting: asyncio.AbstractEventLoop | None) -> None:
        await self._standings.aclose(waiting=waiting)
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            self._standings.end()
            on_close()

    async def reload(self) -> bool:
        """Read the team file again, with all that it includes and names; whether it says anything else now.

        New runs begin on what it says now, those under way end on what they began with. The same arguments hold as
        when the team was loaded, and the operator's consent is asked for in the same way. What was learned of
        providers, their connections and the store of conversations stay, where the file says nothing else of them.
        Modules of Python that are loaded are not loaded again.

        Raises:
            SpecError: the file has mistakes; all of them are in it, and the team goes on as it was.
            SettingsError: it wants what this installation does not have; the team goes on as it was.
            UsageError: the team was not made by `load_team`, or is closed.
        """
        return await self._standings.renew()

    def reload_sync(self) -> bool:
        """`reload` for code that is not async, as `run_sync` is `run`."""
        return run_here(self.reload())

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
