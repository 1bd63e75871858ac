"""What Ctrl-C does while a program starts: end the process at once.

Loads next to nothing, because it is needed before everything else.
"""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False  # `typing` takes longer to load than everything here
if TYPE_CHECKING:
    from collections.abc import Callable

_last_words: list[Callable[[], object]] = []
"""What Ctrl-C still does before the process ends."""


def hush(*last_words: Callable[[], object]) -> None:
    """Let Ctrl-C end the process at once, with 130, after these words.

    An exception in the middle of an import would leave half a module behind, and whoever needs it next would fail.
    Left alone is who ignores Ctrl-C or has a handler of their own, and a thread that has no say in it.
    """
    try:
        if signal.getsignal(signal.SIGINT) in (signal.default_int_handler, _leave):
            _last_words[:] = last_words
            signal.signal(signal.SIGINT, _leave)
    except ValueError:
        return


def first_say(word: Callable[[], object]) -> None:
    """Let Ctrl-C, where it ends the process at once, say this before all else."""
    if signal.getsignal(signal.SIGINT) is _leave:
        _last_words.insert(0, word)


def speak() -> None:
    """Let Ctrl-C be an exception again: from here on something has to be put away before the process may end."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _leave(*_: object) -> None:
    """A second Ctrl-C does not wait for the words."""
    words = _last_words[:]
    _last_words.clear()
    try:
        for word in words:
            word()
    finally:
        os._exit(130)
