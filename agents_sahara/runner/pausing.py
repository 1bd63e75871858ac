"""A run that waits for a person: kept as the SDK's own state, found again by its token, gone on with as decided.

The SDK finds the agents of a state by walking handoffs from the first one; ours lead nowhere inside a run, so for
that walk they lead to the run's own copies, and only to those that had control (openai-agents 0.24, checked
2026-11-28).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from agents import RunResult as SdkResult
from agents import RunResultStreaming, RunState, ToolApprovalItem, TResponseInputItem, UserError

from agents_sahara.errors import LimitError, ResumeError, UsageError
from agents_sahara.events import ApprovalNeeded, RunResult
from agents_sahara.expressions.inserting import one_line
from agents_sahara.runner.agents import RunAgents, Walk, walk
from agents_sahara.runner.outcome import answer_of, result_of
from agents_sahara.runner.plan import Decision, Resumed
from agents_sahara.runner.turns import TurnOfRun
from agents_sahara.types import Json
from agents_sahara.usage.saved import saved

Done = SdkResult | RunResultStreaming

_CHANGED = "ask the user for the message again: the run that waits belongs to the team as it was"


async def ended(turn: TurnOfRun, done: Done, path: tuple[str, ...]) -> RunResult:
    """What came of a run: an answer, which is kept as a turn, or calls that wait.

    Raises:
        ApprovalError: a call has to wait, and the run could not be kept.
        SessionError: the turn could not be written.
    """
    plan, ledger = turn.plan, turn.ledger
    if not done.interruptions:
        answer = answer_of(done.final_output, path[-1], plan.agents)
        return await turn.keep(done.new_items, result_of(answer, path, ledger, plan.trace_id))
    needed = _needed(done.interruptions, plan.agents)
    kept: dict[str, Json] = {
        "team": plan.team,
        "fingerprint": plan.identity(),
        "entry": plan.entry,
        "path": list(path),
        "trace_id": plan.trace_id,
        "talk": _talk(turn),
        "interruptions": [one.facts() for one in needed],
        "ledger": saved(ledger),
        "state": _state_of(done, plan.agents, path),
    }
    token = await plan.waiting.keep(kept)
    result = result_of("", path, ledger, plan.trace_id)
    session = None if plan.talk is None else plan.talk.key.id
    return replace(result, interruptions=needed, token=token, session=session)


def _needed(items: Sequence[ToolApprovalItem], agents: RunAgents) -> tuple[ApprovalNeeded, ...]:
    return tuple(_one(item, agents, f"approval_{number}") for number, item in enumerate(items, start=1))


def _one(item: ToolApprovalItem, agents: RunAgents, id_: str) -> ApprovalNeeded:
    agent, tool = agents.key_of(item.agent), item.tool_name or ""
    arguments = str(getattr(item.raw_item, "arguments", ""))
    question = agents.question(agent, tool, arguments)
    question = question or f"{agent} wants to call {tool} {one_line(arguments)}"
    return ApprovalNeeded(id_, agent, tool, arguments, question)


def _state_of(done: Done, agents: RunAgents, path: Sequence[str]) -> Json:
    with walk(Walk(agents, frozenset(path))):
        return cast("Json", done.to_state().to_json())


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
    }


async def going_on(turn: TurnOfRun) -> str | list[TResponseInputItem] | RunState[Any, Any]:
    """What the SDK is given: the message, or the state of a run that waited, taken up for good.

    Raises:
        ResumeError: the run cannot go on; where it is not another that has taken it up, it still waits.
        ToolServerError: a server of tools that it needs cannot be used.
    """
    plan, resumed = turn.plan, turn.plan.resumed
    await _equip(turn)
    if resumed is None:
        return plan.input
    talk = resumed.kept["talk"]
    if talk is not None and talk["number"] != turn.past.number:
        message = "the conversation has gone on since this run began to wait"
        raise ResumeError("moved_on", message, mend="ask the user for the message again")
    state = await _restored(resumed, plan.agents, plan.entry)
    items = state.get_interruptions()
    _check_calls(items, resumed.kept["interruptions"])
    for item, told in zip(items, resumed.kept["interruptions"], strict=True):
        decision = resumed.decisions.get(told["id"])
        if decision is None:
            continue
        if decision.is_approved:
            state.approve(item)
        else:
            state.reject(item, rejection_message=decision.message or _REFUSED)
            turn.ledger.tool_failures[item.call_id or ""] = "a person refused it"
    await plan.waiting.take(resumed.token)
    return state


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


_REFUSED = "A person refused this call. It was not made. Do not ask for it again; tell the user."


async def _restored(resumed: Resumed, agents: RunAgents, entry: str) -> RunState[Any, Any]:
    with walk(Walk(agents, frozenset(resumed.path))):
        try:
            return await RunState.from_json(agents[entry], cast("dict[str, Any]", resumed.kept["state"]))
        except (UserError, KeyError, TypeError, ValueError, AttributeError) as problem:
            message = "the run that waits was kept by another version, or was changed"
            raise ResumeError("changed", message, mend=_CHANGED) from problem


def _check_calls(items: Sequence[ToolApprovalItem], told: Sequence[Mapping[str, Any]]) -> None:
    """What is approved is what was asked about."""
    found = [(item.tool_name or "", str(getattr(item.raw_item, "arguments", ""))) for item in items]
    if found != [(one["tool"], one["arguments"]) for one in told]:
        raise ResumeError("changed", "the run that waits does not hold the calls it told of", mend=_CHANGED)


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
        raise ResumeError(
            "changed", "the team's file has changed since this run began to wait", mend=_CHANGED
        )
