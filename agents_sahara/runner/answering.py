"""One run to its end, answers received whole."""

from __future__ import annotations

from collections.abc import Mapping

from agents import Runner

from agents_sahara.events import RunResult
from agents_sahara.runner.entering import entered
from agents_sahara.runner.flowing import Flowing, Items, done_by, flowed
from agents_sahara.runner.halting import Ended, below
from agents_sahara.runner.hooks import traced
from agents_sahara.runner.lanes import Put, nowhere
from agents_sahara.runner.outcome import error_of, path_of, reply_of
from agents_sahara.runner.pausing import ended, going_on
from agents_sahara.runner.places import AgentWaits, Done, Place
from agents_sahara.runner.plan import Plan
from agents_sahara.runner.turns import TurnOfRun, turn_of
from agents_sahara.tracing.run import Part
from agents_sahara.usage.ledger import Ledger


async def answer(plan: Plan) -> RunResult:
    """What comes of a run.

    Raises:
        SaharaError: it ended without an answer.
    """
    ledger = plan.ledger()
    run = plan.recorder.run(ledger, plan.trace_id)
    with plan.crowd, run, plan.tracer.run(ledger, plan.begun()) as finish:
        return finish(await _answer(plan, ledger))


async def _answer(plan: Plan, ledger: Ledger) -> RunResult:
    try:
        with entered(plan, ledger):
            return await _take_turn(plan, ledger)
    except Exception as error:
        failure = error_of(error, ledger.attempts)
        if failure is None:
            raise
    replied = reply_of(failure, ledger, plan)
    if replied is not None:
        return replied
    failure.spent = ledger.spent(ledger.entry or plan.entry)
    raise failure


async def _take_turn(plan: Plan, ledger: Ledger) -> RunResult:
    async with turn_of(plan, ledger) as turn:
        if turn.stored is not None:
            return turn.stored
        begun, place = turn.plan, await going_on(turn)
        if begun.is_workflow:
            return await _flow(turn, place)
        assert place is None or isinstance(place, AgentWaits)
        done, waits = await _asked(begun, begun.entry, begun.input, place, "run")
        return await ended(turn, done, path_of(begun.entry, done.new_items, begun.agents), waits)


async def _asked(
    plan: Plan, key: str, given: str | Items, place: AgentWaits | None, part: Part
) -> tuple[Ended, Mapping[str, AgentWaits]]:
    """One run of the SDK from the agent `key`, and what waits below it."""
    with below(place) as asked, traced(part, plan.agents.name_of) as hooks:
        done = await Runner.run(
            plan.agents[key],
            given if place is None else place.state,
            max_turns=None,
            hooks=hooks,
            run_config=plan.config,
        )
    return done, asked.waits


async def _flow(turn: TurnOfRun, place: Place | None) -> RunResult:
    """A run that is a workflow."""
    plan = turn.plan

    async def speak(key: str, given: Items, _: Put, at: AgentWaits | None) -> Done | AgentWaits:
        run, waits = await _asked(plan, key, given, at, "step")
        return done_by(key, run, path_of(key, run.new_items, plan.agents), plan, waits)

    return await flowed(turn, Flowing(plan, turn.ledger, speak), nowhere, place)
