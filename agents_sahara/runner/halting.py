"""Lets one run of the SDK wait for a person, with the runs of the agents that its calls ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeAlias

from agents import RunResult as SdkResult
from agents import RunResultStreaming, ToolApprovalItem

from agents_sahara.expressions.inserting import one_line
from agents_sahara.runner.agents import RunAgents, Walk, walk
from agents_sahara.runner.places import AgentWaits, Call

Ended: TypeAlias = SdkResult | RunResultStreaming


@dataclass(frozen=True, slots=True)
class Below:
    """The runs of agents that are asked in one run of the SDK, by the ids of the calls that ask them."""

    held: Mapping[str, AgentWaits] = field(default_factory=dict)
    """Those that waited, and go on."""
    calls: Mapping[str, Call] = field(default_factory=dict)
    """The calls that asked them."""
    waits: dict[str, AgentWaits] = field(default_factory=dict)
    """Those that wait now."""


current_below: ContextVar[Below | None] = ContextVar("agents_sahara_below", default=None)
"""Of the run of the SDK that the current task belongs to; None outside a run of ours."""


@contextmanager
def below(place: AgentWaits | None) -> Iterator[Below]:
    """What is asked in the run of the SDK that the block is; `place` is where that waited, if it did."""
    made = Below() if place is None else Below(place.asked, {call.id or "": call for call in place.calls})
    token = current_below.set(made)
    try:
        yield made
    finally:
        current_below.reset(token)


def halted(
    done: Ended, key: str, path: tuple[str, ...], agents: RunAgents, waits: Mapping[str, AgentWaits]
) -> AgentWaits:
    """Where the run of the SDK waits that began with the agent `key`."""
    calls = tuple(_call(item, agents) for item in done.interruptions)
    with walk(Walk(agents, frozenset(path))):
        state = done.to_state()
    asked = {call.id: waits[call.id] for call in calls if call.id is not None and call.id in waits}
    return AgentWaits(key, path, calls, state, asked)


def _call(item: ToolApprovalItem, agents: RunAgents) -> Call:
    agent, tool = agents.key_of(item.agent), item.tool_name or ""
    arguments = arguments_of(item)
    question = agents.question(agent, tool, arguments)
    question = question or f"{agent} wants to call {tool} {one_line(arguments)}"
    return Call(agent, tool, arguments, question, item.call_id)


def arguments_of(item: ToolApprovalItem) -> str:
    """As the model wrote them."""
    return str(getattr(item.raw_item, "arguments", ""))
