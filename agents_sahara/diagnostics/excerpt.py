"""The line of a file that a finding points to, with a caret below, safe to show on any terminal.

Characters that a terminal would obey or hide are written as escapes. Widths: Unicode Standard Annex 11
(https://www.unicode.org/reports/tr11/, checked 2026-11-22).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

from agents_sahara.diagnostics.finding import Place

_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
_TAB: Final = "    "
_BEFORE: Final = 60
"""Characters of a long line that are shown before the caret."""
_MOST_WIDTH: Final = 100
_IDEOGRAPHIC_SPACE: Final = "\u3000"


class Excerpt(NamedTuple):
    """A line as it is shown, and the carets for the line below it."""

    line: str
    carets: str


def visible(text: str) -> str:
    """The text with everything that does not simply show itself as an escape such as `\\x1b`; one line."""
    return text if text.isprintable() else "".join(map(_shown, text))


def split_lines(text: str) -> list[str]:
    """The lines of a file as places count them."""
    return _LINE_BREAK.split(text.removeprefix("\ufeff"))


def excerpt(lines: list[str], place: Place) -> Excerpt | None:
    """The first line of `place`; None where the file has nothing to show there. Long lines are cut."""
    if not 1 <= place.line <= len(lines) or not lines[place.line - 1].strip():
        return None
    line = lines[place.line - 1]
    start = place.column - 1
    end = place.end_column - 1 if place.end_line == place.line else len(line.rstrip())
    first = 0 if len(line) <= _MOST_WIDTH else max(0, start - _BEFORE)
    shown, offsets = _fit(line[first:], start - first)
    lead = "…" if first else ""
    tail = "…" if first + len(offsets) - 1 < len(line) else ""
    left = offsets[min(start - first, len(offsets) - 1)]
    right = offsets[min(max(end - first, 0), len(offsets) - 1)]
    carets = " " * (len(lead) + left) + "^" * max(1, right - left)
    return Excerpt(f"{lead}{shown}{tail}".rstrip(), carets)


def _fit(line: str, caret: int) -> tuple[str, list[int]]:
    """As much of a line as fits, at least up to the caret, and the display column at which each character starts."""
    pieces: list[str] = []
    offsets = [0]
    for index, char in enumerate(line):
        piece = _TAB if char == "\t" else _shown(char)
        after = offsets[-1] + _width(piece)
        if after > _MOST_WIDTH and index > caret:
            break
        pieces.append(piece)
        offsets.append(after)
    return "".join(pieces), offsets


def _shown(char: str) -> str:
    if char.isprintable() or char == _IDEOGRAPHIC_SPACE:
        return char
    return char.encode("unicode_escape").decode("ascii")


def _width(piece: str) -> int:
    if piece.isascii():
        return len(piece)
    if unicodedata.category(piece) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(piece) in "WF" else 1
