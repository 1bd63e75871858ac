"""What a server says on stderr: into the log and nowhere else, bounded; the last lines explain an end."""

from __future__ import annotations

import logging
import re
import time
from collections import deque
from collections.abc import Callable

_LOGGER = logging.getLogger("agents_sahara.mcp")
_LOGGER.addHandler(logging.NullHandler())

_KEPT_LINES = 5
_MOST_LINE = 300
_MOST_LOGGED = 200
"""Lines of one server that reach the log in a minute."""

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")


def one_line(text: str, most: int = _MOST_LINE) -> str:
    """`text` fit for a log or a message: on one line, without what steers a terminal, not too long."""
    line = _UNPRINTABLE.sub(" ", text[: 4 * most]).strip()
    return line if len(line) <= most else line[: most - 3] + "..."


class Complaints:
    """Takes a server's stderr as it comes."""

    def __init__(self, server: str, now: Callable[[], float] = time.monotonic) -> None:
        self._server = server
        self._now = now
        self._last: deque[str] = deque(maxlen=_KEPT_LINES)
        self._rest = b""
        self._minute = now()
        self._logged = 0

    def note(self, piece: bytes) -> None:
        """Take the next piece."""
        *lines, rest = (self._rest + piece).split(b"\n")
        self._rest = rest[: 4 * _MOST_LINE]
        for line in lines:
            self._note_line(line)

    def end(self) -> None:
        """Nothing follows."""
        self._note_line(self._rest)
        self._rest = b""

    def _note_line(self, raw: bytes) -> None:
        line = one_line(raw[: 4 * _MOST_LINE].decode(errors="replace"))
        if not line:
            return
        self._last.append(line)
        if self._now() - self._minute >= 60:
            self._minute, self._logged = self._now(), 0
        self._logged += 1
        if self._logged <= _MOST_LOGGED:
            _LOGGER.info("%s: %s", self._server, line)
        elif self._logged == _MOST_LOGGED + 1:
            _LOGGER.warning("%s says more on stderr than is logged", self._server)

    def __str__(self) -> str:
        return " | ".join(self._last)
