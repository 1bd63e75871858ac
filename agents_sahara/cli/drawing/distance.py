"""How far each agent, and each workflow, is from the entry."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from agents_sahara.graph.flows import steps_of
from agents_sahara.graph.values import AgentGraph


def distances(graph: AgentGraph) -> Mapping[str, int]:
    """Handoffs and questions from the entry to each agent, in the order of discovery; unreachable agents are missing.

    A handoff that is switched off leads nowhere; a judge is as near as by a handoff; the agent that answers
    last where the budget is used up, and a workflow that is no step of the entry's, are as far as any.
    """
    found = {graph.entry: 0}
    _discover(graph, graph.entry, found)
    for other in (*graph.workflows, graph.budget.handoff_to):
        if other is not None and other not in found:
            found[other] = max(found.values()) + 1
            _discover(graph, other, found)
    return found


def following(graph: AgentGraph, key: str) -> Iterator[str]:
    """Where an agent or a workflow leads, as far as that is drawn as an arrow or as near as one."""
    if key in graph.workflows:
        yield from steps_of(graph.workflows[key])
        return
    node = graph.agents[key]
    yield from (edge.target for edge in node.handoffs if edge.enabled)
    yield from (asked for _, asked in node.asked())
    yield from node.judges()


def _discover(graph: AgentGraph, start: str, found: dict[str, int]) -> None:
    waiting = deque([start])
    while waiting:
        key = waiting.popleft()
        for target in following(graph, key):
            if target not in found:
                found[target] = found[key] + 1
                waiting.append(target)


def arrows(graph: AgentGraph) -> Iterator[tuple[str, str]]:
    """From where to where a line is drawn: each handoff, also one that is switched off, and each step once."""
    for node, edge in graph.edges():
        yield node.key, edge.target
    for key, flow in graph.workflows.items():
        for step in dict.fromkeys(steps_of(flow)):
            yield key, step
