"""The doors of the two programs, `run-agent` and `agents-sahara`.

So small that it is loaded before a person can change their mind: from here on Ctrl-C ends the program with 130 and no
traceback, also while Python still loads the rest.
"""

from __future__ import annotations

import os

try:
    from agents_sahara.cli.interrupt import hush, speak
except KeyboardInterrupt:
    os._exit(130)

TYPE_CHECKING = False  # `typing` takes longer to load than everything here
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType


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
