"""What a caller asks becomes the plan of a run, or is refused before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

from agents_sahara.errors import UsageError
from agents_sahara.graph.values import AgentGraph
from agents_sahara.runner.agents import RunAgents
from agents_sahara.runner.message import Message, checked
from agents_sahara.runner.plan import Plan, Talk
from agents_sahara.runner.standing import Standing
from agents_sahara.runner.turns import checked_id
from agents_sahara.runner.waiting import WaitingRuns
from agents_sahara.sessions.values import Key
from agents_sahara.types import Budget
from agents_sahara.usage.ledger import Ask


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of a run; `Team.run` says what each means."""

    message: Message
    session: str | None = None
    owner: str | None = None
    message_id: str | None = None
    agent: str | None = None
    max_turns: int | None = None
    ask: Ask | None = None


def asked_before(kept: Mapping[str, Any], ask: Ask | None) -> Asked:
    """What was asked of a run that waits."""
    said = kept["talk"]
    if said is None:
        return Asked(kept.get("given") or "-", agent=kept["entry"], ask=ask)
    return Asked(
        said["said"],
        session=said["session"],
        owner=said["owner"] or None,
        message_id=said["message_id"],
        agent=kept["entry"],
        ask=ask,
    )


def plan_of(asked: Asked, standing: Standing, waiting: WaitingRuns) -> Plan:
    """All that the run needs.

    Raises:
        UsageError: the message is empty, there is no such agent, an id cannot be one, or the team is closed.
        SessionError: the store of conversations cannot be used.
    """
    if standing.is_team_over:
        raise UsageError("the team is closed, and with it what answered it", mend="load it again")
    graph = standing.graph
    talk = _talk(asked, standing)
    return Plan(
        team=graph.name,
        entry=_entry(asked.agent, graph),
        input=checked(asked.message),
        budget=_budget(asked.max_turns, graph),
        now=standing.now,
        ask=asked.ask,
        config=standing.config,
        agents=RunAgents(standing.agents, standing.toolbox.supply),
        recorder=standing.recorder,
        tracer=standing.tracer,
        trace_id=f"trace_{uuid4().hex}",
        waiting=waiting,
        identity=lambda: standing.identity,
        crowd=standing.crowd,
        talk=talk,
    )


def _budget(max_turns: int | None, graph: AgentGraph) -> Budget:
    if max_turns is None:
        return graph.budget
    if type(max_turns) is not int or max_turns < 1:
        raise UsageError(f"max_turns is {max_turns!r}, and a run needs at least one whole turn")
    return replace(graph.budget, turns=max_turns)


def _entry(agent: str | None, graph: AgentGraph) -> str:
    entry = graph.entry if agent is None else agent
    if entry not in graph.agents and entry not in graph.workflows:
        known = ", ".join((*graph.agents, *graph.workflows))
        raise UsageError(f"there is no agent {entry!r} in this team", mend=f"its agents: {known}")
    return entry


def _talk(asked: Asked, standing: Standing) -> Talk | None:
    if asked.session is None:
        if asked.owner is not None or asked.message_id is not None:
            name = "owner" if asked.message_id is None else "message_id"
            raise UsageError(f"{name} is given and no session", mend="say which conversation: session='...'")
        return None
    if asked.message_id is not None:
        checked_id(asked.message_id, "the id of a message")
    key = key_of(standing, asked.session, asked.owner)
    keep = standing.graph.session.keep_turns
    return Talk(standing.store(), key, keep, asked.message_id, asked.agent is not None)


def key_of(standing: Standing, session: str, owner: str | None) -> Key:
    """By what the store knows a conversation.

    Raises:
        UsageError: an id cannot be one.
    """
    return Key(
        team=standing.graph.name,
        id=checked_id(session, "the id of a session"),
        owner="" if owner is None else checked_id(owner, "the owner of a session"),
        is_simulated=standing.is_simulated,
    )
