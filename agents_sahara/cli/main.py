"""The doors of the two programs, `run-agent` and `agents-sahara`.

So small that it is loaded before a person can change their mind: from here on Ctrl-C ends the program with 130 and no
traceback, also while Python still loads the rest.
"""

from __future__ import annotations

import os

try:
    import signal
except KeyboardInterrupt:
    os._exit(130)

TYPE_CHECKING = False  # `typing` takes longer to load than everything here
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

_last_words: list[Callable[[], object]] = []
"""What Ctrl-C still does before the process ends."""


def run_agent(argv: Sequence[str] | None = None) -> int:
    """`run-agent TEAM [MESSAGE]`: run a team and return the exit code."""
    code: int = _program(argv).run_agent(argv)
    return code


def agents_sahara(argv: Sequence[str] | None = None) -> int:
    """`agents-sahara COMMAND ...`: run one command of the toolbox and return the exit code."""
    code: int = _program(argv).agents_sahara(argv)
    return code


def _program(argv: Sequence[str] | None) -> ModuleType:
    """What does the work; where it is a part of a greater program, Ctrl-C is that program's again behind it."""
    hush()
    try:
        from agents_sahara.cli import program
    finally:
        if argv is not None:
            speak()
    return program


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
