"""Which handoff fits the user's message, if any: by language first, then by topic.

An agent that already had control for this message never gets it again, so that every run of handoffs ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from agents_sahara.emulator.brain.answers import intents_of, without_small_talk
from agents_sahara.emulator.brain.conversation import Conversation
from agents_sahara.emulator.brain.expression import Expression
from agents_sahara.emulator.brain.identify import language_of
from agents_sahara.emulator.brain.offers import Handoff
from agents_sahara.emulator.brain.semantic import nearest
from agents_sahara.emulator.brain.speech import (
    can_take,
    language_asked_for,
    languages_named,
    languages_of_places,
    spoken_by_instructions,
    takes_other_languages,
    without_routing,
)
from agents_sahara.emulator.brain.text import fold, words
from agents_sahara.emulator.brain.topics import (
    THRESHOLD,
    Term,
    is_topical,
    profile_of,
    rarities,
    score,
    terms_of,
)

MOST_HANDOFFS = 12
"""Handoffs for one message after which whoever is asked answers."""

_SHORT_MESSAGE = 3
"""Words of a message that, in the middle of a conversation, is likely a reply to the agent that is asked."""

_SURE = 0.9
"""The topical score that moves even a short message away from the agent that is asked."""

_FRONT_DESK = Expression(
    r"\b(triage|triaje|triagem|router|routing|dispatch\w*|front desk|reception\w*|recepcion\w*"
    r"|rezeption|empfang\w*"
    r"|accueil|switchboard|centralita|centralino|standard|zentrale|orchestrator|concierge|greeter"
    r"|entry|supervisor"
    r"|smistamento|verteiler|recepcao|accoglienza|aiguillage)\b"
)
_CATCH_ALL = Expression(
    r"\b((everything|anything|all|any|every) (else|other)|other (questions|requests|topics|matters"
    r"|inquiries|issues)"
    r"|none of the (above|others)|fallback|catch-?all|general (questions|inquiries|enquiries|requests"
    r"|help|support)"
    r"|todo lo demas|cualquier otr[ao]|(otras|demas) (preguntas|consultas)|(preguntas|consultas) generales"
    r"|tout le reste|toute autre|autres (questions|demandes)|questions generales|alles andere"
    r"|allgemeine (fragen|anfragen)"
    r"|(andere|sonstige) (fragen|anfragen|anliegen)|tutto il resto|altre (domande|richieste)|domande generali"
    r"|todo o resto|tudo o resto|outras (perguntas|duvidas)|(perguntas|duvidas) gerais)\b"
)
_PEOPLE = Expression(
    r"\b(customers?|clients?|clientes?|speakers?|users?|people|callers?|market|languages?|kunden"
    r"|clienti|lenguas?|langues?|"
    r"sprachen|lingue|linguas|idiomas?|messages?|requests?|usuarios?|utilisateurs?|nutzer|utenti"
    r"|hablantes?)\b"
)


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
    """The languages that the agent speaks, by its instructions or its name."""
    told: tuple[str, ...]
    """The languages that its instructions bind it to."""


def _spoken(handoff: Handoff) -> frozenset[str]:
    """The languages that the agent behind a handoff speaks, by its name, key and description."""
    return can_take(f"{_title(handoff)}. {handoff.about}") or _code_in_key(handoff.key)


def _code_in_key(key: str) -> frozenset[str]:
    """'support_fr': the language code at either end of a key; `it` alone is a department."""
    parts = re.split(r"[_\-\s]+", key.lower())
    return frozenset({parts[0], parts[-1]} & {"en", "es", "fr", "de", "pt"})


def _served(handoff: Handoff) -> frozenset[str]:
    """What is spoken where the agent's customers are."""
    return _spoken_around(_title(handoff), handoff.about)


@lru_cache(maxsize=1024)
def _spoken_around(title: str, about: str) -> frozenset[str]:
    """The languages of 'Iberia desk' or 'customers in Brazil', but not those of 'Paris tours'."""
    is_for_people = _PEOPLE.search(fold(about)) is not None
    places = languages_of_places(title) or (languages_of_places(about) if is_for_people else frozenset())
    return frozenset() if is_topical(title) and not is_for_people else places


def situation_of(conversation: Conversation, handoffs: Sequence[Handoff]) -> Situation:
    """What the message is in, seen from the languages that this team speaks."""
    told = spoken_by_instructions(conversation.instructions)
    own = told or tuple(sorted(languages_named(conversation.agent_name or "")))
    offered = frozenset[str]().union(*(_spoken(handoff) | _served(handoff) for handoff in handoffs))
    likely = offered | {*own, "en"}
    asked = language_asked_for(conversation.message)
    texts = (conversation.message, *reversed(conversation.earlier))
    found = (language_of(text, likely) for text in texts)
    language = asked if asked in offered else next((code for code in found if code), None)
    return Situation(conversation, language, own, told)


def open_handoffs(conversation: Conversation, handoffs: Sequence[Handoff]) -> list[Handoff]:
    """The handoffs whose agents did not yet have control for this message, as far as the request tells."""
    visited = {_bare(name) for name in conversation.visited}
    if len(visited) >= MOST_HANDOFFS:
        return []
    return [
        handoff
        for handoff in handoffs
        if handoff.tool not in conversation.called
        and not visited & {_bare(handoff.agent), _bare(handoff.key)}
        and not (visited and _is_front_desk(handoff))
    ]


def _is_front_desk(handoff: Handoff) -> bool:
    """The desk where conversations start: once one was handed on, it is not handed back there."""
    title = fold(f"{handoff.agent} {handoff.key.replace('_', ' ')}")
    return bool(_FRONT_DESK.search(title)) and not (_spoken(handoff) or _served(handoff))


