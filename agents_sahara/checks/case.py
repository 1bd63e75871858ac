"""What a check looks at: the team as written, as meant, and what of it was used."""

from __future__ import annotations

from dataclasses import dataclass

from agents_sahara.diagnostics.finding import Place, Report
from agents_sahara.graph.uses import Uses
from agents_sahara.graph.values import AgentGraph
from agents_sahara.spec.values import TeamSpec


@dataclass(frozen=True, slots=True)
class Case:
    """One team under examination."""

    spec: TeamSpec
    graph: AgentGraph
    report: Report
    uses: Uses
    """In the team, or in any of its profiles."""

    def stands_in_team_file(self, place: Place) -> bool:
        """Whether something is the team file's own; an included library may hold more than one team uses."""
        return place.file == self.spec.node.place.file
