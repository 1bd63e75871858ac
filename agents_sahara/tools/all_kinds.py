"""Every kind of tool that is known before a run, and what makes one that can be called.

The tools of servers (`mcp`) are known when their server is there: see `mcp.fitting`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agents_sahara.graph.tools.values import ToolNode
from agents_sahara.tools import agent, http, python
from agents_sahara.tools.callee import Bench, Callee

KINDS: Mapping[str, Callable[[ToolNode, Bench], Callee]] = {
    "python": python.make,
    "http": http.make,
    "openapi": http.make,
    "agent": agent.make,
}
"""By the key in the team file."""
