"""How far each agent is from the entry."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from agents_sahara.graph.values import AgentGraph


def distances(graph: AgentGraph) -> Mapping[str, int]:
    """Handoffs from the entry to each agent, in the order of discovery; unreachable agents are missing.

    A handoff that is switched off leads nowhere.
    """
    found = {graph.entry: 0}
    waiting = deque([graph.entry])
    while waiting:
        key = waiting.popleft()
        for edge in graph.agents[key].handoffs:
            if edge.enabled and edge.target not in found:
                found[edge.target] = found[key] + 1
                waiting.append(edge.target)
    return found
