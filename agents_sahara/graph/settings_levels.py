"""The levels at which settings of an agent may stand, nearest first, and what they must agree on."""

from __future__ import annotations

from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.graph.surroundings import Surroundings
from agents_sahara.graph.values import AgentNode
from agents_sahara.spec.values import AgentSpec, SettingsSpec, TeamSpec

_WORDS = ("auto", "required", "none")


def levels(spec: TeamSpec, agent: AgentSpec, alias_name: str | None) -> tuple[SettingsSpec, ...]:
    """The settings that hold for an agent, the nearest first."""
    defaults = spec.defaults
    model = agent.model if agent.says("model") or defaults is None else defaults.model
    alias = (spec.models or {}).get(alias_name) if alias_name else None
    owners = (agent, model, alias, defaults)
    found = (owner.settings for owner in owners if owner is not None)
    return tuple(level for level in found if level is not None)


def judge_tool_choice(spec: TeamSpec, agent: AgentSpec, node: AgentNode, around: Surroundings) -> None:
    """A tool that must be called has to be one that the agent has."""
    choice = node.target.settings.get("tool_choice")
    tools = [edge.tool_name for edge in node.handoffs if edge.enabled]
    if not isinstance(choice, str) or choice in _WORDS or not tools or choice in tools:
        return
    level = next(level for level in levels(spec, agent, node.target.alias) if "tool_choice" in level.values)
    message = f"agent {node.key!r} has no tool {choice!r}"
    mend = did_you_mean(choice, (*_WORDS, *tools), what="choices")
    around.report.add("unknown-tool-choice", level.place_of("tool_choice"), message, mend=mend)
