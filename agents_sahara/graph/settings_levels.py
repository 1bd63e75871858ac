"""The levels at which settings of an agent may stand: how they merge, and what they must agree on."""

from __future__ import annotations

from collections.abc import Mapping

from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.graph.surroundings import Surroundings
from agents_sahara.graph.values import AgentNode, ModelTarget
from agents_sahara.spec.values import AgentSpec, SettingsSpec, TeamSpec
from agents_sahara.types import Json

_WORDS = ("auto", "required", "none")


def merged(below: Mapping[str, Json], *levels: SettingsSpec | None) -> dict[str, Json]:
    """Settings key by key, the farthest level first; a later level wins."""
    result = dict(below)
    for level in levels:
        if level is not None:
            result |= level.values
    return result


def levels(spec: TeamSpec, agent: AgentSpec, member: ModelTarget) -> tuple[SettingsSpec, ...]:
    """The settings that hold for an agent's calls to a member, the nearest first."""
    defaults = spec.defaults
    model = agent.model if agent.says("model") or defaults is None else defaults.model
    alias = (spec.models or {}).get(member.alias) if member.alias else None
    pool = (alias.pool if alias else None) or ()
    part = next(
        (part for part in pool if (part.provider, part.model) == (member.provider, member.model)), None
    )
    owners = (agent, model, part, alias, defaults)
    found = (owner.settings for owner in owners if owner is not None)
    return tuple(level for level in found if level is not None)


def judge_tool_choice(spec: TeamSpec, agent: AgentSpec, node: AgentNode, around: Surroundings) -> None:
    """A tool that must be called has to be one that the agent has, whoever answers."""
    tools = node.tool_names
    for member in (node.target, *node.backups) if tools else ():
        choice = member.settings.get("tool_choice")
        if not isinstance(choice, str) or choice in _WORDS or choice in tools or node.has_unknown_tools:
            continue
        level = next(level for level in levels(spec, agent, member) if "tool_choice" in level.values)
        message = f"agent {node.key!r} has no tool {choice!r}"
        mend = did_you_mean(choice, (*_WORDS, *tools), what="choices")
        around.report.add("unknown-tool-choice", level.place_of("tool_choice"), message, mend=mend)
