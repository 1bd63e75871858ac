"""Who may hand over to whom, by which tool, and what the model reads about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from agents_sahara.graph.agent_names import no_agent
from agents_sahara.graph.schemas import schema_of
from agents_sahara.graph.surroundings import Surroundings
from agents_sahara.graph.templates import Templates
from agents_sahara.graph.tools.names import sentence, tool_name
from agents_sahara.graph.values import HandoffEdge, HistoryMode
from agents_sahara.spec.names import normal
from agents_sahara.spec.values import AgentSpec, HandoffSpec, TeamSpec

_MODES: Mapping[str, HistoryMode] = {mode: mode for mode in get_args(HistoryMode)}


class Handoffs:
    """Makes the edges of one team; descriptions of agents are given with their variables filled in."""

    def __init__(
        self, spec: TeamSpec, told: Mapping[str, str], templates: Templates, around: Surroundings
    ) -> None:
        self._spec = spec
        self._agents = spec.agents or {}
        self._keys = dict.fromkeys(spec.names("agents"))
        self._told = told
        self._templates = templates
        self._around = around

    def edges(self, key: str, agent: AgentSpec) -> tuple[HandoffEdge, ...]:
        """The agent's handoffs in the order of the file, without those that were refused."""
        edges: dict[str, HandoffEdge] = {}
        by_tool: dict[str, str] = {}
        for handoff in agent.handoffs or ():
            target = self._target(key, handoff, edges)
            if target is None:
                continue
            tool_name = self._tool_name(target, handoff, by_tool)
            description = self._description(target, handoff)
            edges[target] = HandoffEdge(
                target,
                tool_name,
                description,
                handoff.enabled is not False,
                schema_of(handoff.input, self._around),
                _MODES.get(handoff.history or "full", "full"),
                handoff.returns is True,
            )
        return tuple(edges.values())

    def _target(self, key: str, handoff: HandoffSpec, edges: Mapping[str, HandoffEdge]) -> str | None:
        if handoff.agent is None:
            return None
        target = normal(handoff.agent)
        if target in self._keys and target != key and target not in edges:
            return target
        place = handoff.target_place
        unknown = no_agent(target, self._spec)
        if unknown is not None:
            message = f"agent {key!r} hands off to {target!r}, which {unknown.why}"
            self._around.report.add("unknown-handoff", place, message, mend=unknown.mend)
            return None
        if target == key:
            message = f"agent {key!r} hands off to itself"
            self._around.report.add("self-handoff", place, message, mend="remove this handoff")
            return None
        message = f"agent {key!r} hands off to {target!r} twice"
        mend = "keep one; several reasons fit into one `when`"
        self._around.report.add("duplicate-handoff", place, message, mend=mend)
        return None

    def _tool_name(self, target: str, handoff: HandoffSpec, by_tool: dict[str, str]) -> str:
        name = handoff.tool_name or default_tool_name(target)
        if name is not None and by_tool.setdefault(name, target) == target:
            return name
        place = handoff.place_of("tool_name") if handoff.tool_name else handoff.target_place
        mend = (
            f"write `{{agent: {target}, tool_name: ...}}` with a name of ASCII letters, digits, '_' and '-'"
        )
        if name is None:
            message = f"no tool name can be made from {target!r}: nothing of it is ASCII"
            self._around.report.add("no-tool-name", place, message, mend=mend)
            return ""
        message = f"the handoffs to {by_tool[name]!r} and {target!r} have the same tool name {name!r}"
        self._around.report.add("same-tool-name", place, message, mend=mend)
        return name

    def _description(self, target: str, handoff: HandoffSpec) -> str:
        agent = self._agents.get(target)
        name = (agent.name if agent else None) or target
        own = self._filled(handoff, "description", handoff.description)
        about = own or f"Hand the conversation over to {name}. {sentence(self._told.get(target, ''))}"
        when = self._filled(handoff, "when", handoff.when)
        parts = (sentence(about), sentence(f"When to use it: {when}") if when else "")
        return " ".join(part for part in parts if part)

    def _filled(self, handoff: HandoffSpec, key: str, text: str | None) -> str:
        if text is None:
            return ""
        return self._templates.filled(text, handoff.spot_of(key)).strip()


def default_tool_name(key: str) -> str | None:
    """`transfer_to_` and the key in ASCII, without accents; None where no letter or digit is left."""
    return tool_name(key, prefix="transfer_to_")
