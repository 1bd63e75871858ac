"""How far each agent is from the entry."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from agents_sahara.graph.values import AgentGraph


def distances(graph: AgentGraph) -> Mapping[str, int]:
    """Handoffs and questions from the entry to each agent, in the order of discovery; unreachable agents are missing.

    A handoff that is switched off leads nowhere; a judge is as near as by a handoff; the agent that answers
    last where the budget is used up is as far as any.
    """
    found = {graph.entry: 0}
    _discover(graph, graph.entry, found)
    last = graph.budget.handoff_to
    if last is not None and last not in found:
        found[last] = max(found.values()) + 1
        _discover(graph, last, found)
    return found


def _discover(graph: AgentGraph, start: str, found: dict[str, int]) -> None:
    waiting = deque([start])
    while waiting:
        key = waiting.popleft()
        node = graph.agents[key]
        handed = (edge.target for edge in node.handoffs if edge.enabled)
        for target in (*handed, *(asked for _, asked in node.asked()), *node.judges()):
            if target not in found:
                found[target] = found[key] + 1
                waiting.append(target)
