"""Make foreign text harmless for a terminal: model output, names, gateway messages.

What a terminal would obey (control characters, escape sequences) or hide (bidi controls, tag characters, invisible
characters) is dropped; text that goes to a pipe never passes here. Control functions: ECMA-48 section 5 and 8.3;
invisible characters: Unicode 17 "Default_Ignorable_Code_Point" and "Bidi_Control" (both checked 2026-11-22).
"""

from __future__ import annotations

import re
from collections.abc import Callable

SUSPECT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
"""Every character that does not simply show itself; text without one passes untouched."""

_JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f")
"""Invisible, but emoji, Persian and the scripts of India need them: kept behind a visible character."""

_STRING_OPENERS = frozenset("]PX^_")
_C1_STRING_OPENERS = frozenset("\x90\x98\x9d\x9e\x9f")
_CANCEL = frozenset("\x18\x1a")

_MOST_JOINERS = 2
_MOST_CSI = 64
_MOST_STRING = 4096
"""A sequence that never ends may not swallow the rest of an answer."""


class Sanitizer:
    """Cleans a text that comes in pieces; a sequence may be cut anywhere between two of them."""

    def __init__(self) -> None:
        self._read: Callable[[str], str] = self._text
        self._swallowed = 0
        self._joiners = _MOST_JOINERS

    def feed(self, chunk: str) -> str:
        """The part of `chunk` that may be shown; newline and tab are kept."""
        if self._read == self._text and not SUSPECT.search(chunk):
            if chunk:
                self._joiners = _MOST_JOINERS if chunk[-1].isspace() else 0
            return chunk
        return "".join(map(self._step, chunk))

    def _step(self, char: str) -> str:
        return self._read(char)

    def _text(self, char: str) -> str:
        if char == "\x1b":
            return self._enter(self._escape)
        if char == "\x9b":
            return self._enter(self._csi)
        if char in _C1_STRING_OPENERS:
            return self._enter(self._string)
        return self._visible(char)

    def _visible(self, char: str) -> str:
        if char in _JOINERS:
            self._joiners += 1
            return char if self._joiners <= _MOST_JOINERS else ""
        if char in "\u2028\u2029":
            char = "\n"
        if "\ud800" <= char <= "\udfff":
            char = "\ufffd"
        if SUSPECT.match(char):
            return ""
        self._joiners = _MOST_JOINERS if char.isspace() else 0
        return char

    def _escape(self, char: str) -> str:
        if char == "[":
            return self._enter(self._csi)
        if char in _STRING_OPENERS:
            return self._enter(self._string)
        if char == "\x1b" or " " <= char <= "/":
            return ""
        return self._leave() if "0" <= char <= "~" else self._leave(char)

    def _csi(self, char: str) -> str:
        self._swallowed += 1
        if " " <= char <= "?" and self._swallowed <= _MOST_CSI:
            return ""
        return self._leave() if "@" <= char <= "~" else self._leave(char)

    def _string(self, char: str) -> str:
        self._swallowed += 1
        if char in "\x07\x9c" or char in _CANCEL:
            return self._leave()
        if char == "\x1b":
            return self._enter(self._escape)
        if char == "\n" or self._swallowed > _MOST_STRING:
            return self._leave(char)
        return ""

    def _enter(self, state: Callable[[str], str]) -> str:
        self._read = state
        self._swallowed = 0
        return ""

    def _leave(self, char: str = "") -> str:
        self._read = self._text
        return self._text(char) if char else ""


def clean(text: str) -> str:
    """A whole text as it may be shown on a terminal."""
    return Sanitizer().feed(text)


def one_line(text: str, *, most: int = 500) -> str:
    r"""A text as part of one line: newlines become a visible `\n`, and what is longer than `most` is cut."""
    line = clean(text).replace("\n", "\\n").replace("\t", " ")
    return line if len(line) <= most else line[: most - 1] + "…"
