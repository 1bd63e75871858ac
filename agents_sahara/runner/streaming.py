"""A streamed run: what the SDK tells, as our events, in order and as it happens.

A pump of its own reads the SDK's stream and the ledger's failures into one bounded queue, so that a retry is told
while it waits, and a slow reader slows the gateway down instead of filling memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from agents import (
    HandoffCallItem,
    HandoffOutputItem,
    RunItem,
    Runner,
    RunResultStreaming,
    RunState,
    StreamEvent,
    ToolCallItem,
    ToolCallOutputItem,
)
from openai.types.responses import ResponseFunctionToolCall

from agents_sahara.errors import UnusableAnswerError
from agents_sahara.events import (
    AgentStarted,
    HandedOff,
    RunEvent,
    RunFailed,
    RunFinished,
    RunResult,
    RunStarted,
    TextDelta,
    ToolCalled,
    ToolReturned,
)
from agents_sahara.routing.markers import Marker, read_marker
from agents_sahara.runner.agents import RunAgents
from agents_sahara.runner.entering import entered
from agents_sahara.runner.flowing import Flowing, Items, done_by, flowed
from agents_sahara.runner.halting import below
from agents_sahara.runner.hooks import traced
from agents_sahara.runner.lanes import Put
from agents_sahara.runner.outcome import error_of, output_of, reply_of
from agents_sahara.runner.pausing import ended, going_on
from agents_sahara.runner.places import AgentWaits, Done, Place, as_text
from agents_sahara.runner.plan import Plan
from agents_sahara.runner.turns import TurnOfRun, turn_of
from agents_sahara.tracing.run import Part
from agents_sahara.tracing.tracer import Finish
from agents_sahara.types import Json
from agents_sahara.usage.ledger import Ledger

_AHEAD = 64
"""Events that may wait for the reader."""

_Feed: TypeAlias = "asyncio.Queue[RunEvent | None]"
"""None is the end."""


async def stream_events(plan: Plan) -> AsyncGenerator[RunEvent]:
    """The events of a run; see `Team.stream`."""
    feed: _Feed = asyncio.Queue(_AHEAD)
    pump = asyncio.create_task(_pump(plan, feed))
    try:
        while (event := await feed.get()) is not None:
            yield event
        await pump
    finally:
        pump.cancel()
        await asyncio.wait([pump])


async def _pump(plan: Plan, feed: _Feed) -> None:
    order = _Order(feed)
    order.has_read_all.set()  # there is nothing to read before the SDK's run begins
    ledger = plan.ledger(on_trouble=order.tell)
    run = plan.recorder.run(ledger, plan.trace_id)
    with entered(plan, ledger, order.tell), plan.crowd, run, plan.tracer.run(ledger, plan.begun()) as finish:
        await _tell(plan, ledger, order, finish)


@dataclass(slots=True)
class _Order:
    """Keeps what the ledger tells behind all that the SDK has told before, which may lie in the SDK's own queue."""

    feed: _Feed
    has_read_all: asyncio.Event = field(default_factory=asyncio.Event)
    """Whether the pump waits for the SDK, and not for the reader."""

    async def tell(self, event: RunEvent) -> None:
        """Pass on what the ledger tells, in its turn."""
        await asyncio.sleep(0)  # the pump begins to read what the SDK has told just now
        while not self.has_read_all.is_set():
            await self.has_read_all.wait()
        await self.feed.put(event)

    async def pass_on(self, run: RunResultStreaming, teller: _Teller, put: Put) -> None:
        """Tell what the SDK tells, to its end."""
        self.has_read_all.set()
        async for event in run.stream_events():
            self.has_read_all.clear()
            for told in teller.tell(event):
                await put(told)
            self.has_read_all.set()


async def _tell(plan: Plan, ledger: Ledger, order: _Order, finish: Finish) -> None:
    feed = order.feed
    teller = _Teller(plan.agents, [], ledger.tool_failures)
    try:
        async with turn_of(plan, ledger) as turn:
            await teller.begin(turn.plan, feed, turn.stored)
            result = turn.stored or await _follow(turn, teller, order)
    except Exception as error:
        failure = error_of(error, ledger.attempts)
        if failure is None:
            await feed.put(None)
            raise
        if isinstance(failure, UnusableAnswerError) and not failure.partial_text:
            failure.partial_text = "".join(teller.said)  # the SDK does not say what it has told
    else:
        for told in _told_again(result):
            await feed.put(told)
        for needed in result.interruptions:
            await feed.put(needed)
        await feed.put(RunFinished(finish(result)))
        await feed.put(None)
        return
    if not teller.path:
        await teller.begin(plan, feed)
    replied = reply_of(failure, ledger, plan)
    if replied is not None:
        await feed.put(TextDelta(replied.last_agent, replied.output))
        await feed.put(RunFinished(finish(replied)))
        await feed.put(None)
        return
    failure.spent = ledger.spent(ledger.entry or plan.entry)
    await feed.put(RunFailed(failure))
    await feed.put(None)
    raise failure


