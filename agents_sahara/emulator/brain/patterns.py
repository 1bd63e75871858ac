"""An example of a text that a regular expression matches, for the expressions that schemas commonly hold.

Builds from literals, sets, groups, alternatives and repeats, and checks the result with `re`; look-arounds and
back references are beyond it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from agents_sahara.emulator.brain.expression import Expression

_LONGEST = 400


_ALPHABET = "aA0-_ .@/:#x1bB2"


@lru_cache(maxsize=256)
def example_of(pattern: str, least: int = 0) -> str | None:
    """A text of at least `least` characters that `pattern` matches; None where none was found."""
    if len(pattern) > _LONGEST:
        return None
    try:
        compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return None
    for more in (0, least):
        text = _Example(more).of(_split_alternatives(pattern)[0])
        if text is not None and len(text) >= least and compiled.search(text):
            return text
    return None


_ATOM = Expression(
    r"(?P<anchor>\^|\$|\\[bBAZ])|(?P<group>\((?:\?:|\?P?<\w+>)?)|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<escape>\\.)|(?P<plain>[^\\])"
)
_REPEAT = Expression(r"\{(\d+)(?:,(\d*))?\}\??|([*+?])\??")


class _Example:
    """Builds the shortest example, with the first open-ended repeat stretched by `more`."""

    __slots__ = ("_more",)

    def __init__(self, more: int) -> None:
        self._more = more

    def of(self, pattern: str) -> str | None:
        parts: list[str] = []
        index = 0
        while index < len(pattern):
            atom = _ATOM.match(pattern, index)
            if atom is None:
                return None
            piece, index = self._piece(pattern, atom)
            if piece is None:
                return None
            repeat = _REPEAT.match(pattern, index)
            if repeat:
                index = repeat.end()
                piece = piece * self._times(repeat)
            parts.append(piece)
        return "".join(parts)

    def _piece(self, pattern: str, atom: re.Match[str]) -> tuple[str | None, int]:
        if atom["anchor"]:
            return "", atom.end()
        if atom["group"]:
            end = _closing(pattern, atom.end())
            inner = pattern[atom.end() : end]
            return (None if inner.startswith("?") else self.of(_split_alternatives(inner)[0])), end + 1
        if atom["set"] or atom["escape"]:
            return _member(atom[0]), atom.end()
        return ("a" if atom[0] == "." else atom[0]), atom.end()

    def _times(self, repeat: re.Match[str]) -> int:
        if repeat[1]:
            least = min(int(repeat[1]), _LONGEST)
            most = int(repeat[2]) if repeat[2] else (least if repeat[2] is None else _LONGEST)
            times = max(least, min(most, self._more))
        else:
            times = {"*": self._more, "+": max(1, self._more), "?": 0}[repeat[3]]
        self._more = 0
        return min(times, _LONGEST)


def _member(atom: str) -> str | None:
    try:
        single = re.compile(atom)
    except re.error:
        return None
    return next((char for char in _ALPHABET if single.fullmatch(char)), None) or _any_member(single)


def _any_member(single: re.Pattern[str]) -> str | None:
    return next((chr(code) for code in range(32, 1200) if single.fullmatch(chr(code))), None)


def _closing(pattern: str, start: int) -> int:
    """Where the group that opened before `start` ends."""
    depth, index = 1, start
    while index < len(pattern):
        char = pattern[index]
        if char == "\\":
            index += 1
        elif char == "[":
            end = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]").match(pattern, index)
            index = end.end() - 1 if end else index
        elif char in "()":
            depth += 1 if char == "(" else -1
            if depth == 0:
                return index
        index += 1
    return len(pattern)


def _split_alternatives(pattern: str) -> list[str]:
    """The alternatives at the top of `pattern`."""
    parts: list[str] = []
    start = index = 0
    while index < len(pattern):
        char = pattern[index]
        if char == "\\":
            index += 1
        elif char == "(":
            index = _closing(pattern, index + 1)
        elif char == "[":
            end = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]").match(pattern, index)
            index = end.end() - 1 if end else index
        elif char == "|":
            parts.append(pattern[start:index])
            start = index + 1
        index += 1
    return [*parts, pattern[start:]]
