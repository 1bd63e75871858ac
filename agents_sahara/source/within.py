"""Where a stretch of a scalar's text stands in its file.

Escapes and folded lines make a text differ from how it is written; then the whole scalar is the place.
"""

from __future__ import annotations

from collections.abc import Sequence

from agents_sahara.diagnostics.finding import Place


def stretch(lines: Sequence[str], place: Place, text: str, start: int, end: int) -> Place:
    """The place of `text[start:end]`, where `text` is the value of the scalar at `place`."""
    words = text[start:end]
    if not words.strip() or "\n" in words:
        return place
    before = _written_before(lines, place, text)
    if before is not None:
        column = place.column + before + start
        return Place(place.file, place.line, column, place.line, column + len(words))
    return find_words(lines, place, words, text.count(words, 0, start)) or place


def _written_before(lines: Sequence[str], place: Place, text: str) -> int | None:
    """Characters, such as a quote, in front of a text that is written as it is; None where it is not."""
    if place.line != place.end_line or place.line > len(lines):
        return None
    written = lines[place.line - 1][place.column - 1 : place.end_column - 1]
    if written == text:
        return 0
    return 1 if written[1:-1] == text else None


def find_words(lines: Sequence[str], place: Place, words: str, nth: int) -> Place | None:
    """Where `words` stand for the `nth` time (from 0) inside `place`; None where they are written otherwise."""
    for number in range(place.line, min(place.end_line, len(lines)) + 1):
        line, column = lines[number - 1], place.column - 1 if number == place.line else 0
        while (column := line.find(words, column)) >= 0:
            if not nth:
                return Place(place.file, number, column + 1, number, column + 1 + len(words))
            nth, column = nth - 1, column + len(words)
    return None
