"""Regular expressions under a time limit: whoever writes the text must not be able to stop the process.

Python's `re` cannot be stopped; `regex` (2026.11, checked 2026-11-28) reads the same patterns and takes a timeout.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import regex

MOST_TEXT: Final = 200_000
"""Characters that a pattern is asked about."""
TIMEOUT_S: Final = 0.25


class UndecidedPatternError(Exception):
    """A pattern that gave no answer about a text; the message says why."""


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> regex.Pattern[str]:
    import regex  # only teams with patterns need it, and a start is short

    return regex.compile(pattern)


def matches(pattern: str, text: str) -> bool:
    """Whether `pattern` matches anywhere in `text`.

    Raises:
        UndecidedPatternError: the text is too long, or the pattern takes too long with it.
    """
    if len(text) > MOST_TEXT:
        raise UndecidedPatternError(
            f"it has more than the {MOST_TEXT:,} characters that a pattern is asked about"
        )
    try:
        return _compiled(pattern).search(text, timeout=TIMEOUT_S) is not None
    except TimeoutError:
        raise UndecidedPatternError(f"the pattern gave no answer within {TIMEOUT_S} seconds") from None
