"""A time limit as it is written: `500ms`, `8s`, `2m`, or a number of seconds."""

from __future__ import annotations

import re

from agents_sahara.source import nodes
from agents_sahara.spec.names import END
from agents_sahara.spec.shapes import Drawing, Drawn, Reading, label, nodes_text, refuse_type

LEAST_S = 0.001
MOST_S = 3600
"""One answer of a model never takes longer, and a team that waits so long is a mistake."""

_PATTERN = rf"^[0-9]{{1,9}}(?:\.[0-9]{{1,6}})?(?:ms|s|m){END}"
_form = re.compile(_PATTERN).search
_near = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([a-zA-Z]*)\s*").fullmatch

_FORMS = "write 500ms, 8s, 2m, or a number of seconds"
_MEANT = {
    **dict.fromkeys(("", "s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("ms", "msec", "millis", "millisecond", "milliseconds"), "ms"),
}


class Duration:
    """Seconds, from one millisecond to one hour."""

    noun = "a duration such as 8s"

    def read(self, node: nodes.Node, owner: nodes.Scalar | None, reading: Reading) -> float | None:
        """The seconds."""
        value = node.value if isinstance(node, nodes.Scalar) else None
        if value is None or isinstance(value, bool):
            refuse_type(node, owner, self.noun, reading)
            return None
        if isinstance(value, str) and not _form(value):
            message = f"{label(owner)} is {nodes_text(node)!r}, which is no duration"
            reading.report.add("bad-duration", node.place, message, mend=_suggestion(value))
            return None
        seconds = _seconds(value) if isinstance(value, str) else value
        if not LEAST_S <= seconds <= MOST_S:
            message = f"{label(owner)} is {nodes_text(node)}, outside 1ms to 60m"
            reading.report.add("bad-duration", node.place, message, mend=_FORMS)
            return None
        return seconds

    def draw(self, drawing: Drawing) -> Drawn:
        """A string with a unit, or a number of seconds."""
        number: Drawn = {"type": "number", "minimum": LEAST_S, "maximum": MOST_S}
        return {"anyOf": [{"type": "string", "pattern": _PATTERN}, number]}


def _seconds(text: str) -> float:
    if text.endswith("ms"):
        return float(text[:-2]) / 1000
    return float(text[:-1]) * (60 if text.endswith("m") else 1)


def _suggestion(text: str) -> str:
    near = _near(text)
    unit = None if near is None else _MEANT.get(near[2].lower())
    return _FORMS if near is None or unit is None else f"did you mean '{near[1]}{unit}'? Otherwise {_FORMS}"
