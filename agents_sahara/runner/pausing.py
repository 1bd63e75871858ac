"""A run that waits for a person: kept as far as it has come, found again by its token, gone on with as decided.

The SDK finds the agents of a state by walking handoffs from the first one; ours lead nowhere inside a run, so for
that walk they lead to the run's own copies, and only to those that had control (openai-agents 0.24, checked
2026-11-28).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from pydantic import TypeAdapter

from agents_sahara.errors import LimitError, ResumeError, UsageError
from agents_sahara.events import ApprovalNeeded, RunResult
from agents_sahara.runner.halting import Ended, halted
from agents_sahara.runner.outcome import answer_of, result_of
from agents_sahara.runner.places import AgentWaits, Place, calls_of, path_to, place_json
from agents_sahara.runner.plan import Decision
from agents_sahara.runner.taking_up import CHANGED, TakingUp
from agents_sahara.runner.turns import TurnOfRun
from agents_sahara.types import Json
from agents_sahara.usage.saved import saved

_MESSAGE = TypeAdapter(object)
"""Items of a message may hold values of the SDK's types."""


async def ended(
    turn: TurnOfRun, done: Ended, path: tuple[str, ...], waits: Mapping[str, AgentWaits]
) -> RunResult:
    """What came of a run: an answer, which is kept as a turn, or calls that wait.

    `waits` are runs of agents that were asked, by the ids of the calls that asked them.

    Raises:
        ApprovalError: a call has to wait, and the run could not be kept.
        SessionError: the turn could not be written.
    """
    plan = turn.plan
    if not done.interruptions:
        answer = answer_of(done.final_output, path[-1], plan.agents)
        return await turn.keep(done.new_items, result_of(answer, path, turn.ledger, plan.trace_id))
    return await paused(turn, halted(done, plan.entry, path, plan.agents, waits))


async def paused(turn: TurnOfRun, place: Place) -> RunResult:
    """The result of a run that waits in `place`, kept under a token.

    Raises:
        ApprovalError: it could not be kept.
    """
    plan, ledger, path = turn.plan, turn.ledger, path_to(place)
    needed = tuple(
        ApprovalNeeded(f"approval_{number}", call.agent, call.tool, call.arguments, call.question)
        for number, call in enumerate(calls_of(place), start=1)
    )
    kept: dict[str, Json] = {
        "team": plan.team,
        "fingerprint": plan.identity(),
        "entry": plan.entry,
        "path": list(path),
        "trace_id": plan.trace_id,
        "given": _given(turn),
        "talk": _talk(turn),
        "interruptions": [one.facts() for one in needed],
        "ledger": saved(ledger),
        "at": place_json(place, plan.agents),
    }
    token = await plan.waiting.keep(kept)
    result = result_of("", path, ledger, plan.trace_id)
    session = None if plan.talk is None else plan.talk.key.id
    return replace(result, interruptions=needed, token=token, session=session)


def _given(turn: TurnOfRun) -> Json:
    """The message of a workflow, for its further steps; elsewhere it is in the state, or in the conversation."""
    plan = turn.plan
    if not plan.is_workflow or plan.talk is not None:
        return None
    return cast("Json", _MESSAGE.dump_python(plan.input, mode="json"))


def _talk(turn: TurnOfRun) -> Json:
    """The turn of a stored conversation that the run is, as far as it has come."""
    if turn.talk is None:
        return None
    talk = turn.talk
    return {
        "session": talk.key.id,
        "owner": talk.key.owner,
        "message_id": talk.message_id,
        "mark": talk.mark,
        "said": cast("Json", list(turn.said)),
        "number": turn.past.number,
        "lost_agent": turn.lost_agent,
    }


async def going_on(turn: TurnOfRun) -> Place | None:
    """Where a run goes on that waited, taken up for good; None where it begins.

    Raises:
        ResumeError: the run cannot go on; where it is not another that has taken it up, it still waits.
        ToolServerError: a server of tools that it needs cannot be used.
    """
    plan, resumed = turn.plan, turn.plan.resumed
    await _equip(turn)
    if resumed is None:
        return None
    talk = resumed.kept["talk"]
    if talk is not None and talk["number"] != turn.past.number:
        message = "the conversation has gone on since this run began to wait"
        raise ResumeError("moved_on", message, mend="ask the user for the message again")
    taking = TakingUp(plan.agents, resumed.decisions)
    place = await taking.place(resumed.kept, plan.entry)
    turn.ledger.tool_failures.update(dict.fromkeys(taking.refused, "a person refused it"))
    await plan.waiting.take(resumed.token)
    return place


async def _equip(turn: TurnOfRun) -> None:
    """Let servers of tools be there before a model is asked, within the run's time."""
    plan, spending = turn.plan, turn.ledger.spending
    left_s = None if spending is None else max(0.0, spending.ends - plan.now())
    try:
        async with asyncio.timeout(left_s):
            await plan.agents.equip(plan.entry, turn.ledger)
    except TimeoutError:
        raise LimitError(
            f"the servers of tools were not there within the {plan.budget.time_s:g} s of this run",
            mend="raise `time` in `budget`, or set `required: false` where a run can do without them",
            agent=plan.entry,
            limit="time",
            allowed=plan.budget.time_s,
            used=plan.budget.time_s,
        ) from None


def decisions_of(
    kept: Mapping[str, Any], approve: Sequence[str], reject: Mapping[str, str | None]
) -> dict[str, Decision]:
    """What was decided, by the ids of the calls that wait.

    Raises:
        UsageError: nothing was, an id is not one of them, or one was approved and rejected.
    """
    known = [one["id"] for one in kept["interruptions"]]
    for id_ in (*approve, *reject):
        if id_ not in known:
            raise UsageError(
                f"no call with the id {id_!r} waits", mend=f"those that wait: {', '.join(known)}"
            )
        if id_ in approve and id_ in reject:
            raise UsageError(f"the call {id_!r} is approved and rejected", mend="decide for one of the two")
    if not approve and not reject:
        raise UsageError(
            "nothing is decided", mend="give ids of `interruptions` as approve=[...] or reject=[...]"
        )
    return {id_: Decision(is_approved=True) for id_ in approve} | {
        id_: Decision(is_approved=False, message=message) for id_, message in reject.items()
    }


def check_identity(kept: Mapping[str, Any], team: str, identity: str) -> None:
    """Only the team that a run belongs to goes on with it.

    Raises:
        ResumeError: it is another, or its file says other things by now.
    """
    if kept["team"] != team:
        message = f"this run belongs to the team {kept['team']!r}, not to {team!r}"
        raise ResumeError("other_team", message, mend="give the token to the team that it came from")
    if kept["fingerprint"] != identity:
        raise ResumeError("changed", "the team's file has changed since this run began to wait", mend=CHANGED)
