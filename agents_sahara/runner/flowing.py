"""A workflow on its way: which agent works when, and what each of them sees.

A step sees the user's message, and behind it what the steps before it in its order gave. Steps side by side see the
same. How one agent is asked is the caller's: for a whole answer, or piece by piece.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, cast

from agents import ItemHelpers, TResponseInputItem
from agents import RunResult as SdkResult
from agents import RunResultStreaming as SdkStream

from agents_sahara.errors import ApprovalError, LimitError, SaharaError, UnusableAnswerError
from agents_sahara.events import RunResult
from agents_sahara.expressions.expression import Expression
from agents_sahara.expressions.problems import UndecidedError
from agents_sahara.graph.flows import Again, Flow, InOrder, SideBySide, Step
from agents_sahara.runner.lanes import Lanes, Put
from agents_sahara.runner.outcome import answer_of, error_of, result_of
from agents_sahara.runner.plan import Plan
from agents_sahara.runner.turns import TurnOfRun
from agents_sahara.tracing.run import workflow_strand
from agents_sahara.types import Json
from agents_sahara.usage.ledger import Ledger


def as_text(output: Json) -> str:
    """An answer as text: JSON where it is no text."""
    return output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)


Items: TypeAlias = "list[TResponseInputItem]"


@dataclass(frozen=True, slots=True)
class Said:
    """What one agent gave as a step."""

    agent: str
    """Key of the agent whose step it was; another may have answered, after a handoff."""
    output: Json

    @property
    def text(self) -> str:
        """The output as another agent reads it."""
        return as_text(self.output)


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a part of a workflow."""

    said: tuple[Said, ...] = ()
    """What it gave: one answer, or those of all branches in the order of the file."""
    path: tuple[str, ...] = ()
    """Keys of the agents that had control."""
    is_last: bool = False
    """Whether a limit was reached, and this is the best answer from what was known by then."""


Speak: TypeAlias = Callable[[str, Items, Put], Awaitable[Done]]
"""Asks the agent of a key, and tells in the lane what happens."""


class Flowing:
    """One run of a workflow."""

    def __init__(self, plan: Plan, ledger: Ledger, speak: Speak) -> None:
        self._plan = plan
        self._ledger = ledger
        self._speak = speak
        self._workflows = plan.agents.team.graph.workflows
        self._given = ItemHelpers.input_to_new_input_list(plan.input)

    async def run(self, put: Put) -> tuple[Json, tuple[str, ...]]:
        """The answer, and the path to it.

        Raises:
            SaharaError: a step gave no answer, or a loop could not tell whether it ends.
        """
        done = await self._take(Step(self._plan.entry), (), put)
        return self._output(done), done.path

    async def _take(self, flow: Flow, before: tuple[Said, ...], put: Put) -> Done:
        match flow:
            case Step(key) if key in self._workflows:
                with workflow_strand(key):
                    return await self._take(self._workflows[key], before, put)
            case Step(key):
                return await self._step(key, before, put)
            case InOrder(steps):
                return await self._in_order(steps, before, put)
            case SideBySide(steps):
                return await self._side_by_side(steps, before, put)
            case Again():
                return await self._again(flow, before, put)

    async def _step(self, key: str, before: tuple[Said, ...], put: Put) -> Done:
        try:
            done = await self._speak(key, [*self._given, *self._so_far(before)], put)
        except Exception as error:
            failure = _meaning(error, key, self._ledger)
            if failure is None or failure is error:
                raise
            raise failure from error
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

    def _output(self, done: Done) -> Json:
        return done.said[0].output if len(done.said) == 1 else self._joined(done.said)

    async def _in_order(self, steps: Sequence[Flow], before: tuple[Said, ...], put: Put) -> Done:
        done, known, path = Done(), before, tuple[str, ...]()
        for step in steps:
            done = await self._take(step, known, put)
            known, path = (*known, *done.said), (*path, *done.path)
            if done.is_last:
                break
        return replace(done, path=path)

    async def _again(self, loop: Again, before: tuple[Said, ...], put: Put) -> Done:
        done, known, path = Done(), before, tuple[str, ...]()
        for _ in range(loop.most):
            done = await self._take(loop.step, known, put)
            known, path = (*known, *done.said), (*path, *done.path)
            if done.is_last or self._holds(loop.until, done):
                break
        return replace(done, path=path)

    def _holds(self, until: Expression, done: Done) -> bool:
        try:
            return until.evaluate({"output": _meant(self._output(done))})
        except UndecidedError as problem:
            agent = done.said[-1].agent
            raise UnusableAnswerError(
                f"agent {agent!r}: its answer does not say whether the loop ends, until {until}: {problem}",
                mend="let `until` ask for what the agent answers, or give the agent an `output` schema",
                agent=agent,
            ) from problem

    async def _side_by_side(self, steps: Sequence[Flow], before: tuple[Said, ...], put: Put) -> Done:
        lanes = Lanes(put, len(steps))

        async def take(number: int, own: Put) -> Done:
            done = await self._take(steps[number], before, own)
            await lanes.done(number)
            return done

        branches = [asyncio.create_task(take(number, own)) for number, own in enumerate(lanes.puts())]
        try:
            await asyncio.wait(branches, return_when=asyncio.FIRST_EXCEPTION)
            if any(isinstance(failure, LimitError) for failure in map(_failure, branches)):
                await self._await_last_answer(branches)
        finally:
            for branch in branches:
                branch.cancel()
            await asyncio.wait(branches)
        parts = [one.result() for one in branches if not one.cancelled() and one.exception() is None]
        is_last = any(part.is_last for part in parts)
        failed = _first_failure(branches, beside_limits=is_last)
        if failed is not None:
            number, failure = failed
            await lanes.tell_held(number)
            raise failure
        for number, branch in enumerate(branches):
            if _failure(branch) is None:  # held back behind one that a limit ended
                await lanes.tell_held(number)
        said = tuple(said for part in parts for said in part.said)
        return Done(said, tuple(key for part in parts for key in part.path), is_last)

    async def _await_last_answer(self, branches: Sequence[asyncio.Task[Done]]) -> None:
        """One branch may be giving the last answer that a limit allows; the others cannot go on."""
        if self._plan.budget.on_exceed in ("wrap_up", "handoff"):
            await asyncio.wait(branches)


