"""Letters and words: folding, tokens, clauses. Linear in the text, and never more than `MOST_CHARS` of it."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from agents_sahara.emulator.brain.expression import Expression

MOST_CHARS = 4000
"""What is looked at of one text: half from its start, half from its end."""

_WORD = Expression(r"[^\W_]+")
_CLAUSE = Expression(r"[.;:,!?\n(){}\[\]¿¡]+|\s[-\u2013\u2014]\s")
_SENTENCE = Expression(r"[.;!?\n¿¡]+(?=\s|$|[¿¡])|\n|[¿¡]")
_TITLE_DOT = Expression(r"\b(Dr|Dra|Mr|Mrs|Ms|Prof|Sr|Sra|St|Mme|Hr|Fr|Sig|Dott)\.")
_APOSTROPHES = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u00b4": "'", "`": "'", "\u0131": "i", "\u0142": "l"}
)


def capped(text: str) -> str:
    """`text`, or its two ends where it is longer than `MOST_CHARS`."""
    if len(text) <= MOST_CHARS:
        return text
    half = MOST_CHARS // 2
    return f"{text[:half]} {text[-half:]}"


@lru_cache(maxsize=2048)
def fold(text: str) -> str:
    """Lower case without accents, so that 'Cómo', 'como' and 'CÓMO' are one word; straight apostrophes."""
    plain = text.translate(_APOSTROPHES)
    if not plain.isascii():
        parts = unicodedata.normalize("NFKD", plain.casefold())
        plain = "".join(char for char in parts if not unicodedata.combining(char))
    return plain.casefold()


def words(text: str) -> list[str]:
    """The words of `text` as written, in order; `_` parts words, so that tool names are read too."""
    return _WORD.findall(text)


def clauses(text: str) -> list[str]:
    """Stretches between punctuation marks, for rules that must not look across a comma."""
    return [part for part in _CLAUSE.split(_TITLE_DOT.sub(r"\1", text)) if part.strip()]


def sentences(text: str) -> list[str]:
    """Whole sentences; the dot of a title ends none."""
    return [part.strip() for part in _SENTENCE.split(_TITLE_DOT.sub(r"\1", text)) if part and part.strip()]