def _told_again(result: RunResult) -> Iterator[RunEvent]:
    """The text of an answer that was stored, for whoever shows what is told: no model says it again."""
    if result.redelivered and not result.interruptions:
        yield TextDelta(result.last_agent, as_text(result.output))


async def _follow(turn: TurnOfRun, teller: _Teller, order: _Order) -> RunResult:
    """Read the SDK's run to its end and keep the turn; leave nothing of the run running however this ends."""
    plan, place = turn.plan, await going_on(turn)
    if plan.is_workflow:
        return await _follow_flow(turn, teller, order, place)
    assert place is None or isinstance(place, AgentWaits)
    run, waits = await _asked(_Asking(plan, plan.entry, "run", order), plan.input, teller, place)
    result = await ended(turn, run, tuple(teller.path), waits)
    if not result.interruptions:
        for told in teller.tell_given(result.output):
            await order.feed.put(told)
    return result


@dataclass(frozen=True, slots=True)
class _Asking:
    """One run of the SDK, and who hears of it."""

    plan: Plan
    key: str
    """Of the agent that it begins with."""
    part: Part
    order: _Order
    put: Put | None = None
    """None tells the reader at once."""


async def _asked(
    asking: _Asking, given: str | Items, teller: _Teller, place: AgentWaits | None
) -> tuple[RunResultStreaming, Mapping[str, AgentWaits]]:
    """Read one run of the SDK to its end, from its beginning or from where it waited; and what waits below it."""
    plan, order = asking.plan, asking.order
    if place is not None:
        teller.knows(place.state)
    with below(place) as asked, traced(asking.part, plan.agents.name_of) as hooks:
        run = Runner.run_streamed(
            plan.agents[asking.key],
            given if place is None else place.state,
            max_turns=None,
            hooks=hooks,
            run_config=plan.config,
        )
        try:
            await order.pass_on(run, teller, asking.put or order.feed.put)
        finally:
            await _settle(run)
    _require_end(run)
    return run, asked.waits


async def _follow_flow(turn: TurnOfRun, above: _Teller, order: _Order, place: Place | None) -> RunResult:
    """A run that is a workflow."""
    plan = turn.plan

    async def speak(key: str, given: Items, put: Put, at: AgentWaits | None) -> Done | AgentWaits:
        teller = _Teller(plan.agents, [key] if at is None else list(at.path), above.failures)
        await put(AgentStarted(teller.path[-1]))
        try:
            run, waits = await _asked(_Asking(plan, key, "step", order, put), given, teller, at)
            done = done_by(key, run, tuple(teller.path), plan, waits)
            for told in teller.tell_given(done.said[0].output) if isinstance(done, Done) else ():
                await put(told)
            return done
        except Exception:
            above.said[:] = teller.said
            raise

    return await flowed(turn, Flowing(plan, turn.ledger, speak), order.feed.put, place)


def _require_end(run: RunResultStreaming) -> None:
    """Raise what the SDK's run ended with, where that is no answer."""
    if run.run_loop_exception is not None:
        raise run.run_loop_exception
    if run.run_loop_task is not None and run.run_loop_task.cancelled():
        raise RuntimeError("the run was cancelled from outside, and has no answer")


async def _settle(run: RunResultStreaming) -> None:
    task = run.run_loop_task
    if task is None:
        return
    if not task.done():
        run.cancel()
        await asyncio.wait([task])
    if not task.cancelled():
        task.exception()  # looked at: asyncio would print it where the reader left just as the run failed


