"""The user's message: from the argument, or from piped standard input.

Never waits where nobody can type: a terminal on standard input is refused with advice.
"""

from __future__ import annotations

from typing import TextIO

from agents_sahara.errors import UsageError

MOST_BYTES = 1024 * 1024
"""More than any context window of 2026 takes; a pipe that never ends must not fill the memory."""

_ADVICE = 'write it behind the team file, in quotes: "Hello"; or pipe it in: echo "Hello" | ...'


def read_message(argument: str | None, stdin: TextIO | None) -> str:
    """The message; `argument` None or `-` reads `stdin`, without its last line ends.

    Raises:
        UsageError: there is none, it is empty, too long or not UTF-8.
    """
    message = _piped(stdin) if argument in (None, "-") else argument
    assert message is not None
    if not message.strip():
        raise UsageError("the message is empty", mend=_ADVICE)
    try:
        size = len(message.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise UsageError(
            f"the message is not UTF-8 (character {error.start + 1})", mend="give it as UTF-8 text"
        ) from None
    if size > MOST_BYTES:
        raise _too_long()
    return message


def _piped(stdin: TextIO | None) -> str:
    if stdin is None or stdin.closed:
        raise UsageError("no message, and standard input is closed", mend=_ADVICE)
    if stdin.isatty():
        raise UsageError("no message", mend=_ADVICE)
    raw = stdin.buffer.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise _too_long()
    try:
        return raw.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UsageError(
            f"the message is not UTF-8: byte 0x{raw[error.start]:02x} on line {line}",
            mend="convert it first, for example with `iconv -t UTF-8`",
            where="standard input",
        ) from None


def _too_long() -> UsageError:
    return UsageError(
        f"the message is longer than {MOST_BYTES // 1024} KiB", mend="shorten it, or send it in parts"
    )
