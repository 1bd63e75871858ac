"""Which languages a text names, and which language instructions tell an agent to speak."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from agents_sahara.emulator.brain.expression import Expression
from agents_sahara.emulator.brain.languages.all_languages import LANGUAGES
from agents_sahara.emulator.brain.languages.names import LANGUAGE_NAMES, OTHER_LANGUAGES, PLACES
from agents_sahara.emulator.brain.text import capped, clauses, fold, sentences, words
from agents_sahara.emulator.brain.vocabulary import Vocabulary

_NAMES = Vocabulary(LANGUAGE_NAMES)
_PLACES = Vocabulary(PLACES)
_OTHERS = Expression(OTHER_LANGUAGES)
_LOCALE = Expression(r"\b(en|es|fr|de|it|pt)[-_](?:[A-Z]{2}|419)\b")
_LABEL = Expression(
    r"^\s*(language|idioma|lengua|langue|sprache|lingua)\s*[:=]", re.IGNORECASE | re.MULTILINE
)
_NOT_BUT = Expression(
    r"\b(nothing but|anything but|other|otr[oa]s?|autres?|andere[nrs]?|altr[aeio]|nessun'altra"
    r"|outr[oa]s?|nada mas|"
    r"rien d'autre|nichts anderes|nient'altro|nada alem|nada mais|nothing else|no other|else)\b"
)
_YOU_ARE = Expression(
    r"\b(you are|you're|eres|usted es|tu es|vous etes|du bist|sie sind|sei|tu sei|voce e|es um|es uma"
    r"|tu es|agis|act as)\b"
)
_TEACHES = Expression(
    r"\b(teach|tutor|translat|lesson|learn|interpret|ensen|profesor|traduc|maestr|enseign|professeur"
    r"|tradui|lehr"
    r"|ubersetz|dolmetsch|insegn|traduz|traduttor|professor|cuisine|cocina|recipes?|cooking|chef"
    r"|culture|history|literature)"
)
_WISH = Expression(
    r"\b(i want|i'd like|i would like|i need|i prefer|can i|could i|may i|let me|please|could (you"
    r"|someone)|can (you|someone)"
    r"|quiero|quisiera|puedo|necesito|prefiero|je veux|voudrais|puis-je|prefere|mochte|kann ich|will"
    r"|lieber|vorrei|voglio"
    r"|posso|preferisco|quero|gostaria|prefiro|queria|por favor|s'il vous plait|bitte|per favore)\b"
)
_ABOUT = Expression(r"\b(about|sobre|a propos|uber|di|su)\b")


def _vocabulary(field: str) -> Vocabulary:
    merged = {field: " ".join(getattr(language.grammar, field) for language in LANGUAGES.values())}
    return Vocabulary(merged)


_SPEAK = _vocabulary("speak")
_ONLY = _vocabulary("only")
_NEGATION = _vocabulary("negation")
_HAND_OFF = _vocabulary("hand_off")
_CONDITION = _vocabulary("condition")
_PEOPLE = _vocabulary("other_people")


@lru_cache(maxsize=1024)
def languages_named(text: str) -> frozenset[str]:
    """Languages that `text` calls by name, in any of the six languages or their own."""
    found = {code for word in words(fold(text)) for code in _NAMES.labels(word)}
    return frozenset(found | set(_LOCALE.findall(text)))


@lru_cache(maxsize=1024)
def languages_of_places(text: str) -> frozenset[str]:
    """What is spoken at the places and in the families of languages that `text` names."""
    folded = fold(text).replace("latin america", "latam").replace("america latina", "latam")
    folded = (
        folded.replace("amerique latine", "latam")
        .replace("united states", "usa")
        .replace("united kingdom", "uk")
    )
    labels = [label for word in words(folded) for label in _PLACES.labels(word)]
    if "latam" in folded:
        labels = [label for label in labels if label != "en es pt"]
    return frozenset(code for label in labels for code in label.split())


@lru_cache(maxsize=1024)
def can_take(about: str) -> frozenset[str]:
    """The languages that the agent described by `about` speaks, not those that it teaches or must not speak."""
    found: set[str] = set()
    for clause in clauses(about):
        folded = fold(clause)
        tokens = words(folded)
        mentions = [index for index, token in enumerate(tokens) if _NAMES.labels(token)]
        if mentions and not _is_denied(tokens, folded, mentions[0]) and not _TEACHES.search(folded):
            found |= languages_named(clause)
    return frozenset(found | set(_LOCALE.findall(about)))


@lru_cache(maxsize=512)
def language_asked_for(message: str) -> str | None:
    """The language that the user asks to be served in: 'Can I talk to someone in German?'."""
    for clause in clauses(capped(message)):
        folded = fold(clause)
        named = languages_named(clause)
        if len(named) == 1 and _WISH.search(folded) and _SPEAK.first(words(folded)) is not None:
            return None if _ABOUT.search(folded) or _TEACHES.search(folded) else next(iter(named))
    return None


@lru_cache(maxsize=256)
def without_routing(instructions: str) -> str:
    """`instructions` without the sentences that say whom to pass what on to: what is left is the agent's own job."""
    own = [part for part in sentences(capped(instructions)) if _HAND_OFF.first(words(fold(part))) is None]
    return ". ".join(own)


def takes_other_languages(text: str) -> bool:
    """Whether `text` describes someone for the languages that nobody else speaks."""
    return bool(_OTHERS.search(fold(text)))


@lru_cache(maxsize=256)
def spoken_by_instructions(instructions: str) -> tuple[str, ...]:
    """The languages that an agent is told to speak, in the order told; nothing where it may speak any."""
    found: dict[str, None] = {}
    for clause in clauses(_LABEL.sub(r"\n\1 ", capped(instructions))):
        for code in _spoken_in_clause(words(fold(clause)), fold(clause)):
            found.setdefault(code)
    return tuple(found)


def _spoken_in_clause(tokens: list[str], clause: str) -> Iterable[str]:
    mentions = [(index, code) for index, token in enumerate(tokens) for code in _NAMES.labels(token)]
    if not mentions or _HAND_OFF.first(tokens) is not None or _is_condition(tokens):
        return ()
    first = mentions[0][0]
    if _is_denied(tokens, clause, first):
        return ()
    verb = _SPEAK.first(tokens)
    is_told = verb is not None and not _is_about_others(tokens, verb)
    is_short = len(tokens) <= 4 and (_ONLY.first(tokens) is not None)
    is_role = bool(_YOU_ARE.search(clause)) and not _TEACHES.search(clause) and len(mentions) == 1
    return [code for _, code in mentions] if is_told or is_short or is_role else ()


def _is_condition(tokens: list[str]) -> bool:
    """'If the user writes in French' says when, not what; but 'When answering, speak French' does."""
    opener = _CONDITION.first(tokens[:2])
    return opener is not None and (_PEOPLE.first(tokens) is not None or _SPEAK.first(tokens) is None)


def _is_denied(tokens: list[str], clause: str, mention: int) -> bool:
    return _NEGATION.first(tokens[:mention]) is not None and not _NOT_BUT.search(clause)


def _is_about_others(tokens: list[str], verb: int) -> bool:
    """'customers who speak Spanish': the word before the verb is somebody else."""
    return verb > 0 and _PEOPLE.first(tokens[verb - 1 : verb]) is not None
