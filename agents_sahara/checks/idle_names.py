"""Names that are defined and never used: aliases, providers, variables, defaults."""

from __future__ import annotations

from agents_sahara.checks.case import Case
from agents_sahara.source import nodes
from agents_sahara.spec.parts import Part


def idle_alias(case: Case) -> None:
    """Each alias should be some agent's model, or come after it."""
    for name, alias in (case.spec.models or {}).items():
        if name not in case.uses.aliases:
            _report(case, "idle-alias", alias, f"no agent uses the alias {name!r}")


def idle_provider(case: Case) -> None:
    """Each configured provider should be used, and say something."""
    for name, provider in (case.spec.providers or {}).items():
        if isinstance(provider.node, nodes.Mapping) and not provider.node.values:
            _report(case, "idle-provider", provider, f"the entry of provider {name!r} says nothing")
        elif name not in case.uses.providers:
            _report(case, "idle-provider", provider, f"no model uses the provider {name!r}")


def idle_key_variable(case: Case) -> None:
    """A key of its own is only sent to an address of its own: the gateway gets the Sahara key."""
    for name, provider in (case.spec.providers or {}).items():
        if provider.says("api_key_env") and not provider.says("base_url"):
            message = f"provider {name!r} has no 'base_url', so the gateway serves it with the Sahara key"
            mend = "add its `base_url`, or remove `api_key_env`"
            case.report.add("idle-key-variable", provider.key_place("api_key_env"), message, mend=mend)


def idle_var(case: Case) -> None:
    """Each variable should stand in some text."""
    for name, var in (case.spec.vars or {}).items():
        if name not in case.uses.vars:
            _report(case, "idle-var", var, f"no text inserts the variable {name!r}")


def idle_guardrail(case: Case) -> None:
    """Each guardrail should stand somewhere."""
    for name, guardrail in (case.spec.guardrails or {}).items():
        if name not in case.uses.guardrails:
            _report(case, "idle-guardrail", guardrail, f"nothing is guarded by {name!r}")


def idle_tool(case: Case) -> None:
    """Each tool should be some agent's."""
    for name, tool in (case.spec.tools or {}).items():
        if name not in case.uses.tools:
            _report(case, "idle-tool", tool, f"no agent has the tool {name!r}")


def idle_default(case: Case) -> None:
    """A default should hold for at least one agent."""
    defaults = case.spec.defaults
    for key in ("model", "provider", "fallback", "guardrails"):
        if defaults is not None and defaults.says(key) and key not in case.uses.defaults:
            place = defaults.key_place(key)
            if case.stands_in_team_file(place):
                message = f"the default {key!r} holds for no agent: each has its own"
                case.report.add("idle-default", place, message, mend="remove it")


def _report(case: Case, rule: str, part: Part, message: str) -> None:
    if case.stands_in_team_file(part.place):
        case.report.add(rule, part.place, message, mend="use it, or remove it")
