"""Which language a short text is written in: word lists, letters and trigrams, about 0.05 ms a message.

The trigrams are counted over the same word lists, so that an unknown word is judged by its looks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from functools import lru_cache
from math import log

from agents_sahara.emulator.brain.expression import Expression
from agents_sahara.emulator.brain.languages.all_languages import LANGUAGES
from agents_sahara.emulator.brain.languages.names import SCRIPTS
from agents_sahara.emulator.brain.lexicon.all_topics import TOPIC_WORDS
from agents_sahara.emulator.brain.semantic import ranked_language
from agents_sahara.emulator.brain.text import capped, fold, words

MOST_WORDS = 120
"""Words of a message that are weighed; more change nothing."""

_TOKEN = Expression(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_NOISE = Expression(r"https?://\S+|\S+@\S+|`[^`]*`")
_NAME_INSIDE = Expression(r"(?<=[^\W\d_] )[^\W\d_a-zß-öø-ÿ][a-zß-öø-ÿ]+")
"""A word in capitals behind another: often a name, whose letters say nothing of the sentence."""
_DRAWN_OUT = Expression(r"(.)\1{2,}")
_SCRIPTS = tuple((Expression(pattern), code) for pattern, code in SCRIPTS)
_LETTERS = {code: frozenset(language.letters) for code, language in LANGUAGES.items()}
_SPECIAL = frozenset().union(*_LETTERS.values())
_KNOWN_WORD = 2.6
_EVERYDAY_WORD = 2.0
_TOPIC_WORD = 1.4
_FOREIGN_LETTER = -3.0
_OWN_LETTER = 0.9
_TRIGRAM = 0.35
_LIKELY = 0.8
"""What a language gains by being one that the team offers."""
_LONG = 6
"""Words from which on a model, where one is installed, is better at this than word lists."""
_CLOSE = 0.25
"""Two languages nearer than this cannot be told apart."""
_FAR = 1.0
"""The same where no word is known, only the looks of words."""


@lru_cache(maxsize=1)
def _vocabulary() -> dict[str, dict[str, float]]:
    """Folded word -> weight by language; a word of many languages weighs little in each."""
    weights: dict[str, dict[str, float]] = {}
    for code, language in LANGUAGES.items():
        sources = ((language.words, _KNOWN_WORD), (language.everyday, _EVERYDAY_WORD))
        topics = " ".join(TOPIC_WORDS[code].values()).replace("*", "")
        for text, weight in (*sources, (topics, _TOPIC_WORD)):
            for word in fold(text).split():
                found = weights.setdefault(word.strip("'"), {})
                found[code] = max(found.get(code, 0.0), weight)
    return weights


@lru_cache(maxsize=1)
def _trigrams() -> dict[str, dict[str, float]]:
    """Trigram -> log likelihood by language, relative to the likeliest."""
    counts: dict[str, Counter[str]] = {code: Counter() for code in LANGUAGES}
    for word, weights in _vocabulary().items():
        for code in weights:
            counts[code].update(_grams(word))
    totals = {code: sum(counter.values()) for code, counter in counts.items()}
    grams = set().union(*counts.values())
    return {
        gram: {code: log((counts[code][gram] + 0.3) / totals[code]) for code in LANGUAGES} for gram in grams
    }


def _grams(word: str) -> list[str]:
    padded = f" {word} "
    return [padded[start : start + 3] for start in range(len(padded) - 2)]


def _by_looks(word: str) -> Mapping[str, float]:
    """How much more each language looks like `word` than the average of all does."""
    table = _trigrams()
    found = [table[gram] for gram in _grams(word) if gram in table]
    if not found:
        return {}
    sums = {code: sum(gram[code] for gram in found) * _TRIGRAM for code in LANGUAGES}
    mean = sum(sums.values()) / len(sums)
    return {code: max(-2.0, min(2.0, value - mean)) for code, value in sums.items()}


def _by_letters(text: str) -> dict[str, float]:
    special = _SPECIAL.intersection(text)
    return {
        code: sum(_OWN_LETTER if char in letters else _FOREIGN_LETTER for char in special)
        for code, letters in _LETTERS.items()
    }


@lru_cache(maxsize=512)
def _evidence(text: str) -> tuple[tuple[tuple[str, float], ...], bool]:
    """The score of each language, and whether any word was known."""
    is_known = False
    plain = _NOISE.sub(" ", capped(text))
    scores = _by_letters(_NAME_INSIDE.sub(" ", plain).lower())
    vocabulary = _vocabulary()
    for written in _TOKEN.findall(fold(plain))[:MOST_WORDS]:
        token = written if written in vocabulary else _DRAWN_OUT.sub(r"\1", written)
        weights = vocabulary.get(token)
        for part in [token] if weights or "'" not in token else token.split("'"):
            known = weights or vocabulary.get(part) or {}
            is_known = is_known or bool(known)
            share = 1.0 if len(known) < 3 else 2.0 / len(known)
            for code, weight in known.items():
                scores[code] += weight * share
            for code, weight in _by_looks(part).items():
                scores[code] += weight if not known else weight * 0.4
    return tuple(scores.items()), is_known


def evidence(text: str) -> dict[str, float]:
    """How strongly `text` speaks for each language; comparable within one text only."""
    return dict(_evidence(text)[0])


def language_of(text: str, likely: Collection[str] = ()) -> str | None:
    """The language of `text`, or None where nothing in it tells; `likely` ones win a close call."""
    for pattern, code in _SCRIPTS:
        if pattern.search(text[:400]):
            return code
    if len(words(text)) >= _LONG and (ranked := ranked_language(text, LANGUAGES)):
        return ranked
    found, is_known = _evidence(text)
    scores = {code: value + (_LIKELY if is_known and code in likely else 0.0) for code, value in found}
    second, best = sorted(scores.values())[-2:]
    return (
        None if best - second < (_CLOSE if is_known else _FAR) else max(scores, key=lambda code: scores[code])
    )