@dataclass(slots=True)
class _Teller:
    """Translates the SDK's events; knows who is speaking."""

    agents: RunAgents
    path: list[str]
    failures: Mapping[str, str]
    """What went wrong with calls of tools, by their ids."""
    tools: dict[str, str] = field(default_factory=dict)
    """Names of the tools that were called, by call id."""
    said: list[str] = field(default_factory=list)
    """Pieces of the text of the answer under way."""
    waiting: list[str] = field(default_factory=list)
    """Keys of the agents that wait for an answer of another."""
    calls: dict[str, ResponseFunctionToolCall] = field(default_factory=dict)
    """Calls of handoffs, by id."""

    async def begin(self, plan: Plan, feed: _Feed, stored: RunResult | None = None) -> None:
        """Tell that the run begins, and with whom; what was `stored` is told by whoever said it."""
        self.path.extend(plan.path if stored is None else stored.path)
        session = None if plan.talk is None else plan.talk.key.id
        await feed.put(RunStarted(plan.team, self.path[-1], plan.trace_id, session))
        if stored is not None or not plan.is_workflow:  # its steps say themselves who they are
            await feed.put(AgentStarted(self.path[-1]))

    def knows(self, state: RunState[Any]) -> None:
        """What was told before the run began to wait: calls, and who waits for whose answer."""
        self.tools.update(
            {_call_id(item.raw_item): item.tool_name or "" for item in state.get_interruptions()}
        )
        for item in state._generated_items:  # noqa: SLF001  openai-agents 0.24 has no public name for them
            if isinstance(item, HandoffOutputItem):
                self._note_waiting(read_marker(output_of(item)))

    def tell(self, event: StreamEvent) -> Iterator[RunEvent]:
        """What `event` means to our readers; most mean nothing."""
        if event.type == "raw_response_event":
            if event.data.type == "response.output_text.delta" and event.data.delta:
                self.said.append(event.data.delta)
                if self.waiting:  # the answer is for another agent
                    return
                yield TextDelta(self.path[-1], event.data.delta)
        elif event.type == "run_item_stream_event":
            yield from self._tell_item(event.item)
            if isinstance(event.item, HandoffOutputItem | ToolCallOutputItem):
                self.said.clear()

    def _tell_item(self, item: RunItem) -> Iterator[RunEvent]:
        if isinstance(item, HandoffOutputItem):
            yield from self._tell_handoff(item)
        elif isinstance(item, HandoffCallItem):
            self.calls[item.raw_item.call_id] = item.raw_item
        elif isinstance(item, ToolCallItem):
            name, arguments = (str(getattr(item.raw_item, part, "")) for part in ("name", "arguments"))
            self.tools[_call_id(item.raw_item)] = name
            yield ToolCalled(self.agents.key_of(item.agent), name, arguments)
        elif isinstance(item, ToolCallOutputItem):
            call_id = _call_id(item.raw_item)
            agent, error = self.agents.key_of(item.agent), self.failures.get(call_id)
            if call_id in self.calls:
                yield from self._tell_refused(agent, call_id, "control went elsewhere with the same answer")
            else:
                yield ToolReturned(agent, self.tools.get(call_id, ""), error)

    def _tell_handoff(self, item: HandoffOutputItem) -> Iterator[RunEvent]:
        source, target = self.agents.key_of(item.source_agent), self.agents.key_of(item.target_agent)
        if source == target:  # it was refused, and the model was told why
            yield from self._tell_refused(
                source, _call_id(item.raw_item), "what was handed over does not fit"
            )
            return
        self.path.append(target)
        marker = read_marker(output_of(item))
        answer = "".join(self.said) if marker is not None and marker.is_return else None
        self._note_waiting(marker)
        yield HandedOff(source, target, None if marker is None else marker.input, answer)
        yield AgentStarted(target)

    def _tell_refused(self, agent: str, call_id: str, why: str) -> Iterator[RunEvent]:
        """A handoff that is not made is a call like others."""
        call = self.calls[call_id]
        yield ToolCalled(agent, call.name, call.arguments)
        yield ToolReturned(agent, call.name, why)

    def tell_given(self, answer: Json) -> Iterator[RunEvent]:
        """An answer that a tool gave as the agent's own, which no model has said."""
        if not self.said:
            yield TextDelta(self.path[-1], as_text(answer))

    def _note_waiting(self, marker: Marker | None) -> None:
        """Who waits for an answer after this handoff."""
        if marker is None:
            return
        if marker.is_return:
            del self.waiting[-1:]
        elif marker.return_to is not None:
            self.waiting.append(marker.return_to)
        elif marker.agent in self.waiting:
            del self.waiting[self.waiting.index(marker.agent) :]


def _call_id(raw_item: object) -> str:
    found = raw_item.get("call_id") if isinstance(raw_item, dict) else getattr(raw_item, "call_id", "")
    return str(found)
