"""Handoffs of the team file as the SDK's: found when they are called, with what the SDK's own do not have.

Their arguments are judged here: wrong ones go back to the model as the answer of the tool, for the SDK's own check
would end the run (openai-agents 0.24, checked 2026-11-28). Control that goes back is a handoff too.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Protocol, cast

from agents import Agent, Handoff
from agents.strict_schema import ensure_strict_json_schema

from agents_sahara.graph.values import AgentGraph, AgentNode, HandoffEdge
from agents_sahara.routing.fitting import Fitting, MisfitJsonError
from agents_sahara.routing.handing import Handing
from agents_sahara.routing.ladder import can_be_strict
from agents_sahara.routing.markers import Marker

_RETURN_TOOL = "hand_back_to_caller"

_BACK = "Give the answer back to the agent that asked for it."
"""Never read by a model: the tool is offered to none."""

_REFUSED = (
    "The handoff was not made: its arguments do not fit its parameters: {reason}. Call the tool again with arguments "
    "that fit, or answer yourself."
)

_said: ContextVar[str | None] = ContextVar("agents_sahara_handoff", default=None)
"""What the tool message of the handoff under way says; set when it is called, read right after."""


class Targets(Protocol):
    """How a handoff finds the agent that it names."""

    def called(self, key: str) -> Agent[Any]:
        """The agent that takes over now."""
        ...

    def referred(self, key: str) -> Callable[[], Agent[Any] | None]:
        """Gives the agent to whoever walks a team without calling anyone, or None to keep such walks short."""
        ...


class TeamHandoff(Handoff[Any, Agent[Any]]):
    """A handoff whose tool message is said by whoever made it."""

    def get_transfer_message(self, agent: Agent[Any]) -> str:  # type: ignore[override]  # of the SDK's base of agents
        """What the model reads as the answer of the tool."""
        said = _said.get()
        _said.set(None)
        return super().get_transfer_message(agent) if said is None else said


def handing_of(graph: AgentGraph) -> Handing | None:
    """What the team's handoffs have beyond the SDK's; None where that is nothing."""
    edges = [edge for _, edge in graph.edges() if edge.enabled]
    if not any(edge.returns or edge.input is not None or edge.history != "full" for edge in edges):
        return None
    tools = frozenset(edge.tool_name for edge in edges)
    taken = {name for node in graph.agents.values() for name in node.tool_names}
    names = (_RETURN_TOOL, *(f"{_RETURN_TOOL}_{number}" for number in range(2, len(taken) + 3)))
    return_tool = next(name for name in names if name not in taken)
    return Handing(tools | {return_tool}, return_tool, _inside(graph))


def _inside(graph: AgentGraph) -> frozenset[str]:
    """Keys of the agents that may have to give control back: targets of `return`, and where they lead."""
    waiting = [edge.target for _, edge in graph.edges() if edge.enabled and edge.returns]
    found: set[str] = set()
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting.extend(edge.target for edge in graph.agents[key].handoffs if edge.enabled)
    return frozenset(found)


def handoff(
    node: AgentNode, edge: HandoffEdge, graph: AgentGraph, targets: Targets, handing: Handing | None
) -> TeamHandoff:
    """What `agents.handoff` makes of the target, without the target (openai-agents 0.24, checked 2026-11-22)."""
    fitting = None if edge.input is None else Fitting(edge.input)
    names_agent = handing is not None and bool(handing.inside)

    async def take_over(_context: object, arguments: str | None = None) -> Agent[Any]:
        given: Any = None
        if fitting is not None:
            try:
                given = fitting.read(arguments or "{}")[1]
            except MisfitJsonError as reason:
                _said.set(_REFUSED.format(reason=reason))
                return targets.called(node.key)
        marker = Marker(
            graph.agents[edge.target].name,
            edge.target if names_agent else None,
            given,
            edge.history,
            node.key if edge.returns else None,
        )
        _said.set(marker.text())
        return targets.called(edge.target)

    made = TeamHandoff(
        tool_name=edge.tool_name,
        tool_description=edge.description,
        input_json_schema=ensure_strict_json_schema({}) if edge.input is None else dict(edge.input),
        on_invoke_handoff=take_over,
        agent_name=graph.agents[edge.target].name,
        strict_json_schema=edge.input is None or can_be_strict(edge.input),
    )
    made._agent_ref = cast("Any", targets.referred(edge.target))  # noqa: SLF001  a call that gives an agent or None
    return made


def way_back(graph: AgentGraph, targets: Targets, handing: Handing) -> TeamHandoff:
    """The handoff by which an agent gives control back to the one that waits for its answer."""

    async def give_back(_context: object, arguments: str | None = None) -> Agent[Any]:
        key = json.loads(arguments or "{}")["agent"]
        _said.set(Marker(graph.agents[key].name, key, is_return=True).text())
        return targets.called(key)

    return TeamHandoff(
        tool_name=handing.return_tool,
        tool_description=_BACK,
        input_json_schema=ensure_strict_json_schema({}),
        on_invoke_handoff=give_back,
        agent_name="",
    )
