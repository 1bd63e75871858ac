"""What a check looks at: the team as written, as meant, and what of it was used."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from agents_sahara.diagnostics.finding import Report
from agents_sahara.graph import AgentGraph
from agents_sahara.spec.values import TeamSpec


@dataclass(frozen=True, slots=True)
class Case:
    """One team under examination."""

    spec: TeamSpec
    graph: AgentGraph
    report: Report
    used_vars: AbstractSet[str] = frozenset()
    """In the team or in any of its profiles, as are the next two."""
    used_aliases: AbstractSet[str] = frozenset()
    is_default_provider_used: bool = False
