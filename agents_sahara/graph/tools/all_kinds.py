"""Every kind of tool, and what finds out what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from agents_sahara.graph.tools import agent, http, mcp, openapi, python
from agents_sahara.graph.tools.makings import Makings, Meant
from agents_sahara.spec.values import ToolSpec

KINDS: Mapping[str, Callable[[ToolSpec, Makings], Sequence[Meant]]] = {
    "python": python.meant,
    "http": http.meant,
    "openapi": openapi.meant,
    "mcp": mcp.meant,
    "agent": agent.meant,
}
"""By the key in the team file."""
