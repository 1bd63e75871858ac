"""What a text is about: its words, the topics that they stand for, and how well two texts go together.

A word that one desk alone uses counts fully, one that all desks use hardly: descriptions are compared with each
other, not with the language at large.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log

from agents_sahara.emulator.brain.expression import Expression
from agents_sahara.emulator.brain.identify import evidence
from agents_sahara.emulator.brain.languages.all_languages import LANGUAGES
from agents_sahara.emulator.brain.lexicon.all_topics import DOMAINS, TOPIC_WORDS
from agents_sahara.emulator.brain.lexicon.desk_words import DESK_WORDS
from agents_sahara.emulator.brain.speech import languages_named
from agents_sahara.emulator.brain.text import capped, clauses, fold, words
from agents_sahara.emulator.brain.vocabulary import Vocabulary

THRESHOLD = 0.5
"""The least score of a desk that fits: half a word that nobody else uses."""

MOST_WORDS = 400
_WORD, _TOPIC, _LOOKALIKE, _DOMAIN = 1.0, 0.95, 0.6, 0.55
_WEIGHTS = {"w": _WORD, "t": _TOPIC, "p": _LOOKALIKE, "d": _DOMAIN}
_MORE = 0.05
"""What the other matches of a word add to its best one."""
_LEAST_RARITY = {"w": 0.0, "t": 0.55, "p": 0.0, "d": 0.0}
"""What a feature that every desk has still counts: a topic says that any of them will do, a word says nothing."""
_LIKELY_WITHIN = 3.0
_LOOKALIKE_LENGTH = 6
_ENDINGS = Expression(r"(ings?|edly|ations?|ies|ers?|ed|es|en|em|os|as|is|s|e|a|o|i|y|n)$")
_PASSAGE = Expression(r"[.:;!?\n]+(?:\s+|$)")
"""Ends a stretch of a description that is in one language: the frame around it may be in another."""

_NOT_HERE = Expression(
    r"\b(?:not|never|no|except|without|excluding|nunca|excepto|salvo|sin|pas|jamais|sauf|hors|nicht"
    r"|kein\w*|ausser|"
    r"ohne|non|mai|tranne|senza|nao|exceto|sem|doesn't|don't)\b"
)
_HANDLED = Expression(r"\b(handled?|covered|here|dealt|atiende|traite|hier|gestisce|trata)\b")


def _domains_by_topic() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for domain, topics in DOMAINS.items():
        for topic in topics.split():
            found[topic] = (*found.get(topic, ()), domain)
    return found


_TOPIC_DOMAINS = _domains_by_topic()


@lru_cache(maxsize=16)
def _idle_words(code: str) -> frozenset[str]:
    """Words that say nothing of a topic in a text of this language; `war` does in English, not in German."""
    return frozenset(fold(f"{DESK_WORDS} {LANGUAGES[code].words}").split())


@lru_cache(maxsize=16)
def _vocabulary(code: str, *, is_of_pairs: bool) -> Vocabulary:
    """The topics of single words, or those of words that count together only."""
    return Vocabulary(
        {
            topic: " ".join(word for word in text.split() if ("_" in word) == is_of_pairs)
            for topic, text in TOPIC_WORDS[code].items()
        }
    )


def _likely_languages(text: str) -> tuple[str, ...]:
    """The languages that `text` may be in; English always, since its words travel."""
    scores = evidence(text)
    best = max(scores.values())
    return tuple(code for code, score in scores.items() if code == "en" or score >= best - _LIKELY_WITHIN)


def _stem(word: str) -> str:
    for _ in range(2):
        shorter = _ENDINGS.sub("", word)
        if len(shorter) < 4:
            break
        word = shorter
    return word


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a text and everything that it can be matched by, strongest first."""

    features: tuple[str, ...]


@lru_cache(maxsize=2048)
def terms_of(text: str) -> tuple[Term, ...]:
    """The telling words of `text`, each once."""
    codes = _likely_languages(text)
    found: dict[tuple[str, ...], None] = {}
    tokens = words(fold(capped(text)))[:MOST_WORDS]
    telling = [token for token in tokens if not _is_idle(token, codes)]
    pairs = {*pairwise(tokens), *pairwise(telling)}
    for token in [*telling, *(f"{first}_{second}" for first, second in sorted(pairs))]:
        if features := tuple(_features(token, codes)):
            found.setdefault(features)
    return tuple(Term(features) for features in found)


