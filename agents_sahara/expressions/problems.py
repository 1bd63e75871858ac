"""What can be wrong with an expression: how it is written, or what it is asked about.

Neither is shown to a user as it is: a finding, or the decision of whoever asked, takes its place.
"""

from __future__ import annotations


class ExpressionError(ValueError):
    """A text that is no expression."""

    def __init__(self, message: str, *, mend: str, start: int, end: int) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend
        self.start = start
        """Where the mistake begins in the text, counted from 0."""
        self.end = end
        """Just behind its last character."""


class UndecidedError(Exception):
    """An expression that these values make neither true nor false; the message says why, without the values."""
