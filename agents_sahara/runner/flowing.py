"""A workflow on its way: which agent works when, and what each of them sees.

A step sees the user's message, and behind it what the steps before it in its order gave. Steps side by side see the
same. How one agent is asked is the caller's: for a whole answer, or piece by piece. Where a step waits for a person,
the workflow does too, as soon as nothing beside it is under way; it goes on from the same place, and what was done by
then is not done again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias, cast

from agents import ItemHelpers, TResponseInputItem

from agents_sahara.errors import LimitError, SaharaError, UnusableAnswerError
from agents_sahara.events import RunResult
from agents_sahara.expressions.answers import meant
from agents_sahara.expressions.expression import Expression
from agents_sahara.expressions.problems import UndecidedError
from agents_sahara.graph.flows import Again, Flow, InOrder, SideBySide, Step, steps_of
from agents_sahara.runner.halting import Ended, halted
from agents_sahara.runner.lanes import Lanes, Put
from agents_sahara.runner.outcome import answer_of, error_of, result_of
from agents_sahara.runner.pausing import paused
from agents_sahara.runner.places import (
    AgentWaits,
    Done,
    ForkWaits,
    OrderWaits,
    Place,
    Said,
    as_text,
    calls_of,
)
from agents_sahara.runner.plan import Plan
from agents_sahara.runner.turns import TurnOfRun
from agents_sahara.tracing.run import workflow_strand
from agents_sahara.types import Json
from agents_sahara.usage.ledger import Ledger

Items: TypeAlias = "list[TResponseInputItem]"

Speak: TypeAlias = Callable[[str, Items, Put, AgentWaits | None], Awaitable[Done | AgentWaits]]
"""Asks the agent of a key, and tells in the lane what happens; goes on where that waited, if it did."""


class Flowing:
    """One run of a workflow."""

    def __init__(self, plan: Plan, ledger: Ledger, speak: Speak) -> None:
        self._plan = plan
        self._ledger = ledger
        self._speak = speak
        self._workflows = plan.agents.team.graph.workflows
        self._given = ItemHelpers.input_to_new_input_list(plan.input)

    async def run(self, put: Put, place: Place | None) -> Done | Place:
        """What came of it, from its beginning or from where it waited.

        Raises:
            SaharaError: a step gave no answer, or a loop could not tell whether it ends.
        """
        return await self._take(Step(self._plan.entry), (), put, place)

    async def _take(
        self, flow: Flow, before: tuple[Said, ...], put: Put, place: Place | None
    ) -> Done | Place:
        match flow:
            case Step(key) if key in self._workflows:
                with workflow_strand(key):
                    return await self._take(self._workflows[key], before, put, place)
            case Step(key):
                assert place is None or isinstance(place, AgentWaits)
                return await self._step(key, before, put, place)
            case InOrder() | Again():
                assert place is None or isinstance(place, OrderWaits)
                return await self._in_order(flow, before, put, place)
            case SideBySide(steps):
                assert place is None or isinstance(place, ForkWaits)
                return await self._side_by_side(steps, before, put, place)

    async def _step(
        self, key: str, before: tuple[Said, ...], put: Put, place: AgentWaits | None
    ) -> Done | Place:
        if place is not None and not place.is_decided:
            return place
        try:
            done = await self._speak(key, [*self._given, *self._so_far(before)], put, place)
        except Exception as error:
            failure = _meaning(error, key, self._ledger)
            if failure is None or failure is error:
                raise
            raise failure from error
        if isinstance(done, AgentWaits):
            return done
        spending = self._ledger.spending
        return replace(done, is_last=spending is not None and spending.decided is not None)

    def _so_far(self, before: tuple[Said, ...]) -> Items:
        """What other agents gave, for the next: data, which is why it comes as a user's message."""
        if not before:
            return []
        text = f"What was done so far:\n\n{self._joined(before)}"
        return [cast("TResponseInputItem", {"role": "user", "content": text})]

    def _joined(self, said: Sequence[Said]) -> str:
        agents = self._plan.agents.team.graph.agents
        return "\n\n".join(f"{agents[one.agent].name}:\n{one.text}" for one in said)

    def output(self, done: Done) -> Json:
        """What a part of the workflow gave, as one answer."""
        return done.said[0].output if len(done.said) == 1 else self._joined(done.said)

    async def _in_order(
        self, flow: InOrder | Again, before: tuple[Said, ...], put: Put, place: OrderWaits | None
    ) -> Done | Place:
        """One step after the other, or one round after the other."""
        steps = flow.steps if isinstance(flow, InOrder) else (flow.step,) * flow.most
        first, said, path = (0, (), ()) if place is None else (place.number, place.said, place.path)
        done, at = Done(), None if place is None else place.at
        for number in range(first, len(steps)):
            part = await self._take(steps[number], (*before, *said), put, at)
            if not isinstance(part, Done):
                return OrderWaits(number, said, path, part)
            done, at, said, path = part, None, (*said, *part.said), (*path, *part.path)
            if done.is_last or (isinstance(flow, Again) and self._holds(flow.until, done)):
                break
        else:
            if isinstance(flow, Again):
                await self._ledger.warned(
                    f"the loop of {self._named(flow.step)} ended after {_rounds(flow.most)}, as `max` says: "
                    f"its condition `{flow.until}` never held"
                )
        return replace(done, path=path)

    def _named(self, flow: Flow) -> str:
        return ", ".join(dict.fromkeys(steps_of(flow)))

    def _holds(self, until: Expression, done: Done) -> bool:
        try:
            return until.evaluate({"output": meant(self.output(done))})
        except UndecidedError as problem:
            agent = done.said[-1].agent
            raise UnusableAnswerError(
                f"agent {agent!r}: its answer does not say whether the loop ends, until {until}: {problem}",
                mend="let `until` ask for what the agent answers, or give the agent an `output` schema",
                agent=agent,
            ) from problem

    async def _side_by_side(
        self, steps: Sequence[Flow], before: tuple[Said, ...], put: Put, place: ForkWaits | None
    ) -> Done | Place:
        lanes = Lanes(put, len(steps))
        begun: Sequence[Done | Place | None] = [None] * len(steps) if place is None else place.branches

        async def take(number: int, own: Put) -> Done | Place:
            part = begun[number]
            if not isinstance(part, Done):
                part = await self._take(steps[number], before, own, part)
            await lanes.done(number)
            return part

        branches = [asyncio.create_task(take(number, own)) for number, own in enumerate(lanes.puts())]
        try:
            await asyncio.wait(branches, return_when=asyncio.FIRST_EXCEPTION)
            if any(isinstance(failure, LimitError) for failure in map(_failure, branches)):
                await self._await_last_answer(branches)
        finally:
            for branch in branches:
                branch.cancel()
            await asyncio.wait(branches)
        return await self._joined_fork(branches, lanes)

    async def _joined_fork(
        self, branches: Sequence[asyncio.Task[Done | Place]], lanes: Lanes
    ) -> Done | Place:
        """What came of all branches together.

        Raises:
            SaharaError: one gave no answer.
        """
        parts = [one.result() for one in branches if not one.cancelled() and one.exception() is None]
        done = [part for part in parts if isinstance(part, Done)]
        is_last = any(part.is_last for part in done)
        failed = _first_failure(branches, beside_limits=is_last)
        if failed is not None:
            number, failure = failed
            await lanes.tell_held(number)
            raise failure
        for number, branch in enumerate(branches):
            if _failure(branch) is None:  # held back behind one that a limit ended
                await lanes.tell_held(number)
        if len(done) < len(parts):
            if not is_last:
                return ForkWaits(tuple(parts))
            await self._given_up(part for part in parts if not isinstance(part, Done))
        said = tuple(said for part in done for said in part.said)
        return Done(said, tuple(key for part in done for key in part.path), is_last)

    async def _given_up(self, waiting: Iterable[Place]) -> None:
        """A limit was reached beside calls that wait: nobody may ask a model again, and they are not made."""
        for call in (call for place in waiting for call in calls_of(place)):
            await self._ledger.warned(
                f"{call.agent} wanted to call {call.tool}, which needs an approval: it was not made, "
                "as a limit of the run was reached beside it"
            )

    async def _await_last_answer(self, branches: Sequence[asyncio.Task[Done | Place]]) -> None:
        """One branch may be giving the last answer that a limit allows; the others cannot go on."""
        if self._plan.budget.on_exceed in ("wrap_up", "handoff"):
            await asyncio.wait(branches)