def _is_idle(token: str, codes: Sequence[str]) -> bool:
    return len(token) < 2 or any(token in _idle_words(code) for code in codes)


def _features(token: str, codes: Sequence[str]) -> Iterator[str]:
    is_pair = "_" in token
    labels = (_vocabulary(code, is_of_pairs=is_pair).labels(token) for code in codes)
    topics = sorted({topic for found in labels for topic in found})
    if not is_pair:
        yield f"w:{_stem(token)}"
        yield from (f"t:language-{code}" for code in sorted(languages_named(token)))
    yield from (f"t:{topic}" for topic in topics)
    if not is_pair and len(token) >= _LOOKALIKE_LENGTH:
        yield f"p:{token[:_LOOKALIKE_LENGTH]}"
    yield from sorted({f"d:{domain}" for topic in topics for domain in _TOPIC_DOMAINS.get(topic, ())})


@dataclass(frozen=True, slots=True)
class Profile:
    """What a desk is for."""

    features: frozenset[str]
    size: int
    """How many telling words say so: of two equal desks the shorter is the more special."""


@lru_cache(maxsize=2048)
def profile_of(name: str, about: str) -> Profile:
    """The profile of a desk called `name` and described by `about`."""
    title = [feature for term in terms_of(name) for feature in term.features]
    described = [
        feature
        for part in _PASSAGE.split(about)
        for term in terms_of(_without_denials(part))
        for feature in term.features
    ]
    own_domains = {f"d:{domains[0]}" for topic in _topics(title) if (domains := _TOPIC_DOMAINS.get(topic))}
    counts = Counter(
        domain for topic in _topics(title + described) for domain in _TOPIC_DOMAINS.get(topic, ())
    )
    wide = {f"d:{domain}" for domain, count in counts.items() if count > 1}
    if len(_topics(described)) == 1 and not title:
        wide |= {f"d:{domain}" for domain in list(counts)[:1]}
    exact = {feature for feature in title + described if not feature.startswith("d:")}
    return Profile(frozenset(exact | own_domains | wide), max(1, len(terms_of(about)) + len(terms_of(name))))


@lru_cache(maxsize=1024)
def is_topical(text: str) -> bool:
    """Whether `text` names a topic, other than a language."""
    return any(
        not topic.startswith("language-") for term in terms_of(text) for topic in _topics(term.features)
    )


def _topics(features: Sequence[str]) -> list[str]:
    return sorted({feature[2:] for feature in features if feature.startswith("t:")})


def _without_denials(about: str) -> str:
    """`about` without what it says the desk is not for."""
    kept: list[str] = []
    for clause in clauses(about):
        folded = fold(clause)
        denial = _NOT_HERE.search(folded)
        if denial is None:
            kept.append(clause)
        elif not _HANDLED.search(folded[denial.end() :]):
            kept.append(folded[: denial.start()])
    return " . ".join(kept)


def rarities(profiles: Sequence[Profile]) -> Mapping[str, float]:
    """How much each feature tells these desks apart: 1 where one desk has it."""
    counts = Counter(feature for profile in profiles for feature in profile.features)
    whole = log(len(profiles)) if len(profiles) > 1 else 1.0
    return {
        feature: 1.0 if count == 1 else max(_LEAST_RARITY[feature[0]], 1.0 - log(count) / whole)
        for feature, count in counts.items()
    }


def score(message: Sequence[Term], profile: Profile, rarity: Mapping[str, float]) -> float:
    """How well a desk fits a message: over its words, the best match of each and a little for every other one."""
    total = 0.0
    for term in message:
        found = [
            _WEIGHTS[feature[0]] * rarity.get(feature, 1.0)
            for feature in term.features
            if feature in profile.features
        ]
        if found:
            best = max(found)
            total += best + _MORE * (sum(found) - best)
    return total
