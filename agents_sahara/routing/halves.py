"""Characters beyond the first 65,536, which JSON may hold as two halves, one in each of two parts of a stream.

A half without its other is no character: it can be neither shown nor sent on. Knows nothing of answers.
"""

from __future__ import annotations


class Halves:
    """Joins the halves of characters that were cut in two between parts."""

    def __init__(self) -> None:
        self._first = ""

    @property
    def is_open(self) -> bool:
        """Whether the first half of a character waits for the second."""
        return bool(self._first)

    def join(self, text: str) -> str:
        """The next part as whole characters; a first half at its end is kept for the part after it.

        Raises:
            UnicodeDecodeError: a half stands alone.
        """
        text, self._first = self._first + text, ""
        if "\ud800" <= text[-1:] <= "\udbff":
            text, self._first = text[:-1], text[-1]
        return text if can_be_sent(text) else joined(text)


def joined(text: str) -> str:
    """`text` with each two halves as one character.

    Raises:
        UnicodeDecodeError: a half stands alone.
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def can_be_sent(text: str) -> bool:
    """Whether there are no halves in `text`."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
