"""Colour only where it is wanted; what was asked for on stdout, all else on stderr."""

from __future__ import annotations

import io

import pytest

from agents_sahara.cli.console import Console, LostOutputError, wants_color


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "environ", "on_terminal", "on_pipe"),
    [
        ("auto", {}, True, False),
        ("auto", {"TERM": "dumb"}, False, False),
        ("auto", {"NO_COLOR": "1"}, False, False),
        ("auto", {"NO_COLOR": ""}, True, False),
        ("auto", {"FORCE_COLOR": "1"}, True, True),
        ("auto", {"FORCE_COLOR": "0"}, True, False),
        ("auto", {"FORCE_COLOR": "1", "TERM": "dumb"}, True, True),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ("always", {"NO_COLOR": "1", "TERM": "dumb"}, True, True),
        ("never", {"FORCE_COLOR": "1"}, False, False),
    ],
)
def test_the_flag_beats_the_environment_and_the_environment_beats_the_terminal(
    choice: str, environ: dict[str, str], on_terminal: bool, on_pipe: bool
) -> None:
    assert wants_color(_Terminal(), choice, environ) is on_terminal
    assert wants_color(io.StringIO(), choice, environ) is on_pipe


def _console(out: io.StringIO, *, quiet: bool = False, verbose: bool = False) -> tuple[Console, io.StringIO]:
    err = io.StringIO()
    return Console(out, err, quiet=quiet, verbose=verbose, environ={}), err


def test_a_pipe_gets_text_as_it_is_and_a_terminal_gets_it_cleaned() -> None:
    text = "a\x1b]52;c;AAAA\x07b\u202ec\r\n"
    pipe, terminal = io.StringIO(newline=""), _Terminal(newline="")
    _console(pipe)[0].write(text)
    _console(terminal)[0].write(text)
    assert pipe.getvalue() == text
    assert terminal.getvalue() == "abc\n"


def test_a_sequence_that_two_writes_share_is_cleaned_on_a_terminal() -> None:
    terminal = _Terminal()
    console, _ = _console(terminal)
    for piece in ("a\x1b", "]52;c;", "AAAA", "\x07b"):
        console.write(piece)
    assert terminal.getvalue() == "ab"


def test_quiet_leaves_only_problems_and_verbose_adds_details() -> None:
    def lines(console: Console) -> None:
        console.note("note")
        console.detail("detail")
        console.warn("warn")
        console.problem("problem")

    plain, plain_err = _console(io.StringIO())
    quiet, quiet_err = _console(io.StringIO(), quiet=True)
    verbose, verbose_err = _console(io.StringIO(), verbose=True)
    for console in (plain, quiet, verbose):
        lines(console)
    assert plain_err.getvalue() == "note\nwarn\nproblem\n"
    assert quiet_err.getvalue() == "problem\n"
    assert verbose_err.getvalue() == "note\ndetail\nwarn\nproblem\n"


def test_a_note_is_one_line_whatever_is_in_it() -> None:
    console, err = _console(io.StringIO())
    console.note("gateway said: ok\r\n2026-11-22 ERROR forged\x1b[2J\u2028more")
    assert err.getvalue() == "gateway said: ok\\n2026-11-22 ERROR forged\\nmore\n"


def test_a_closed_stdout_is_told_and_never_passes_for_success() -> None:
    with pytest.raises(LostOutputError):
        Console(None, io.StringIO(), environ={}).write("answer")


def test_a_lost_stderr_ends_nothing() -> None:
    closed = io.StringIO()
    closed.close()
    for err in (None, closed):
        console = Console(io.StringIO(), err, environ={})
        console.note("unheard")
        console.problem("unheard")


def test_a_character_that_the_locale_lacks_is_shown_as_an_escape() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="latin-1", newline="")
    console = Console(out, None, environ={})
    console.write("¡Hola! 日 \ud800")
    console.flush()
    assert raw.getvalue() == "¡Hola! \\u65e5 \\ud800".encode("latin-1")
