"""Agents that no conversation can reach."""

from __future__ import annotations

from collections.abc import Iterator

from agents_sahara.checks.case import Case
from agents_sahara.graph.flows import steps_of
from agents_sahara.graph.values import AgentGraph, AgentNode


def unreachable_agent(case: Case) -> None:
    """Every agent should be reached from the entry, by handoffs that are on, tools, guardrails or workflows."""
    reached = _reached(case.graph)
    for key, agent in (case.spec.agents or {}).items():
        if key not in reached:
            message = f"no handoff or tool leads from the entry {case.graph.entry!r} to agent {key!r}"
            mend = "add it to the `handoffs` or `tools` of an agent that is reached, or remove it"
            case.report.add("unreachable-agent", agent.place, message, mend=mend)


def _reached(graph: AgentGraph) -> set[str]:
    reached: set[str] = set()
    steps = (key for flow in graph.workflows.values() for key in steps_of(flow))
    waiting = [graph.entry, *filter(None, [graph.budget.handoff_to]), *steps]
    while waiting:
        key = waiting.pop()
        if key not in reached and key in graph.agents:
            reached.add(key)
            waiting.extend(_next(graph.agents[key]))
    return reached


def _next(node: AgentNode) -> Iterator[str]:
    yield from (edge.target for edge in node.handoffs if edge.enabled)
    yield from (target for _, target in node.asked())
    yield from node.judges()
