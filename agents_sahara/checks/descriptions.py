"""Whether a model can tell from their descriptions which handoff to choose."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from agents_sahara.checks.case import Case
from agents_sahara.graph.values import AgentNode
from agents_sahara.spec.names import normal
from agents_sahara.spec.values import HandoffSpec

MOST_CHARACTERS = 1024
"""Longest description of a function (chat completions API, as its servers enforce it; checked 2026-11-22)."""

_NO_LETTER = re.compile(r"[^a-z0-9]+")


def undescribed_target(case: Case) -> None:
    """A model should be told about each target more than a name."""
    specs = case.spec.agents or {}
    for node, handoff in _handoffs(case):
        target = case.graph.agents.get(normal(handoff.agent or ""))
        if target is None or target.description or handoff.description or handoff.when:
            continue
        message = f"agent {target.key!r} is a handoff target without a description"
        mend = f"say in its `description` what it is for: agent {node.key!r} chooses by that"
        case.report.add("undescribed-target", specs[target.key].place, message, mend=mend)


def same_description(case: Case) -> None:
    """Targets of one agent should differ in more than case, spaces and punctuation."""
    seen: dict[tuple[str, str, str], str] = {}
    folded = lru_cache(maxsize=None)(_folded)
    for node, handoff in _handoffs(case):
        target = case.graph.agents.get(normal(handoff.agent or ""))
        about = folded(handoff.description or (target.description if target else ""))
        when = folded(handoff.when or "")
        if target is None or not (about or when):
            continue
        first = seen.setdefault((node.key, about, when), target.key)
        if first != target.key:
            message = f"agent {node.key!r} is told the same about {first!r} and {target.key!r}"
            mend = "say what each is for, or add a `when` to the handoffs"
            case.report.add("same-description", handoff.target_place, message, mend=mend)


def long_description(case: Case) -> None:
    """What a model reads about a handoff has a longest length."""
    specs = case.spec.agents or {}
    for node, edge in case.graph.edges():
        count = len(edge.description)
        if count > MOST_CHARACTERS:
            message = f"the handoff to {edge.target!r} is described in {count} characters"
            mend = f"shorten it to {MOST_CHARACTERS}: some providers refuse more"
            place = specs[node.key].place_of("handoffs")
            case.report.add("long-description", place, message, mend=mend)


def _handoffs(case: Case) -> Iterator[tuple[AgentNode, HandoffSpec]]:
    """Every handoff that is switched on, with the agent that it starts from."""
    for key, agent in (case.spec.agents or {}).items():
        for handoff in agent.handoffs or ():
            if handoff.enabled is not False:
                yield case.graph.agents[key], handoff


def _folded(text: str) -> str:
    if text.isascii():
        return _NO_LETTER.sub("", text.lower())
    letters = (
        character
        for character in unicodedata.normalize("NFKC", text).casefold()
        if unicodedata.category(character)[0] in "LNM"
    )
    return "".join(letters)
