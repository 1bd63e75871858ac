"""Settings that are legal and change nothing where they stand."""

from __future__ import annotations

from agents_sahara.checks.case import Case
from agents_sahara.spec.values import AgentSpec, SettingsSpec

_ABOUT_TOOLS = ("tool_choice", "parallel_tool_calls")


def idle_tool_setting(case: Case) -> None:
    """Settings about tools need an agent with a tool; at a shared level one such agent is enough."""
    has_tools = {key: bool(node.tool_names) for key, node in case.graph.agents.items()}
    for key, agent in (case.spec.agents or {}).items():
        if not has_tools.get(key):
            for level in _own_levels(agent):
                _report(case, level, f"agent {key!r} has no tool and no handoff that is switched on")
    if any(has_tools.values()):
        return
    aliases = (case.spec.models or {}).values()
    shared = [alias.settings for alias in aliases]
    shared += [member.settings for alias in aliases for member in alias.pool or ()]
    defaults = case.spec.defaults.settings if case.spec.defaults else None
    for common in (*shared, defaults):
        if common is not None:
            _report(case, common, "no agent has a tool or a handoff that is switched on")


def shadowed_setting(case: Case) -> None:
    """A setting inside `model` and again beside it: only the one beside it counts."""
    for agent in (case.spec.agents or {}).values():
        inner = agent.model.settings if agent.model else None
        for name in inner.values if inner and agent.settings else ():
            if inner and agent.settings and name in agent.settings.values:
                message = f"{name!r} stands in the agent's own 'settings' too, which win"
                case.report.add("idle-setting", inner.key_place(name), message, mend="keep one of the two")


def _own_levels(agent: AgentSpec) -> list[SettingsSpec]:
    found = (agent.settings, agent.model.settings if agent.model else None)
    return [level for level in found if level is not None]


def _report(case: Case, level: SettingsSpec, reason: str) -> None:
    for name in _ABOUT_TOOLS:
        if name in level.values:
            message = f"{name!r} does nothing: {reason}"
            case.report.add("idle-setting", level.key_place(name), message, mend="remove it")
