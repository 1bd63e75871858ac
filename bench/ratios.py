"""From readings to figures: the least of many rounds, and ratios of leasts.

Pure functions. The least of many interleaved rounds is what a job costs when nobody else is in the way;
the opponent's ratio to itself, found in the same way, says how far that can be trusted.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal, TypeAlias

Lane: TypeAlias = str
"""Who is measured: the opponent, ours, the opponent again, whose ratio to itself is the noise, or a peer by name."""

LANES: Final[tuple[Lane, ...]] = ("opponent", "ours", "again")
"""Without peers."""

Better = Literal["less", "more"]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of a trial: which reading it is, and how it is to be read."""

    reading: str
    title: str
    unit: str
    better: Better = "less"
    is_clock_free: bool = False
    """Whether it is a count, that comes out the same on any machine."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    trial: str
    title: str
    unit: str
    better: Better
    is_clock_free: bool
    reference: str
    """What ours is compared with."""
    opponent: float
    ours: float
    ratio: float
    """Ours to the opponent's, best round of each."""
    noise: float
    """The opponent's second lane to its first, best round of each."""
    median: float
    """Median of the ratios within each round."""
    rounds: int
    side: Lane = "ours"
    """Whose figure it is, beside the opponent's: ours, or a peer's, which then stands in `ours`."""

    def to_json(self) -> dict[str, object]:
        """Every field by name."""
        return asdict(self)


def best(values: Sequence[float], better: Better) -> float:
    """The least, or the most, of the rounds."""
    return min(values) if better == "less" else max(values)


def over(value: float, reference: float) -> float:
    """Value over reference; equal zeros are 1, and anything over zero is infinite."""
    if reference == 0:
        return 1.0 if value == 0 else float("inf")
    return value / reference


def figure(
    trial: str,
    reference: str,
    row: Row,
    rounds: Sequence[Mapping[Lane, Mapping[str, float]]],
    side: Lane = "ours",
) -> Figure | None:
    """The figure of a row; `rounds` holds the readings by lane. None where a lane has no such reading."""
    chosen = ("opponent", side, "again")
    lanes = {
        lane: [readings[lane][row.reading] for readings in rounds if row.reading in readings.get(lane, {})]
        for lane in chosen
    }
    if not all(lanes.values()):
        return None
    opponent, ours, again = (best(lanes[lane], row.better) for lane in chosen)
    return Figure(
        trial=trial,
        title=row.title,
        unit=row.unit,
        better=row.better,
        is_clock_free=row.is_clock_free,
        reference=reference,
        opponent=opponent,
        ours=ours,
        ratio=over(ours, opponent),
        noise=over(again, opponent),
        median=statistics.median(map(over, lanes[side], lanes["opponent"])),
        rounds=len(rounds),
        side=side,
    )
