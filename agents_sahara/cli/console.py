"""Where a command writes: what was asked for on stdout, everything else on stderr.

Decides about colour and keeps foreign text harmless on terminals. Text to a pipe or a file stays as it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TextIO

from agents_sahara.cli.terminal import Sanitizer, clean, one_line

COLOR_CHOICES = ("auto", "always", "never")

_MOST_JUDGED = 10_000
"""Characters of a line that a person decides by."""

_RESET = "\x1b[0m"
_STYLES = {"dim": "\x1b[2m", "red": "\x1b[31m", "yellow": "\x1b[33m", "green": "\x1b[32m"}


def wants_color(stream: TextIO | None, choice: str, environ: Mapping[str, str]) -> bool:
    """Whether `stream` gets colour: the flag first, then NO_COLOR, FORCE_COLOR, TERM=dumb, then the stream's kind."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") not in ("", "0", "false"):
        return True
    return environ.get("TERM") != "dumb" and is_terminal(stream)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person sits behind this stream."""
    return stream is not None and not stream.closed and stream.isatty()


class LostOutputError(Exception):
    """What was asked for could not be written: stdout is closed or full."""


class Console:
    """The two output streams of one command."""

    def __init__(
        self,
        out: TextIO | None,
        err: TextIO | None,
        *,
        color: str = "auto",
        quiet: bool = False,
        verbose: bool = False,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._out = out
        self._err = err
        self._quiet = quiet
        self._verbose = verbose
        self._out_filter = Sanitizer()
        self.out_is_terminal = is_terminal(out)
        self.out_has_color = wants_color(out, color, environ)
        self.err_has_color = wants_color(err, color, environ)
        for stream in (out, err):
            _never_fail_on_a_character(stream)

    def write(self, text: str) -> None:
        """Put what the command was asked for on stdout; a terminal gets it cleaned, a pipe as it is.

        Raises:
            LostOutputError: stdout is closed or full.
            BrokenPipeError: the reader has gone.
        """
        self.write_own(self._out_filter.feed(text) if self.out_is_terminal else text)

    def write_own(self, text: str) -> None:
        """As `write`, for a text whose foreign parts are already harmless, so that its own colours stay.

        Raises:
            LostOutputError: stdout is closed or full.
            BrokenPipeError: the reader has gone.
        """
        if self._out is None or self._out.closed:
            raise LostOutputError("standard output is closed")
        with _telling_lost_output():
            self._out.write(text)

    def flush(self) -> None:
        """Show what was written so far.

        Raises:
            LostOutputError: stdout is full.
            BrokenPipeError: the reader has gone.
        """
        if self._out is not None and not self._out.closed:
            with _telling_lost_output():
                self._out.flush()

    def note(self, line: str) -> None:
        """One line about what happens, on stderr; `-q` silences it."""
        if not self._quiet:
            self._say(line, "dim")

    def label(self, line: str) -> None:
        """One line without which the answer would pass for what it is not, on stderr, whatever the flags say."""
        self._say(line, "dim")

    def detail(self, line: str) -> None:
        """One line for the curious, on stderr, only with `-v`."""
        if self._verbose:
            self.note(line)

    def warn(self, line: str) -> None:
        """One line about something doubtful, on stderr; `-q` silences it."""
        if not self._quiet:
            self._say(line, "yellow")

    def problem(self, line: str) -> None:
        """One line about what went wrong, on stderr, whatever the flags say."""
        self._say(line, "red")

    def notice(self, line: str) -> None:
        """A line that a question needs, also where it is to be quiet."""
        self._to_err(one_line(line, most=_MOST_JUDGED) + "\n")

    def ask(self, question: str) -> None:
        """The beginning of a line on stderr that a person ends, whatever the flags say."""
        self._to_err(one_line(question).rstrip() + " ")

    def explain(self, text: str) -> None:
        """Lines that belong to a problem, on stderr, uncoloured."""
        self._to_err(clean(text).rstrip("\n") + "\n")

    def explain_own(self, text: str) -> None:
        """As `explain`, for a text whose foreign parts are already harmless."""
        self._to_err(text.rstrip("\n") + "\n")

    def _say(self, line: str, style: str) -> None:
        text = one_line(line)
        self._to_err(f"{_STYLES[style]}{text}{_RESET}\n" if self.err_has_color else f"{text}\n")

    def _to_err(self, text: str) -> None:
        """A stderr that is gone must not end the command: the answer is on stdout."""
        if self._err is None:
            return
        try:
            if self.out_is_terminal:
                self.flush()
            self._err.write(text)
            self._err.flush()
        except (OSError, ValueError):
            send_nowhere(self._err)
            self._err = None


def send_nowhere(stream: TextIO | None) -> bool:
    """Let the interpreter's last flush of a closed or full stream go nowhere; it would exit with 120 otherwise."""
    try:
        descriptor = -1 if stream is None else stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
    except (OSError, ValueError):
        return False
    return True


@contextmanager
def _telling_lost_output() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise LostOutputError(f"standard output cannot be written: {error.strerror}") from error


def _never_fail_on_a_character(stream: TextIO | None) -> None:
    """A lone surrogate, or a character that an old locale lacks, is shown as an escape."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        with suppress(OSError):  # it flushes first; a full stdout is told by the next flush of ours
            reconfigure(errors="backslashreplace")
