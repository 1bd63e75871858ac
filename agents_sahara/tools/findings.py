"""Mistakes of a team file that show when its tools are there: when they are made, or a server has told of them."""

from __future__ import annotations

from agents_sahara.diagnostics.finding import Report
from agents_sahara.diagnostics.render import render
from agents_sahara.errors import SpecError


def refuse(report: Report) -> None:
    """Refuse the team where an error was found.

    Raises:
        SpecError: all that was found.
    """
    if report.has_errors:
        found = report.sorted()
        raise SpecError(found, rendered=render(found, format="text", texts={}, files=1))
