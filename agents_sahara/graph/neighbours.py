"""Names that are one edit away from a word, found without comparing the word with each of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from agents_sahara.diagnostics.suggest import edits


class Neighbours:
    """An index of names, made when it is first asked.

    Two words one edit apart become equal when at most one character is taken out of each, so names are found
    by what is left of them.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self._by_rest: dict[str, list[str]] | None = None

    def of(self, word: str) -> list[str]:
        """The names one edit away from `word`."""
        if not self._names:
            return []
        if self._by_rest is None:
            self._by_rest = {}
            for name in self._names:
                for rest in _rests(name):
                    self._by_rest.setdefault(rest, []).append(name)
        found = {name for rest in _rests(word) for name in self._by_rest.get(rest, ())}
        return sorted(name for name in found if edits(word, name, most=1) == 1)


def _rests(word: str) -> Iterator[str]:
    """The word, and the word without each of its characters."""
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
