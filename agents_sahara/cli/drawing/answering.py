"""What answers an agent's calls, in the few words that a box has room for."""

from __future__ import annotations

from agents_sahara.graph.values import AgentNode


def answering(node: AgentNode) -> str:
    """The preferred model and its provider, and how many backups there are."""
    more = f", or {len(node.backups)} more" if node.backups else ""
    return f"{node.target.model} on {node.target.provider}{more}"