def _failure(branch: asyncio.Task[Done | Place]) -> BaseException | None:
    return branch.exception() if branch.done() and not branch.cancelled() else None


def _first_failure(
    branches: Sequence[asyncio.Task[Done | Place]], *, beside_limits: bool
) -> tuple[int, BaseException] | None:
    """The branch that ends the run, and why: what is no limit before what is; `beside_limits` forgives those."""
    failures = [(number, failure) for number, one in enumerate(branches) if (failure := _failure(one))]
    others = [one for one in failures if not isinstance(one[1], LimitError)]
    return next(iter(others or ([] if beside_limits else failures)), None)


def _rounds(count: int) -> str:
    return "1 round" if count == 1 else f"{count} rounds"


def done_by(
    key: str, run: Ended, path: tuple[str, ...], plan: Plan, waits: Mapping[str, AgentWaits]
) -> Done | AgentWaits:
    """What the agent `key` gave as a step, or where it waits; `waits` are runs of agents that it asked.

    Raises:
        MisfitError: the answer does not fit the agent's schema.
    """
    if run.interruptions:
        return halted(run, key, path, plan.agents, waits)
    return Done((Said(key, answer_of(run.final_output, path[-1], plan.agents)),), path)


def _meaning(error: Exception, key: str, ledger: Ledger) -> SaharaError | None:
    """`error_of` for a step: beside it, other agents may have made calls."""
    own = [attempt for attempt in ledger.attempts if attempt.agent == key]
    return error_of(error, own or ledger.attempts)


async def flowed(turn: TurnOfRun, flowing: Flowing, put: Put, place: Place | None) -> RunResult:
    """Run the workflow to its end and keep the turn, or to where it waits, and keep that.

    Raises:
        SaharaError: a step gave no answer, or a run that waits could not be kept.
        SessionError: the turn could not be written.
    """
    done = await flowing.run(put, place)
    if not isinstance(done, Done):
        return await paused(turn, done)
    output = flowing.output(done)
    result = result_of(output, done.path, turn.ledger, turn.plan.trace_id)
    return await turn.keep_answer(as_text(output), result)
