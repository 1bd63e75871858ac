"""Tell why a command ended badly, and with which exit code: text on stderr, or JSON on stdout.

Only a door imports it, and only when something went wrong.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

from agents_sahara.cli.console import COLOR_CHOICES, Console, LostOutputError, send_nowhere
from agents_sahara.cli.exits import BUG, CLOSED_PIPE, INTERRUPTED, NO_ANSWER, USAGE
from agents_sahara.cli.machine import json_text
from agents_sahara.cli.parser import RefusedArgumentsError, Slip
from agents_sahara.cli.progress import tell_failed_tools, usage_line
from agents_sahara.cli.scrub import without_secrets
from agents_sahara.diagnostics.suggest import nearest
from agents_sahara.errors import GatewayError, SaharaError, SpecError
from agents_sahara.types import Json

_MOST_OFFERED = 3


def report(error: BaseException, program: str, argv: Sequence[str]) -> int:
    """Say what `error` means to the person or program that called, and return the exit code."""
    if isinstance(error, BrokenPipeError):
        _forget_stdout()
        return CLOSED_PIPE
    if isinstance(error, LostOutputError):
        _forget_stdout()
    failure = _failure(error)
    options = _options(argv)
    console = Console(sys.stdout, sys.stderr, color=_color(argv), quiet=bool({"-q", "--quiet"} & options))
    shape = "text" if isinstance(error, LostOutputError) else _shape(argv)
    try:
        if shape == "text":
            _tell(failure, error, console, program, verbose=bool({"-v", "--verbose"} & options))
        else:
            _tell_json(failure, console, lines=shape == "lines")
    except (BrokenPipeError, LostOutputError):
        _forget_stdout()
    return failure.exit_code


def _failure(error: BaseException) -> SaharaError:
    """What happened as one of our own errors."""
    if isinstance(error, SaharaError):
        return error
    if isinstance(error, RefusedArgumentsError):
        return _EndedError("usage", USAGE, error.message, mend=_way_to_call(error))
    if (
        isinstance(error, KeyboardInterrupt) or type(error).__name__ == "CancelledError"
    ):  # asyncio may be half loaded
        return _EndedError("interrupted", INTERRUPTED, "interrupted")
    if isinstance(error, LostOutputError):
        return _EndedError("lost_output", NO_ANSWER, str(error))
    return _EndedError(
        "bug",
        BUG,
        f"a bug in agents_sahara: {type(error).__name__} {_last_place(error.__traceback__)}",
        mend="please report it to the project with the command, the team file and what the command prints with -v",
    )


def _way_to_call(error: RefusedArgumentsError) -> str:
    """What was likely meant; words left over are most often a message without quotes."""
    see = f"see `{error.program} --help`"
    if error.slip is not None:
        meant = " or ".join(map(repr, _likely(error.slip)))
        return f"did you mean {meant}? {see}" if meant else see
    _, is_left_over, words = error.message.partition("unrecognized arguments: ")
    if is_left_over and not words.startswith("-"):
        return f"words that belong together need quotes around them; {see}"
    return see


def _likely(slip: Slip) -> list[str]:
    """The nearest legal word, or those that are begun."""
    near = nearest(slip.word, slip.legal)
    if near is not None or not slip.word.strip("-"):
        return [] if near is None else [near]
    return [word for word in slip.legal if word.startswith(slip.word)][:_MOST_OFFERED]


class _EndedError(SaharaError):
    """An end that only a command knows, in the shape of every other error."""

    def __init__(self, code: str, exit_code: int, message: str, *, mend: str = "") -> None:
        super().__init__(message, mend=mend)
        self._code = code
        self.exit_code = exit_code  # type: ignore[misc]  # the class has it for all, here each has its own

    def to_json(self) -> dict[str, Json]:
        return super().to_json() | {"code": self._code}


def _tell(
    failure: SaharaError, error: BaseException, console: Console, program: str, *, verbose: bool
) -> None:
    if isinstance(failure, SpecError) and failure.rendered:
        console.explain_own(_safe(failure.rendered))
        return
    if isinstance(error, RefusedArgumentsError):
        console.explain(error.usage)
    if failure.spent is not None and not console.out_is_terminal:  # there they were told as they happened
        tell_failed_tools(failure.spent.tool_calls, console)
    console.problem(_safe(f"{program}: {_headline(failure)}"))
    if failure.mend:
        console.explain(_safe(f"  mend: {failure.mend}"))
    if failure.spent is not None:
        console.note(usage_line(failure.spent))
    if verbose and failure.exit_code == BUG:
        console.explain(_safe("".join(traceback.format_exception(error))))


def _headline(failure: SaharaError) -> str:
    """Where, what kind, what: a place that the message names itself is not said twice."""
    where, tries = f"{failure.where}: " if failure.where else "", ""
    if isinstance(failure, GatewayError):
        where = "" if repr(failure.model) in failure.message else where
        told = f"(after {failure.attempts} attempts"
        tries = f" {told})" if failure.attempts > 1 and told not in failure.message else ""
    return f"{where}error[{failure.to_json()['code']}]: {failure.message}{tries}"


def _tell_json(failure: SaharaError, console: Console, *, lines: bool) -> None:
    body = failure.to_json()
    body |= {name: _safe_values(value) for name, value in body.items() if name != "code"}
    envelope: dict[str, Json] = (
        {"version": 1, "type": "run_failed", "error": body} if lines else {"error": body}
    )
    console.write_own(json_text(envelope, lines=lines))
    console.flush()


def _safe(text: str) -> str:
    return without_secrets(text, os.environ)


def _safe_values(value: Json) -> Json:
    """Names of fields stay: a program looks for them, and a secret may be spelled as one of them."""
    if isinstance(value, str):
        return _safe(value)
    if isinstance(value, Mapping):
        return {name: _safe_values(part) for name, part in value.items()}
    return [_safe_values(part) for part in value] if isinstance(value, Sequence) else value


def _last_place(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)
    return f"at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def _shape(argv: Sequence[str]) -> str:
    """How the caller reads: the flags are looked up here because the parser itself may have refused."""
    options = _options(argv)
    return "lines" if "--stream-json" in options else "object" if "--json" in options else "text"


def _options(argv: Sequence[str]) -> set[str]:
    """What stands before `--`."""
    return set(argv[: argv.index("--")] if "--" in argv else argv)


def _color(argv: Sequence[str]) -> str:
    said = " ".join(argv).replace("--color=", "--color ").rpartition("--color ")[2].split(" ")[0]
    return said if said in COLOR_CHOICES else "auto"


def _forget_stdout() -> None:
    """Nothing written there arrives any more."""
    if not send_nowhere(sys.stdout):
        sys.stdout = None  # as the interpreter itself does where fd 1 is closed
