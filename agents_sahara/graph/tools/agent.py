"""`agent`: another agent of the team that is asked and answers; it never takes over."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from agents_sahara.graph.agent_names import no_agent
from agents_sahara.graph.tools.makings import Makings, Meant
from agents_sahara.graph.tools.names import sentence
from agents_sahara.spec.names import normal
from agents_sahara.spec.values import ToolSpec
from agents_sahara.trust.wants import Wish
from agents_sahara.types import Json


@dataclass(frozen=True, slots=True)
class AskedAgent:
    """An agent by its key."""

    kind: ClassVar[str] = "agent"
    agent: str

    def asks(self) -> Iterator[Wish]:
        """Nothing: what the agent itself may do, its own tools ask for."""
        yield from ()

    def arguments(self) -> Collection[str]:
        """The question alone."""
        return ("input",)

    def to_json(self) -> dict[str, Json]:
        """The agent's key."""
        return {"agent": self.agent}


def meant(spec: ToolSpec, makings: Makings) -> Sequence[Meant]:
    """The agent that `spec` names."""
    if spec.agent is None:
        return ()
    target, agents = normal(spec.agent), makings.spec.agents or {}
    unknown = no_agent(target, makings.spec)
    if unknown is not None:
        message = f"the agent {target!r}, which is to be asked, {unknown.why}"
        makings.around.report.add("unknown-agent", spec.place_of("agent"), message, mend=unknown.mend)
        return ()
    agent = agents.get(target)
    called = (agent.name if agent else None) or target
    about = f"Ask {called} and get the answer back. {sentence(makings.told.get(target, ''))}".strip()
    return (Meant(AskedAgent(target), about),)
