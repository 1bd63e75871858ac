"""Read typed values out of located YAML nodes; whatever does not fit becomes a finding at its place.

Shared by the gateway's two files, its catalog and its script. Knows neither.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from agents_sahara.diagnostics.finding import Report
from agents_sahara.diagnostics.render import render
from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.errors import SpecError
from agents_sahara.source.compose import compose, to_json
from agents_sahara.source.nodes import Mapping, Node, Scalar, Sequence
from agents_sahara.source.text import read_source

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}
MOST_SECONDS = 3600.0

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Fields:
    """Reads nodes; every complaint is a finding of one rule."""

    report: Report
    rule: str

    def complain(self, node: Node, message: str, mend: str = "") -> None:
        """Add a finding at `node`."""
        self.report.add(self.rule, node.place, message, mend=mend)

    def mapping(self, node: Node, keys: Collection[str], what: str) -> Mapping | None:
        """The mapping, its unknown keys named; None where it is none."""
        if not isinstance(node, Mapping):
            self.complain(node, f"{what} must be a mapping", f"its keys are {', '.join(keys)}")
            return None
        for name, entry in node.entries.items():
            if name not in keys:
                mend = did_you_mean(name, keys, what="keys")
                self.complain(entry.key, f"{what} has the unknown key {name!r}", mend)
        return node

    def items(self, node: Node, what: str) -> tuple[Node, ...]:
        """The items of a list; none where it is none."""
        if isinstance(node, Sequence):
            return node.items
        self.complain(node, f"{what} must be a list")
        return ()

    def text(self, node: Node, what: str) -> str | None:
        """A string that is not empty."""
        if isinstance(node, Scalar) and isinstance(node.value, str) and node.value:
            return node.value
        self.complain(node, f"{what} must be a text that is not empty", "put it in quotes")
        return None

    def word(self, node: Node, words: Collection[str], what: str) -> str | None:
        """One of `words`."""
        if isinstance(node, Scalar) and node.value in words:
            return str(node.value)
        shown = node.text if isinstance(node, Scalar) else "this"
        self.complain(node, f"{what} cannot be {shown!r}", did_you_mean(shown, words, what="values"))
        return None

    def pattern(self, node: Node, what: str) -> str | None:
        """A regular expression."""
        text = self.text(node, what)
        if text is None:
            return None
        try:
            re.compile(text)
        except re.error as error:
            self.complain(node, f"{what} is not a regular expression: {error}")
            return None
        return text

    def whole(self, node: Node, what: str, least: int, most: int) -> int | None:
        """A whole number within bounds."""
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.complain(node, f"{what} must be a whole number from {least} to {most}")
        return None

    def flag(self, node: Node, what: str) -> bool | None:
        """True or false."""
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        self.complain(node, f"{what} must be true or false")
        return None

    def seconds(self, node: Node, what: str) -> float:
        """A duration: `500ms`, `8s`, `2m` or a number of seconds; 0 where it is none."""
        value = node.value if isinstance(node, Scalar) else None
        match = _DURATION.fullmatch(value) if isinstance(value, str) else None
        if match:
            value = float(match[1]) * _SECONDS[match[2]]
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MOST_SECONDS:
            return float(value)
        self.complain(node, f"{what} must be a duration up to an hour", "write 500ms, 8s, 2m or seconds")
        return 0.0

    def texts(self, node: Node, what: str) -> dict[str, str]:
        """A mapping of texts by name."""
        value = to_json(node)
        if isinstance(value, dict) and all(isinstance(entry, str) for entry in value.values()):
            return {name: str(entry) for name, entry in value.items()}
        self.complain(node, f"{what} must be a mapping of texts", "put numbers in quotes")
        return {}


def read_file(path: Path, rule: str, read: Callable[[Node, Fields], Value | None]) -> Value:
    """What `read` makes of the YAML file at `path`.

    Raises:
        SpecError: the file cannot be read, or anything in it is wrong; with every finding.
    """
    report, name = Report(), str(path)
    text = read_source(path, report, name=name)
    root = None if text is None else compose(text, name, report)
    value = None if root is None else read(root, Fields(report, rule))
    if value is None or report.has_errors:
        findings = report.sorted()
        texts = {} if text is None else {name: text}
        rendered = render(findings, format="text", texts=texts, files=1)
        raise SpecError(findings, rendered=rendered)
    return value
