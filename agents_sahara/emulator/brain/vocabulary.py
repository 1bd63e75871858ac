"""Look up what words stand for: whole words and stems, under labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents_sahara.emulator.brain.text import fold

_SHORTEST_STEM = 3


class Vocabulary:
    """Words by label, as the data modules write them: separated by spaces, `*` ends a stem."""

    __slots__ = ("_stems", "_whole")

    def __init__(self, by_label: Mapping[str, str]) -> None:
        self._whole: dict[str, tuple[str, ...]] = {}
        self._stems: dict[str, tuple[str, ...]] = {}
        for label, text in by_label.items():
            for word in fold(text).split():
                table = self._stems if word.endswith("*") else self._whole
                plain = word.rstrip("*")
                table[plain] = (*table.get(plain, ()), label)

    def labels(self, word: str) -> tuple[str, ...]:
        """What the folded `word` stands for, as a whole and by its longest stem."""
        found = self._whole.get(word, ())
        for length in range(len(word), _SHORTEST_STEM - 1, -1):
            if labels := self._stems.get(word[:length]):
                return found + labels
        return found

    def first(self, tokens: Sequence[str]) -> int | None:
        """The index of the first of `tokens` that is in the vocabulary."""
        return next((index for index, token in enumerate(tokens) if self.labels(token)), None)
