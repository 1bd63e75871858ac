"""Places for the boxes of a team: one row for each distance from the entry.

A row keeps the order in which its agents are found, then is sorted once by the mean place of those that lead to it,
which unties most crossings. Linear in agents and handoffs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agents_sahara.cli.drawing.distance import arrows, distances, following
from agents_sahara.graph.values import AgentGraph

BOX_WIDTH = 220
BOX_HEIGHT = 60
_GAP_X = 40
GAP_Y = 80
MARGIN = 40
SIDE = 80
"""Room at the right for handoffs that pass other rows."""
_MOST_IN_ROW = 12
"""A longer row goes on in the next, so that a large team stays a page and no ribbon."""


@dataclass(frozen=True, slots=True)
class Box:
    """The upper left corner of one agent's box."""

    x: float
    y: float
    row: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where every agent stands, and how much room the whole takes."""

    boxes: Mapping[str, Box]
    width: float
    height: float


def lay_out(graph: AgentGraph) -> Layout:
    """Rows by distance from the entry; agents that cannot be reached stand below all others."""
    rows = _rows(graph)
    widest = max(map(len, rows))
    inner = widest * (BOX_WIDTH + _GAP_X) - _GAP_X
    boxes = {
        key: Box(MARGIN + (inner - _row_width(row)) / 2 + at * (BOX_WIDTH + _GAP_X), _row_y(number), number)
        for number, row in enumerate(rows)
        for at, key in enumerate(row)
    }
    has_lanes = any(is_far(boxes[start], boxes[end]) for start, end in arrows(graph))
    return Layout(boxes, inner + 2 * MARGIN + (SIDE if has_lanes else 0), _row_y(len(rows)) - GAP_Y + MARGIN)


def is_far(start: Box, end: Box) -> bool:
    """Whether a line between the two has to pass other rows."""
    return abs(start.row - end.row) > 1


def _rows(graph: AgentGraph) -> list[list[str]]:
    reached = distances(graph)
    rows: list[list[str]] = [[] for _ in range(max(reached.values()) + 1)]
    for key, row in reached.items():
        rows[row].append(key)
    for upper, lower in pairwise(rows):
        _untie(graph, upper, lower)
    lost = [key for key in graph.agents if key not in reached]
    return [row[at : at + _MOST_IN_ROW] for row in [*rows, lost] for at in range(0, len(row), _MOST_IN_ROW)]


def _untie(graph: AgentGraph, upper: Sequence[str], lower: list[str]) -> None:
    above: dict[str, list[int]] = {key: [] for key in lower}
    for at, key in enumerate(upper):
        for target in following(graph, key):
            if target in above:
                above[target].append(at)
    lower.sort(key=lambda key: sum(above[key]) / max(1, len(above[key])))


def _row_width(row: Sequence[str]) -> float:
    return len(row) * (BOX_WIDTH + _GAP_X) - _GAP_X


def _row_y(number: int) -> float:
    return MARGIN + number * (BOX_HEIGHT + GAP_Y)