def choose(situation: Situation, handoffs: Sequence[Handoff]) -> Choice | None:
    """The handoff that fits better than the agent that is asked."""
    candidates = open_handoffs(situation.conversation, handoffs)
    if not candidates:
        return None
    return by_language(situation, candidates) or by_topic(situation, candidates)


def by_language(situation: Situation, handoffs: Sequence[Handoff]) -> Choice | None:
    """The agent that speaks the language of the message: the fewer others it speaks, the better."""
    wanted = situation.language
    if wanted is None:
        return None
    spoken = [_spoken(handoff) for handoff in handoffs]
    if (
        spoken[0]
        and len(set(spoken)) == 1
        and len(handoffs) > 1
        and any(_is_for_a_topic(h) for h in handoffs)
    ):
        return None
    fewest = min((len(codes) for codes in spoken if wanted in codes), default=0)
    if wanted in situation.own and not 0 < fewest < len(situation.own):
        return None
    fitting = [
        h for h, codes in zip(handoffs, spoken, strict=True) if wanted in codes and len(codes) == fewest
    ]
    if not fitting:
        fitting = _by_place(wanted, [h for h, codes in zip(handoffs, spoken, strict=True) if not codes])
    if not fitting:
        return None
    return Choice(_most_on_topic(situation, fitting).tool, f"handoff:language:{wanted}")


def _is_for_a_topic(handoff: Handoff) -> bool:
    return is_topical(_title(handoff)) or is_topical(handoff.about)


def _by_place(wanted: str, handoffs: Sequence[Handoff]) -> list[Handoff]:
    served = [(len(codes), h) for h in handoffs if wanted in (codes := _served(h))]
    if served:
        fewest = min(count for count, _ in served)
        return [handoff for count, handoff in served if count == fewest]
    if wanted == "en":
        return []
    return [h for h in handoffs if takes_other_languages(f"{h.agent}. {h.about}")][:1]


def _most_on_topic(situation: Situation, handoffs: Sequence[Handoff]) -> Handoff:
    scores = _scores(terms_of(without_small_talk(situation.conversation.message)), handoffs)
    return handoffs[max(range(len(handoffs)), key=lambda index: (scores[index], -index))]


def by_topic(situation: Situation, handoffs: Sequence[Handoff]) -> Choice | None:
    """The agent whose description the message is about, where it clearly is about one."""
    conversation = situation.conversation
    message = without_small_talk(conversation.message)
    terms = terms_of(message)
    candidates = [handoff for handoff in handoffs if _understands(handoff, situation.language)]
    if not terms or not candidates:
        return None
    scores = _scores(terms, candidates)
    best = max(
        range(len(candidates)), key=lambda index: (scores[index], _speciality(candidates[index]), -index)
    )
    is_reply = bool(conversation.earlier) and len(words(message)) <= _SHORT_MESSAGE
    least = _SURE if is_reply and not conversation.visited else THRESHOLD
    if scores[best] < least:
        return _by_meaning(situation, candidates) or _catch_all(situation, candidates)
    if _fits_here(situation, terms, candidates[best]):
        return None
    return Choice(candidates[best].tool, f"handoff:topic:{scores[best]:.2f}")


def _scores(terms: Sequence[Term], handoffs: Sequence[Handoff]) -> list[float]:
    profiles = [profile_of(_title(handoff), handoff.about) for handoff in handoffs]
    rarity = rarities(profiles)
    return [score(terms, profile, rarity) for profile in profiles]


def _title(handoff: Handoff) -> str:
    return f"{handoff.agent} {handoff.key.replace('_', ' ')}"


def _speciality(handoff: Handoff) -> float:
    return 1.0 / profile_of(_title(handoff), handoff.about).size


def _understands(handoff: Handoff, language: str | None) -> bool:
    spoken = _spoken(handoff)
    return not spoken or language is None or language in spoken


def _fits_here(situation: Situation, terms: Sequence[Term], rival: Handoff) -> bool:
    """Whether the agent that is asked is itself for this message, and no less so than `rival`.

    Both are scored alike, apart from the other desks: what several of them share tells these two apart no less.
    """
    conversation = situation.conversation
    own = profile_of(conversation.agent_name or "", without_routing(conversation.instructions))
    own_score = score(terms, own, {})
    if own_score < THRESHOLD:
        return False
    rival_score = score(terms, profile_of(_title(rival), rival.about), {})
    if not conversation.agent_name:
        return own_score > rival_score
    return (own_score, 1.0 / own.size) >= (rival_score, _speciality(rival))


def _by_meaning(situation: Situation, handoffs: Sequence[Handoff]) -> Choice | None:
    """What an embedding model says where no word tells; from the entry only, since it cannot say 'nobody'."""
    conversation = situation.conversation
    if conversation.visited or conversation.earlier or intents_of(conversation.message):
        return None
    found = nearest(
        conversation.message, tuple(f"{_title(handoff)}. {handoff.about}" for handoff in handoffs)
    )
    return None if found is None else Choice(handoffs[found].tool, "handoff:meaning")


def _catch_all(situation: Situation, handoffs: Sequence[Handoff]) -> Choice | None:
    """The desk for what no other desk takes; asked from the entry only."""
    if situation.conversation.visited or intents_of(situation.conversation.message):
        return None
    found = next((h for h in handoffs if _CATCH_ALL.search(fold(f"{_title(h)}. {h.about}"))), None)
    return Choice(found.tool, "handoff:catch-all") if found else None


def _bare(name: str) -> str:
    return " ".join(words(fold(name)))
