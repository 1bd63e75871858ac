"""Parts of `fallback` and `sticky` that are legal and change nothing."""

from __future__ import annotations

from collections.abc import Iterator

from agents_sahara.checks.case import Case
from agents_sahara.graph.pools import policy
from agents_sahara.spec.values import AliasSpec

_LIMITS = ("attempt_timeout", "first_token", "idle")


def idle_limit(case: Case) -> None:
    """The limits of one attempt end before the deadline of the whole call, or they never count."""
    for alias in (case.spec.models or {}).values():
        deadline_s = policy(alias.fallback).deadline_s
        for name in _LIMITS:
            limit_s: float | None = getattr(alias.fallback, name, None)
            if alias.fallback is not None and limit_s is not None and limit_s > deadline_s:
                message = (
                    f"{name!r} is longer than the deadline of {deadline_s:g} s, which ends the call before"
                )
                mend = "shorten it, or give `fallback` a longer `deadline`"
                place = alias.fallback.place_of(name)
                case.report.add("idle-limit", place, message, mend=mend)


def idle_backup(case: Case) -> None:
    """Each alias in a `fallback` list should bring some agent a member that it has not yet."""
    agents = (case.spec.agents or {}).values()
    defaults = case.spec.defaults
    lists = [agent.fallback for agent in agents]
    if defaults is not None and "fallback" in case.uses.defaults:
        lists.append(defaults.fallback)
    for backup in (backup for listed in lists for backup in listed or ()):
        if backup.node.place not in case.uses.backups:
            message = f"the alias {backup.alias!r} adds nothing: all of its models are tried before"
            case.report.add("idle-fallback", backup.node.place, message, mend="remove it from the list")


def idle_policy(case: Case) -> None:
    """How hard a call tries is said by the alias that is an agent's own model."""
    for name, alias in _judged(case):
        if alias.fallback is not None and name not in case.uses.leading:
            message = f"the alias {name!r} is only a backup, so its own 'fallback' is never read"
            mend = "write `fallback` in the alias that comes first, or remove it"
            case.report.add("idle-fallback", alias.key_place("fallback"), message, mend=mend)


def idle_sticky(case: Case) -> None:
    """Staying with a member needs an alias that is an agent's own model, and a second member."""
    for name, alias in _judged(case):
        if alias.sticky is None or name in case.uses.pooled:
            continue
        only = "has one member" if name in case.uses.leading else "is only a backup"
        message = f"the alias {name!r} {only}, so 'sticky' does nothing"
        mend = "remove it, or give the alias a `pool`"
        case.report.add("idle-sticky", alias.key_place("sticky"), message, mend=mend)


def _judged(case: Case) -> Iterator[tuple[str, AliasSpec]]:
    """Aliases of the team file that have a use at all."""
    for name, alias in (case.spec.models or {}).items():
        if name in case.uses.aliases and case.stands_in_team_file(alias.place):
            yield name, alias
