"""The message comes from the argument or from a pipe, and nothing waits for a person who is not there."""

from __future__ import annotations

import io
import pty
from pathlib import Path

import pytest

from agents_sahara.cli.message import MOST_BYTES, read_message
from agents_sahara.errors import UsageError


def _pipe(raw: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8")


def test_an_argument_is_the_message_and_leaves_the_pipe_alone() -> None:
    pipe = _pipe(b"unread")
    assert read_message(" Hola ", pipe) == " Hola "
    assert pipe.read() == "unread"


@pytest.mark.parametrize("argument", [None, "-"])
@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("¿Qué?\n".encode(), "¿Qué?"),
        (b"two\nlines\r\n", "two\nlines"),
        (b"no end", "no end"),
        (b"\xef\xbb\xbfwith a mark\n", "with a mark"),
        ("漢字 👩‍🚀".encode(), "漢字 👩‍🚀"),
    ],
)
def test_a_pipe_is_read_as_utf_8_without_its_last_line_end(
    argument: str | None, raw: bytes, message: str
) -> None:
    assert read_message(argument, _pipe(raw)) == message


@pytest.mark.parametrize(
    ("argument", "raw", "said"),
    [
        ("", b"", "the message is empty"),
        (" \t\n", b"", "the message is empty"),
        (None, b"", "the message is empty"),
        ("-", b" \n\n", "the message is empty"),
        (None, b"ok\nbad \xff", "the message is not UTF-8: byte 0xff on line 2"),
        (None, "¡hola!".encode("utf-16"), "the message is not UTF-8: byte 0xff on line 1"),
        ("a\udcffb", b"", "the message is not UTF-8 (character 2)"),
        (None, b"x" * (MOST_BYTES + 1), "the message is longer than 1024 KiB"),
        ("x" * (MOST_BYTES + 1), b"", "the message is longer than 1024 KiB"),
    ],
)
def test_what_is_no_message_is_refused(argument: str | None, raw: bytes, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_message(argument, _pipe(raw))
    assert (caught.value.message, caught.value.exit_code) == (said, 2)


def test_an_endless_pipe_is_read_only_so_far() -> None:
    with Path("/dev/zero").open(encoding="utf-8") as endless, pytest.raises(UsageError):
        read_message(None, endless)


@pytest.mark.parametrize("argument", [None, "-"])
def test_a_terminal_is_not_waited_for(argument: str | None) -> None:
    leader, follower = pty.openpty()
    with open(leader, "rb"), open(follower, encoding="utf-8") as terminal:  # noqa: PTH123  # they are descriptors
        with pytest.raises(UsageError) as caught:
            read_message(argument, terminal)
        assert caught.value.message == "no message"
        assert "in quotes" in caught.value.mend


def test_a_closed_standard_input_is_refused() -> None:
    with pytest.raises(UsageError, match="standard input is closed"):
        read_message(None, None)
