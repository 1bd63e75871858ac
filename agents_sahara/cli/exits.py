"""The exit codes of every command, each with its meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

DONE = 0
NO_ANSWER = 1
USAGE = 2
REFUSED = 3
NO_ACCESS = 4
LIMIT = 5
GUARDED = 6
BUG = 70
INTERRUPTED = 130
CLOSED_PIPE = 141
"""What a shell reports for a program that a closed pipe ended; nobody is left to read more."""

EXIT_CODES: Mapping[int, str] = {
    DONE: "done",
    NO_ANSWER: "the model calls ended without an answer",
    USAGE: "wrong arguments, or no message",
    REFUSED: "an error in the team file, an unreadable file, or something that was not allowed",
    NO_ACCESS: "no key or a bad one, host not reachable, or the catalog call failed",
    LIMIT: "a limit of the budget ended the run",
    GUARDED: "a guardrail or a refused approval ended the run",
    BUG: "a bug of ours",
    INTERRUPTED: "interrupted",
}


def exit_code_lines(codes: Iterable[int]) -> str:
    """The table for a help text, with only the codes that can happen there."""
    wanted = {DONE, USAGE, BUG, INTERRUPTED} | set(codes)
    return "\n".join(f"  {code:>3}  {meaning}" for code, meaning in EXIT_CODES.items() if code in wanted)
