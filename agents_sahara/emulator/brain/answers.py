"""What an agent says: short replies in its language, in character, with its name where that is asked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from agents_sahara.emulator.brain.conversation import Conversation, ToolResult
from agents_sahara.emulator.brain.identify import language_of
from agents_sahara.emulator.brain.languages.all_languages import LANGUAGES
from agents_sahara.emulator.brain.languages.language import Phrases
from agents_sahara.emulator.brain.offers import Handoff
from agents_sahara.emulator.brain.text import capped, fold, words
from agents_sahara.types import Json

_KINDS = ("name", "ability", "wellbeing", "thanks", "goodbye", "greeting")
_MOST_QUOTED = 160
_MOST_RESULT = 4000


@lru_cache(maxsize=1)
def _intents() -> dict[str, tuple[re.Pattern[str], ...]]:
    return {
        kind: tuple(re.compile(getattr(language.intents, kind)) for language in LANGUAGES.values())
        for kind in _KINDS
    }


@lru_cache(maxsize=512)
def intents_of(message: str) -> frozenset[str]:
    """The kinds of small talk in `message`."""
    folded = fold(capped(message))
    return frozenset(kind for kind, patterns in _intents().items() if any(p.search(folded) for p in patterns))


@lru_cache(maxsize=512)
def without_small_talk(message: str) -> str:
    """`message`, folded, without its greetings, thanks and questions about the agent."""
    folded = fold(capped(message))
    for patterns in _intents().values():
        for pattern in patterns:
            folded = pattern.sub(" ", folded)
    return folded


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who answers, in which language."""

    name: str | None
    """The name that its instructions give it."""
    desk: str | None
    """What the rest of the team calls it."""
    language: str

    def introduction(self, phrases: Phrases) -> str:
        """Its first sentence; nothing where it has no name at all."""
        if self.name:
            return phrases.my_name_is.format(name=self.name)
        return phrases.this_is.format(name=self.desk) if self.desk else ""


def answer(speaker: Speaker, conversation: Conversation, handoffs: tuple[Handoff, ...]) -> tuple[str, str]:
    """The words of the reply, and the kind of reply that it is."""
    phrases = LANGUAGES[speaker.language].phrases
    results = [result for result in conversation.results if result.text.strip()]
    if results:
        return phrases.result.format(result=" ".join(_told(result) for result in results)), "tool-result"
    kinds = intents_of(conversation.message)
    kind = next((kind for kind in _KINDS if kind in kinds), None)
    if (
        kind in {"greeting", "wellbeing", "thanks", "goodbye"}
        and len(words(without_small_talk(conversation.message))) > 4
    ):
        kind = None
    if kind is None and not conversation.message.strip():
        kind = "greeting"
    if kind is None:
        return _understood(phrases, speaker, conversation.message), "message"
    return _small_talk(kind, kinds, phrases, speaker, handoffs), kind


def _small_talk(
    kind: str, kinds: frozenset[str], phrases: Phrases, speaker: Speaker, handoffs: tuple[Handoff, ...]
) -> str:
    introduction = speaker.introduction(phrases)
    if kind == "thanks":
        return phrases.welcome
    if kind == "goodbye":
        return phrases.goodbye
    parts = [phrases.hello] if "greeting" in kinds or kind == "name" else []
    if kind == "name":
        known = speaker.name or speaker.desk
        parts.append(phrases.my_name_is.format(name=known) if known else phrases.no_name)
    elif kind == "ability":
        parts += [introduction, phrases.can_do, _connects(phrases, handoffs)]
    else:
        parts += [phrases.i_am_well if "wellbeing" in kinds else "", introduction]
    parts.append(phrases.how_can_i_help)
    return " ".join(part for part in parts if part)


def _connects(phrases: Phrases, handoffs: tuple[Handoff, ...]) -> str:
    desks = [handoff.agent for handoff in handoffs[:8]]
    if not desks:
        return ""
    listed = ", ".join(desks[:-1])
    return phrases.can_connect.format(
        desks=f"{listed} {phrases.conjunction} {desks[-1]}" if listed else desks[-1]
    )


def _understood(phrases: Phrases, speaker: Speaker, message: str) -> str:
    said = " ".join(message.split())
    is_own = language_of(message, {speaker.language}) in {speaker.language, None}
    quoted = said if len(said) <= _MOST_QUOTED else said[:_MOST_QUOTED].rsplit(" ", 1)[0] + "…"
    text = phrases.understood.format(message=quoted) if is_own else phrases.understood_briefly
    return f"{speaker.introduction(phrases)} {text}".strip()


def _told(result: ToolResult) -> str:
    """A result as words: the fields of a flat JSON object by name, everything else as it came."""
    text = result.text.strip()[:_MOST_RESULT]
    try:
        value: Json = json.loads(text) if text[:1] == "{" else None
    except (ValueError, RecursionError):
        return text
    if (
        isinstance(value, Mapping)
        and value
        and not any(isinstance(v, Mapping | list) for v in value.values())
    ):
        return "; ".join(f"{key}: {_plain(part)}" for key, part in value.items())
    return text


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
