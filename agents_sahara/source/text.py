"""The text of a file, before it is YAML: bounded, UTF-8, and only characters that a text may have.

Knows files and characters; knows nothing of YAML.
"""

from __future__ import annotations

import os
import re
import stat
from bisect import bisect_right
from pathlib import Path
from typing import Final

from agents_sahara.diagnostics.finding import Place, Report

MOST_BYTES: Final = 8 * 1024 * 1024
"""Largest file that is read: a team of 10,000 agents has about 3 MB."""

BAD_CHARACTER: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""Controls, lone surrogates, non-characters, a byte order mark inside the text, and the line breaks (U+0085,
U+2028, U+2029) that YAML 1.1 counts as such and editors do not."""

BAD_ESCAPED: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What a text may not hold either when it is written as an escape."""

INDEX_BITS: Final = MOST_BYTES.bit_length()
"""Enough for any index of a text that is read."""
_INDEX: Final = (1 << INDEX_BITS) - 1

_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
_MOST_BAD_CHARACTERS: Final = 20
"""Listed one by one; a file with more of them is no text at all."""
_OTHER_ENCODINGS: Final = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def stretch(start: int, end: int, *, is_quoted: bool = False) -> int:
    """The characters from `start` to just before `end` as one number, with a mark for what stands in quotes."""
    return (start << INDEX_BITS | end) << 1 | is_quoted


def start_of(at: int) -> int:
    """The index at which a stretch starts."""
    return at >> INDEX_BITS + 1


def end_of(at: int) -> int:
    """The index just behind a stretch."""
    return at >> 1 & _INDEX


class Lines:
    """A text by its lines: tells where an index stands. The lines are looked for when they are first needed."""

    __slots__ = ("_begins", "_text", "file")

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        """What findings call the text."""
        self._text = text
        self._begins: list[int] | None = None

    def place(self, at: int) -> Place:
        """The place of a stretch."""
        start, end = start_of(at), end_of(at)
        line, column = self._of(start)
        return Place(self.file, line, column, *((line, column) if start == end else self._of(end)))

    def _of(self, index: int) -> tuple[int, int]:
        begins = self._begins
        if begins is None:
            begins = self._begins = [0, *(match.end() for match in _LINE_BREAK.finditer(self._text))]
        line = bisect_right(begins, index)
        return line, index - begins[line - 1] + 1


def read_source(path: Path, report: Report, *, name: str, most_bytes: int = MOST_BYTES) -> str | None:
    """The text of a file; None, and a finding in `report`, where it cannot be had.

    Opens only regular files, so a pipe or a device can neither hang nor flood the reader. `name` is what
    findings call the file.
    """
    try:
        data = _read(path, most_bytes)
    except IsADirectoryError:
        data = None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        message = f"the file cannot be read: {reason[:1].lower()}{reason[1:]}"
        report.add("unreadable-file", _start(name), message, mend="check the path and the permissions")
        return None
    if data is None:
        message = "this is not a regular file"
        report.add(
            "unreadable-file", _start(name), message, mend="name a YAML file, no folder, pipe or device"
        )
        return None
    return decode(data, name, report, most_bytes)


def clean(text: str | bytes, file: str, report: Report) -> str | None:
    """The text without a byte order mark, and with every bad character reported and replaced by U+FFFD.

    So the rest can be judged too. None where it is not UTF-8, too large, or no text at all.
    """
    decoded = decode(text, file, report) if isinstance(text, bytes) else text.removeprefix("\ufeff")
    if decoded is None or _is_too_large(len(decoded), file, report):
        return None
    if not BAD_CHARACTER.search(decoded):
        return decoded
    for count, match in enumerate(BAD_CHARACTER.finditer(decoded)):
        if count == _MOST_BAD_CHARACTERS:
            return None
        code = ord(match[0])
        place = place_at(decoded, match.start(), file)
        report.add("bad-character", place, f"the character U+{code:04X} {_reason(code)}", mend=_mend(code))
    return BAD_CHARACTER.sub("\ufffd", decoded)


def decode(data: bytes, file: str, report: Report, most_bytes: int = MOST_BYTES) -> str | None:
    """UTF-8 bytes as text without a byte order mark; None, and a finding, where they are not that."""
    if _is_too_large(len(data), file, report, most_bytes):
        return None
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").removeprefix("\ufeff")
        encoding = _OTHER_ENCODINGS.get(data[:2])
        what = (
            f"this looks like {encoding}" if encoding else f"the byte 0x{data[error.start]:02x} is not UTF-8"
        )
        report.add("not-utf8", place_at(before, len(before), file), what, mend="save the file as UTF-8")
        return None


def place_at(text: str, index: int, file: str) -> Place:
    """The place of the one character at `index`."""
    line, begin = 1, 0
    for match in _LINE_BREAK.finditer(text, 0, index):
        line, begin = line + 1, match.end()
    column = index - begin + 1
    return Place(file, line, column, line, column + 1)


def _is_too_large(size: int, file: str, report: Report, most_bytes: int = MOST_BYTES) -> bool:
    if size <= most_bytes:
        return False
    message = f"the file is larger than {most_bytes // 1024**2} MiB"
    report.add("too-large", _start(file), message, mend="split the team into several files with `include`")
    return True


def line_start(text: str, index: int) -> int:
    """Where the line of `index` starts."""
    return max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1


def _read(path: Path, most_bytes: int) -> bytes | None:
    """At most one byte more than the cap; None for what is not a regular file."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return stream.read(most_bytes + 1)


def _start(file: str) -> Place:
    return Place(file, 1, 1, 1, 1)


def _reason(code: int) -> str:
    if 0xD800 <= code <= 0xDFFF:
        return "is half of a surrogate pair"
    if code in (0x85, 0x2028, 0x2029):
        return "is a line break that most editors do not show as one"
    if code == 0xFEFF:
        return "is a byte order mark, which belongs at the very start of a file"
    return "is not allowed in a text file"


def _mend(code: int) -> str:
    if code in (0x2028, 0x2029):
        return f'delete it, or write "\\u{code:04x}" in double quotes'
    return "delete it"
