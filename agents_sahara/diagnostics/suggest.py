"""The nearest legal word to one that is not legal.

Edits are those of Damerau and Levenshtein: insert, delete or substitute a character, or swap two neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable

_MOST_LISTED = 12
_MOST_COMPARED = 5_000
"""Candidates that a word is measured against beyond one edit."""


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was most likely meant, or None.

    One that differs only in case, or the only one within one edit, always wins; else the single nearest within
    a third of the word's length.
    """
    names = list(dict.fromkeys(candidates))
    folded = word.casefold()
    same = [name for name in names if name.casefold() == folded]
    if same:
        return same[0] if len(same) == 1 else None
    near = [name for name in names if edits(word, name, most=1) == 1]
    if near:
        return near[0] if len(near) == 1 else None
    return _best(folded, names[:_MOST_COMPARED], most=len(word) // 3)


def edits(one: str, other: str, *, most: int) -> int:
    """Edits between two words, each character taking part in one at most; `most + 1` where it takes more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        before, row, above = row, [i], before
        for j, right in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def did_you_mean(word: str, candidates: Iterable[str], *, what: str) -> str:
    """How to mend `word`: the nearest candidate, and what there is. `what` is a plural such as "agents"."""
    names = list(dict.fromkeys(candidates))
    if not names:
        return f"no {what} are defined"
    near = nearest(word, names)
    listed = ", ".join(names[:_MOST_LISTED])
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    known = f"Defined {what}: {listed}{more}"
    return known if near is None else f"did you mean {near!r}? {known}"


def _best(word: str, names: list[str], *, most: int) -> str | None:
    best: list[str] = []
    for name in names:
        distance = edits(word, name.casefold(), most=most)
        if distance < most or (distance == most and most):
            if distance < most:
                best, most = [name], distance
            else:
                best.append(name)
    return best[0] if len(best) == 1 else None
