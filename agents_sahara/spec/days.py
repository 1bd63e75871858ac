"""A day as it is written: `2026-11-01`, ISO 8601."""

from __future__ import annotations

import datetime as dt
import re

from agents_sahara.source import nodes
from agents_sahara.spec.names import END
from agents_sahara.spec.shapes import Drawing, Drawn, Reading, label, nodes_text, refuse_type

_PATTERN = rf"^(?:19|20)[0-9]{{2}}-[0-9]{{2}}-[0-9]{{2}}{END}"
_form = re.compile(_PATTERN).search


class Day:
    """A day of the calendar; YAML itself leaves it a text."""

    noun = "a date such as 2026-11-01"

    def read(self, node: nodes.Node, owner: nodes.Scalar | None, reading: Reading) -> dt.date | None:
        """The day."""
        if not isinstance(node, nodes.Scalar) or not isinstance(node.value, str):
            refuse_type(node, owner, self.noun, reading)
            return None
        day = _day(node.value)
        if day is None:
            message = f"{label(owner)} is {nodes_text(node)!r}, which is no date"
            mend = "write year, month and day, as in 2026-11-01"
            reading.report.add("bad-date", node.place, message, mend=mend)
        return day

    def draw(self, drawing: Drawing) -> Drawn:
        """A string of that form; which days a month has, draft-07 cannot say."""
        return {"type": "string", "pattern": _PATTERN}


def _day(text: str) -> dt.date | None:
    if not _form(text):
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
