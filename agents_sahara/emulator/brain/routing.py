"""Which handoff fits the user's message, if any: by language first, then by topic.

An agent that already had control for this message never gets it again, so that every run of handoffs ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents_sahara.emulator.brain.conversation import Conversation
from agents_sahara.emulator.brain.identify import language_of
from agents_sahara.emulator.brain.offers import Handoff
from agents_sahara.emulator.brain.speech import (
    languages_named,
    languages_of_places,
    spoken_by_instructions,
    takes_other_languages,
)
from agents_sahara.emulator.brain.text import fold, words

MOST_HANDOFFS = 12
"""Handoffs for one message after which whoever is asked answers."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The handoff to make, and the rule that found it."""

    tool: str
    reason: str


@dataclass(frozen=True, slots=True)
class Situation:
    """The request as the rules of routing see it."""

    conversation: Conversation
    language: str | None
    """The language of the message; None where nothing in it tells."""
    own: tuple[str, ...]
    """The languages that the agent is told to speak."""


def languages_offered(handoffs: Sequence[Handoff]) -> frozenset[str]:
    """Every language that one of the agents on offer speaks."""
    return frozenset().union(*(_spoken(handoff) for handoff in handoffs))


def situation_of(conversation: Conversation, handoffs: Sequence[Handoff]) -> Situation:
    """What the message is in, seen from the languages that this team speaks."""
    own = spoken_by_instructions(conversation.instructions)
    if not own and conversation.agent_name:
        own = tuple(sorted(languages_named(conversation.agent_name)))
    likely = languages_offered(handoffs) | {*own, "en"}
    texts = (conversation.message, *reversed(conversation.earlier))
    found = (language_of(text, likely) for text in texts)
    return Situation(conversation, next((code for code in found if code), None), own)


def open_handoffs(conversation: Conversation, handoffs: Sequence[Handoff]) -> list[Handoff]:
    """The handoffs whose agents did not yet have control for this message."""
    if len(conversation.visited) >= MOST_HANDOFFS:
        return []
    visited = {_bare(name) for name in conversation.visited}
    return [
        handoff
        for handoff in handoffs
        if handoff.tool not in conversation.called
        and not visited & {_bare(handoff.agent), _bare(handoff.key)}
    ]


def choose(situation: Situation, handoffs: Sequence[Handoff]) -> Choice | None:
    """The handoff that fits better than the agent that is asked."""
    return by_language(situation, open_handoffs(situation.conversation, handoffs))


def by_language(situation: Situation, handoffs: Sequence[Handoff]) -> Choice | None:
    """The agent that speaks the language of the message most exclusively."""
    wanted = situation.language
    if wanted is None:
        return None
    fitting = [(len(spoken), index) for index, h in enumerate(handoffs) if wanted in (spoken := _spoken(h))]
    if not fitting or (wanted in situation.own and min(fitting)[0] >= len(situation.own)):
        return None
    return Choice(handoffs[min(fitting)[1]].tool, f"handoff:language:{wanted}")


def _spoken(handoff: Handoff) -> frozenset[str]:
    """The languages of the agent behind a handoff, by its name, key and description."""
    return languages_named(f"{handoff.agent} {handoff.key} {handoff.about}")


def _bare(name: str) -> str:
    return " ".join(words(fold(name)))
