"""Figures as a table in plain text, and as one JSON object.

Pure; knows nothing of how they were measured.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence

from bench.ratios import Figure

_HEADS = ("trial", "figure", "reference", "ours", "unit", "ratio", "A/A", "median", "rounds")


def machine() -> dict[str, object]:
    """What the figures were measured on, as far as it matters for reading them."""
    return {"python": platform.python_version(), "system": platform.system(), "cores": os.cpu_count()}


def text(figures: Sequence[Figure]) -> str:
    """Two tables: figures that depend on the clock, and those that do not."""
    timed = [each for each in figures if not each.is_clock_free]
    counted = [each for each in figures if each.is_clock_free]
    parts = [_table(timed), "Counts, which no clock and no other process changes:\n\n" + _table(counted)]
    return "\n".join(part for part, has_rows in zip(parts, (timed, counted), strict=True) if has_rows)


def as_json(figures: Sequence[Figure]) -> str:
    """One versioned object."""
    found = {"version": 1, "machine": machine(), "figures": [each.to_json() for each in figures]}
    return json.dumps(found, indent=2) + "\n"


def _table(figures: Iterable[Figure]) -> str:
    rows = [_HEADS, *map(_cells, figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    lines = [
        "  ".join(_set(cell, width, at) for at, (cell, width) in enumerate(zip(row, widths, strict=True)))
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "".join(line.rstrip() + "\n" for line in lines)


def _set(cell: str, width: int, column: int) -> str:
    return cell.ljust(width) if column in (0, 1, 4) else cell.rjust(width)


def _cells(each: Figure) -> tuple[str, ...]:
    arrow = " (more is better)" if each.better == "more" else ""
    return (
        each.trial,
        each.title + arrow,
        number(each.opponent),
        number(each.ours),
        each.unit,
        f"{each.ratio:.2f}",
        f"{each.noise:.2f}",
        f"{each.median:.2f}",
        str(each.rounds),
    )


def number(value: float) -> str:
    """Three digits that matter, and no more."""
    if value == 0 or value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2}f}"
