"""The table of contestants: a new one is a file here, and a row."""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

from bench.sides.side import Side

OPPONENT: Final = "script"
OURS: Final = "sahara"

SIDES: Final = {OPPONENT: "bench.sides.script", OURS: "bench.sides.sahara"}
"""Module of each side that does everything."""

FAST: Final = "sahara-fast"

PEERS: Final = {
    FAST: ("bench.sides.sahara_fast", "uvloop"),
    "langgraph": ("bench.sides.langgraph_swarm", "langgraph_swarm"),
    "pydantic-ai": ("bench.sides.pydantic_agents", "pydantic_ai"),
    "agno": ("bench.sides.agno_team", "agno"),
    "agent-framework": ("bench.sides.agent_framework_handoff", "agent_framework_orchestrations"),
    "google-adk": ("bench.sides.google_agents", "google.adk"),
}
"""Module of each side that runs and streams the triage team and no more, and what has to be installed for it."""


def load(name: str) -> Side:
    """The side of that name, with its framework imported: only in the process that runs it."""
    module = SIDES[name] if name in SIDES else PEERS[name][0]
    return cast(Side, import_module(module))
