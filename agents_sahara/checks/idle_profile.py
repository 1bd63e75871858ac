"""Profiles that change nothing."""

from __future__ import annotations

from agents_sahara.checks.case import Case
from agents_sahara.source import nodes
from agents_sahara.source.compose import to_json


def idle_profile(case: Case) -> None:
    """A profile should differ from the file that it is merged over."""
    for name, profile in (case.spec.profiles or {}).items():
        if not _changes(case.spec.node, profile.node) and case.stands_in_team_file(profile.place):
            message = f"the profile {name!r} changes nothing"
            case.report.add(
                "idle-profile", profile.place, message, mend="change something in it, or remove it"
            )


def _changes(below: nodes.Node | None, above: nodes.Node) -> bool:
    if isinstance(below, nodes.Mapping) and isinstance(above, nodes.Mapping):
        return any(_changes(below.get(name), entry.value) for name, entry in above.entries.items())
    return below is None or to_json(below) != to_json(above)
