"""The lines between the boxes of a team, none of which runs behind a box.

Between two neighbouring rows, and within a row, a curve stays in the gap. Everything else takes a lane: into the gap,
along it to the right side, up or down there, and back through the gap next to its target.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import inf
from typing import Literal, NamedTuple, TypeAlias

from agents_sahara.cli.drawing.distance import arrows
from agents_sahara.cli.drawing.layout import BOX_HEIGHT, BOX_WIDTH, GAP_Y, MARGIN, SIDE, Box, Layout, is_far
from agents_sahara.graph.values import AgentGraph

Side: TypeAlias = Literal["top", "bottom"]

_ARC = 34
"""How far the handles of a curve within a row stand above it: less than the margin over the first row."""
_LANES = 9
"""Lines of different targets lie beside each other; with more targets than lanes some share one."""
_LANE_STEP = SIDE / (_LANES + 1)
_TRACK_STEP = (GAP_Y - 32) / (_LANES - 1)
_CORNER = 8


class _Line(NamedTuple):
    """One handoff: from whom to whom, and on which sides of the boxes it leaves and arrives."""

    start: str
    end: str
    leaves: Side
    enters: Side


class _End(NamedTuple):
    """Where a line touches a box."""

    key: str
    side: Side
    other_x: float
    """Where the other end is, or the lanes: ends on one side stand in this order, so that fewer lines cross."""
    line: int
    is_start: bool


def routes(graph: AgentGraph, layout: Layout) -> Mapping[tuple[str, str], str]:
    """The path of each arrow, by its two ends, as SVG has it in `d`."""
    lines = [_line(start, end, layout.boxes) for start, end in arrows(graph)]
    ports = _ports(lines, layout.boxes)
    lanes = {key: number % _LANES for number, key in enumerate(dict.fromkeys(line.end for line in lines))}
    paths = {}
    for number, line in enumerate(lines):
        points = ports[number, True], ports[number, False]
        start, end = layout.boxes[line.start], layout.boxes[line.end]
        far = is_far(start, end)
        paths[line.start, line.end] = (
            _around(*points, line, lanes[line.end], layout) if far else _curve(*points, start.row - end.row)
        )
    return paths


def _line(start: str, end: str, boxes: Mapping[str, Box]) -> _Line:
    down = boxes[end].row - boxes[start].row
    return _Line(start, end, "bottom" if down > 0 else "top", "bottom" if down < 0 else "top")


def _ports(
    lines: Sequence[_Line], boxes: Mapping[str, Box]
) -> Mapping[tuple[int, bool], tuple[float, float]]:
    """The point of each end, by the line's number and whether it starts there: evenly along its side."""
    ends: dict[tuple[str, Side], list[_End]] = {}
    for number, line in enumerate(lines):
        one, other = boxes[line.start], boxes[line.end]
        to_one, to_other = (inf, inf) if is_far(one, other) else (one.x, other.x)
        for end in (
            _End(line.start, line.leaves, to_other, number, is_start=True),
            _End(line.end, line.enters, to_one, number, is_start=False),
        ):
            ends.setdefault((end.key, end.side), []).append(end)
    points = {}
    for (key, side), along in ends.items():
        box, step = boxes[key], BOX_WIDTH / (len(along) + 1)
        y = box.y + (BOX_HEIGHT if side == "bottom" else 0)
        for place, end in enumerate(sorted(along, key=lambda end: end.other_x), 1):
            points[end.line, end.is_start] = (box.x + place * step, y)
    return points


def _curve(start: tuple[float, float], end: tuple[float, float], rows_up: int) -> str:
    """Within the gap between two rows, or above one row."""
    (x1, y1), (x2, y2) = start, end
    handles = (y1 - _ARC, y2 - _ARC) if rows_up == 0 else ((y1 + y2) / 2,) * 2
    return f"M{x1:g} {y1:g}C{x1:g} {handles[0]:g} {x2:g} {handles[1]:g} {x2:g} {y2:g}"


def _around(
    start: tuple[float, float], end: tuple[float, float], line: _Line, lane: int, layout: Layout
) -> str:
    (x1, y1), (x2, y2) = start, end
    track = 16 + lane * _TRACK_STEP
    out = y1 + track if line.leaves == "bottom" else y1 - track
    back = y2 + track if line.enters == "bottom" else y2 - track
    far = layout.width - MARGIN - SIDE + (lane + 1) * _LANE_STEP
    return "".join(_rounded([(x1, y1), (x1, out), (far, out), (far, back), (x2, back), (x2, y2)]))


def _rounded(points: Sequence[tuple[float, float]]) -> Iterator[str]:
    """Straight lines with round corners."""
    yield f"M{points[0][0]:g} {points[0][1]:g}"
    for (before, corner), (_, after) in pairwise(pairwise(points)):
        x, y = _towards(corner, before)
        yield f"L{x:g} {y:g}"
        x, y = _towards(corner, after)
        yield f"Q{corner[0]:g} {corner[1]:g} {x:g} {y:g}"
    yield f"L{points[-1][0]:g} {points[-1][1]:g}"


def _towards(corner: tuple[float, float], point: tuple[float, float]) -> tuple[float, float]:
    """Where the corner's curve begins: never past the middle of a line."""
    dx, dy = point[0] - corner[0], point[1] - corner[1]
    length = abs(dx) + abs(dy)
    share = min(_CORNER, length / 2) / length if length else 0.0
    return corner[0] + dx * share, corner[1] + dy * share