def _failure(branch: asyncio.Task[Done]) -> BaseException | None:
    return branch.exception() if branch.done() and not branch.cancelled() else None


def _first_failure(
    branches: Sequence[asyncio.Task[Done]], *, beside_limits: bool
) -> tuple[int, BaseException] | None:
    """The branch that ends the run, and why: what is no limit before what is; `beside_limits` forgives those."""
    failures = [(number, failure) for number, one in enumerate(branches) if (failure := _failure(one))]
    others = [one for one in failures if not isinstance(one[1], LimitError)]
    return next(iter(others or ([] if beside_limits else failures)), None)


def _meant(output: Json) -> Json:
    """An answer as a condition reads it: JSON where it is an object or a list, else its text."""
    if not isinstance(output, str):
        return output
    text = output.strip()
    if not text.startswith(("{", "[")):
        return text
    try:
        return cast("Json", json.loads(text))
    except (ValueError, RecursionError):
        return text


def done_by(key: str, run: SdkResult | SdkStream, path: tuple[str, ...], plan: Plan) -> Done:
    """What the agent `key` gave as a step.

    Raises:
        ApprovalError: a call waits for a person, which a workflow cannot.
        MisfitError: the answer does not fit the agent's schema.
    """
    if run.interruptions:
        item = run.interruptions[0]
        agent, tool = plan.agents.key_of(item.agent), item.tool_name or ""
        raise ApprovalError(
            f"agent {agent!r} wants to call {tool!r}, which needs an approval, and a workflow cannot wait for one",
            mend="let an agent outside of workflows call the tool",
            agent=agent,
            tool=tool,
        )
    return Done((Said(key, answer_of(run.final_output, path[-1], plan.agents)),), path)


def _meaning(error: Exception, key: str, ledger: Ledger) -> SaharaError | None:
    """`error_of` for a step: beside it, other agents may have made calls."""
    own = [attempt for attempt in ledger.attempts if attempt.agent == key]
    return error_of(error, own or ledger.attempts)


async def flowed(turn: TurnOfRun, flowing: Flowing, put: Put) -> RunResult:
    """Run the workflow to its end, and keep the turn.

    Raises:
        SaharaError: a step gave no answer.
        SessionError: the turn could not be written.
    """
    output, path = await flowing.run(put)
    result = result_of(output, path, turn.ledger, turn.plan.trace_id)
    return await turn.keep_answer(as_text(output), result)
