"""One located finding, and the report that gathers them.

A finding's severity belongs to its rule (`rules.RULES`), never to the place that reports it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from agents_sahara.diagnostics.rules import RULES
from agents_sahara.types import Json

Severity: TypeAlias = Literal["error", "warning"]


class Place(NamedTuple):
    """A stretch of a file; lines and columns count from 1, the end is just behind the last character."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or doubtful in a file."""

    id: str
    severity: Severity
    message: str
    mend: str
    place: Place

    @property
    def where(self) -> str:
        """`file:line:column`."""
        return f"{self.place.file}:{self.place.line}:{self.place.column}"

    def to_json(self) -> dict[str, Json]:
        """One entry of `validate --format json`."""
        return {
            "id": self.id,
            "severity": self.severity,
            "message": self.message,
            "mend": self.mend,
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "end_line": self.place.end_line,
            "end_column": self.place.end_column,
        }


class Report:
    """Gathers findings; the loader makes one and every stage adds to it."""

    def __init__(self) -> None:
        self._findings: dict[Finding, None] = {}

    def add(self, rule: str, place: Place, message: str, *, mend: str = "") -> None:
        """Add a finding of `rule`; saying the same thing twice counts once.

        Raises:
            KeyError: `rule` is not in `RULES`.
        """
        self._findings[Finding(rule, RULES[rule].severity, message, mend, place)] = None

    @property
    def has_errors(self) -> bool:
        """Whether anything was found that refuses the file."""
        return any(finding.severity == "error" for finding in self._findings)

    def sorted(self) -> tuple[Finding, ...]:
        """All findings, by file, line, column and id."""
        return tuple(sorted(self._findings, key=lambda finding: (finding.place, finding.id)))
