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
    from collections.abc import Sequence
    from types import ModuleType


def run_agent(argv: Sequence[str] | None = None) -> int:
    """`run-agent TEAM [MESSAGE]`: run a team and return the exit code."""
    code: int = _program().run_agent(argv)
    return code


def agents_sahara(argv: Sequence[str] | None = None) -> int:
    """`agents-sahara COMMAND ...`: run one command of the toolbox and return the exit code."""
    code: int = _program().agents_sahara(argv)
    return code


def _program() -> ModuleType:
    """What does the work, loaded with Ctrl-C at ease."""
    is_hushed = hush()
    try:
        from agents_sahara.cli import program
    finally:
        if is_hushed:
            speak()
    return program


def hush() -> bool:
    """Let Ctrl-C end the process at once; whether that was not so before.

    Left alone is who ignores it or has a handler of their own, and a thread that has no say in it.
    """
    try:
        if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            return False
        signal.signal(signal.SIGINT, _leave)
    except ValueError:
        return False
    return True


def speak() -> None:
    """Let Ctrl-C be an exception again, as Python has it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _leave(*_: object) -> None:
    os._exit(130)
