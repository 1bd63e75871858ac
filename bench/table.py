"""Figures as a table in plain text, and as one JSON object.

Pure; knows nothing of how they were measured.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence

from bench.ratios import Figure

_HEADS = ("trial", "figure", "reference", "ours", "unit", "ratio", "A/A", "median", "rounds")


def machine() -> dict[str, object]:
    """What the figures were measured on, as far as it matters for reading them."""
    return {"python": platform.python_version(), "system": platform.system(), "cores": os.cpu_count()}


def text(figures: Sequence[Figure]) -> str:
    """Two tables: figures that depend on the clock, and those that do not."""
    ours = [each for each in figures if each.side == "ours"]
    timed = [each for each in ours if not each.is_clock_free]
    counted = [each for each in ours if each.is_clock_free]
    peers = [each for each in figures if each.side != "ours"]
    parts = [
        _table(timed),
        "Counts, which no clock and no other process changes:\n\n" + _table(counted),
        "Ratios to the script, of all who were measured in the same rounds:\n\n" + _beside_peers(figures),
    ]
    return "\n".join(part for part, has_rows in zip(parts, (timed, counted, peers), strict=True) if has_rows)


def as_json(figures: Sequence[Figure]) -> str:
    """One versioned object."""
    found = {"version": 1, "machine": machine(), "figures": [each.to_json() for each in figures]}
    return json.dumps(found, indent=2) + "\n"


def _beside_peers(figures: Sequence[Figure]) -> str:
    """A column of ratios for ours and each peer; `-` where someone gives no such figure."""
    sides = dict.fromkeys(each.side for each in figures)
    rows: dict[tuple[str, str], dict[str, Figure]] = {}
    for each in figures:
        rows.setdefault((each.trial, each.title), {})[each.side] = each
    shown = [
        (trial, _titled(one), number(one.opponent), one.unit, f"{one.noise:.2f}", *_ratios(found, sides))
        for (trial, _), found in rows.items()
        if len(found) > 1
        for one in [next(iter(found.values()))]
    ]
    return _laid_out([("trial", "figure", "script", "unit", "A/A", *sides), *shown], left=(0, 1, 3))


def _ratios(found: Mapping[str, Figure], sides: Iterable[str]) -> list[str]:
    return [f"{found[side].ratio:.2f}" if side in found else "-" for side in sides]


def _table(figures: Iterable[Figure]) -> str:
    return _laid_out([_HEADS, *map(_cells, figures)], left=(0, 1, 4))


def _laid_out(rows: Sequence[Sequence[str]], *, left: Sequence[int]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if at in left else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "".join(line.rstrip() + "\n" for line in lines)


def _cells(each: Figure) -> tuple[str, ...]:
    return (
        each.trial,
        _titled(each),
        number(each.opponent),
        number(each.ours),
        each.unit,
        f"{each.ratio:.2f}",
        f"{each.noise:.2f}",
        f"{each.median:.2f}",
        str(each.rounds),
    )


def _titled(each: Figure) -> str:
    return each.title + (" (more is better)" if each.better == "more" else "")


def number(value: float) -> str:
    """Three digits that matter, and no more."""
    if value == 0 or value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2}f}"
