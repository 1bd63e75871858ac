"""Regular expressions that are compiled when first used: all of them at once take longer than a start may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property


class Expression:
    """One regular expression; its methods are those of `re.Pattern`."""

    def __init__(self, source: str, flags: int = 0) -> None:
        self._source = source
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._source, self._flags)

    def search(self, text: str) -> re.Match[str] | None:
        """As `re.Pattern.search`."""
        return self._compiled.search(text)

    def match(self, text: str, start: int = 0) -> re.Match[str] | None:
        """As `re.Pattern.match`."""
        return self._compiled.match(text, start)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """As `re.Pattern.fullmatch`."""
        return self._compiled.fullmatch(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """As `re.Pattern.finditer`."""
        return self._compiled.finditer(text)

    def findall(self, text: str) -> list[str]:
        """As `re.Pattern.findall`, for at most one group."""
        return [match[match.lastindex or 0] for match in self._compiled.finditer(text)]

    def sub(self, replacement: str, text: str) -> str:
        """As `re.Pattern.sub`."""
        return self._compiled.sub(replacement, text)

    def split(self, text: str) -> list[str]:
        """The stretches between the matches, as `re.Pattern.split` without groups."""
        return self._compiled.split(text)
