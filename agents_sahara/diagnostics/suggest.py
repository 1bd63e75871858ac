"""The nearest legal word to one that is not legal.

Edits are those of Damerau and Levenshtein: insert, delete or substitute a character, or swap two neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

_MOST_LISTED: Final = 12
_MOST_OFFERED: Final = 3
_MOST_MEASURED: Final = 300
"""Beyond one edit each candidate has to be measured; with more of them than this only one edit is looked for."""


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The one candidate that was most likely meant, or None where there is none or no telling which.

    The only candidate within one edit always wins, then one that differs in case alone, then the single nearest
    within a third of the word's length.
    """
    near = _nearest(word, tuple(candidates))
    return near[0] if len(near) == 1 else None


def did_you_mean(word: str, candidates: Iterable[str], *, what: str) -> str:
    """How to mend `word`: what was likely meant, and what there is. `what` is a plural such as "agents"."""
    names = tuple(dict.fromkeys(candidates))
    if not names:
        return f"no {what} are defined"
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    known = f"Defined {what}: {', '.join(names[:_MOST_LISTED])}{more}"
    near = _nearest(word, names)[:_MOST_OFFERED]
    return f"did you mean {' or '.join(map(repr, near))}? {known}" if near else known


def edits(one: str, other: str, *, most: int) -> int:
    """Edits from one word to the other, no character edited twice; `most + 1` where it takes more than `most`."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    above: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        further, above, row = above, row, [i]
        for j, right in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, further[j - 2] + 1)
            row.append(cost)
        if min(row) > most and min(above) > most:
            return most + 1
    return min(row[-1], most + 1)


def _nearest(word: str, names: tuple[str, ...]) -> list[str]:
    """Every candidate that is as near as the nearest."""
    near = _one_edit(word, names)
    if len(near) == 1:
        return near
    folded = word.casefold()
    same = [name for name in dict.fromkeys(names) if name != word and name.casefold() == folded]
    return same or near or _within_a_third(folded, names)


def _one_edit(word: str, names: tuple[str, ...]) -> list[str]:
    index = _by_shortened(names)
    found = {name: None for short in _shortened(word) for name in index.get(short, ())}
    return [name for name in found if edits(word, name, most=1) == 1]


@lru_cache(maxsize=8)
def _by_shortened(names: tuple[str, ...]) -> Mapping[str, list[str]]:
    """Candidates by themselves and by each form with one character less.

    Two words one edit apart share such a form, so thousands of wrong words among thousands of names stay quick.
    """
    index: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        for short in _shortened(name):
            index.setdefault(short, []).append(name)
    return index


def _shortened(word: str) -> set[str]:
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


def _within_a_third(folded: str, names: tuple[str, ...]) -> list[str]:
    most, best = len(folded) // 3, []
    if len(names) > _MOST_MEASURED:
        return []
    for name in dict.fromkeys(names):
        distance = edits(folded, name.casefold(), most=most)
        if distance < most:
            most, best = distance, [name]
        elif distance == most:
            best.append(name)
    return best if most else []
