"""Adds up the record of usage: by agent, provider, model or team, since a moment.

Reads line by line, so that millions of runs need no more memory than a few. What is no line of the record (torn by a
full disk, foreign, of a later version) is counted and passed over. What a simulator answered is summed up apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from errno import EINVAL
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import BinaryIO, Literal, TypeAlias, cast

from agents_sahara.types import Json

GroupName: TypeAlias = Literal["agent", "provider", "model", "team"]

_VERSION = 1
_MOST_BYTES = 1024 * 1024
"""Of a line; a run of thousands of agents has less."""
_MOST_COUNT = 10**15
"""Of anything that is counted: a number beyond it was not written by this package."""
_COUNTS = ("requests", "failed", "input_tokens", "output_tokens", "unpriced")


@dataclass(slots=True)
class Sums:
    """What some calls add up to."""

    runs: int = 0
    """Runs that made such calls."""
    requests: int = 0
    """Answered ones."""
    failed: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    unpriced: int = 0
    """Billed requests whose cost is unknown."""
    known_usd: Decimal = Decimal(0)
    """Of the others."""

    @property
    def total_tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens

    @property
    def cost_usd(self) -> Decimal | None:
        """None where the cost of any billed request is unknown, or none was billed."""
        return self.known_usd if (self.requests or self.known_usd) and not self.unpriced else None

    def take(self, counts: Mapping[str, int], usd: Decimal) -> None:
        """Add one row of a run."""
        self.requests += counts["requests"]
        self.failed += counts["failed"]
        self.input_tokens += counts["input_tokens"]
        self.output_tokens += counts["output_tokens"]
        self.unpriced += counts["unpriced"]
        self.known_usd += usd

    def to_json(self) -> dict[str, Json]:
        """Every sum by name; money as a decimal string."""
        return {
            "runs": self.runs,
            "requests": self.requests,
            "failed": self.failed,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "total_tokens": self.total_tokens,
            "cost_usd": None if self.cost_usd is None else f"{self.cost_usd:f}",
            "known_cost_usd": f"{self.known_usd:f}",
            "unpriced_requests": self.unpriced,
        }


@dataclass(slots=True)
class Book:
    """Sums by name, and all together."""

    total: Sums = field(default_factory=Sums)
    groups: dict[str, Sums] = field(default_factory=dict)

    def take(self, line: _Line, by: GroupName) -> None:
        """Add one run."""
        self.total.runs += 1
        names = {line.team} if by == "team" else {row.names[by] for row in line.rows}
        for name in names:
            self.groups.setdefault(name, Sums()).runs += 1
        for row in line.rows:
            self.total.take(row.counts, row.usd)
            self.groups[line.team if by == "team" else row.names[by]].take(row.counts, row.usd)

    def by_size(self) -> list[tuple[str, Sums]]:
        """The groups, those with the most tokens first."""
        return sorted(self.groups.items(), key=lambda group: (-group[1].total_tokens, group[0]))


@dataclass(slots=True)
class History:
    """What the record says since a moment."""

    real: Book = field(default_factory=Book)
    simulated: Book = field(default_factory=Book)
    unreadable: int = 0
    """Lines that are none of the record's."""
    unopened: list[str] = field(default_factory=list)
    """Files that could not be read, with the reason."""


def read_history(folder: Path, since: datetime, by: GroupName) -> History:
    """Add up the lines in `folder` that are not older than `since`."""
    history = History()
    for path in _files(folder, since.astimezone(UTC), history):
        try:
            with _opened(path) as file:
                _read(file, since, by, history)
        except OSError as problem:
            history.unopened.append(f"{path}: {problem.strerror}")
    return history


def _opened(path: Path) -> BinaryIO:
    """Open a file, and nothing else: a pipe would be waited for, and a device has no end.

    Raises:
        OSError: it is none, or cannot be read.
    """
    mode = path.stat().st_mode
    if not (S_ISREG(mode) or S_ISDIR(mode)):
        raise OSError(EINVAL, "no ordinary file")
    return path.open("rb")


def _files(folder: Path, since: datetime, history: History) -> list[Path]:
    """Those of the months from `since` on; their names sort as time does."""
    try:
        return sorted(path for path in folder.iterdir() if _is_month(path) and path.stem >= f"{since:%Y-%m}")
    except FileNotFoundError:
        return []
    except OSError as problem:
        history.unopened.append(f"{folder}: {problem.strerror}")
        return []


def _is_month(path: Path) -> bool:
    year, dash, month = path.stem.partition("-")
    return path.suffix == ".jsonl" and bool(dash) and year.isdecimal() and len(year) == 4 and len(month) == 2


def _read(file: BinaryIO, since: datetime, by: GroupName, history: History) -> None:
    for text in _lines(file):
        line = _parsed(text) if text is not None else None
        if line is None:
            history.unreadable += 1
        elif line.time >= since:
            (history.simulated if line.is_simulated else history.real).take(line, by)


def _lines(file: BinaryIO) -> Iterator[bytes | None]:
    """Each line that is not blank; None stands for one that is too long to be ours."""
    while text := file.readline(_MOST_BYTES):
        if len(text) == _MOST_BYTES and not text.endswith(b"\n"):
            while text and not text.endswith(b"\n"):
                text = file.readline(_MOST_BYTES)
            yield None
        elif text.strip():
            yield text


@dataclass(frozen=True, slots=True)
class _Row:
    names: Mapping[GroupName, str]
    counts: Mapping[str, int]
    usd: Decimal


@dataclass(frozen=True, slots=True)
class _Line:
    time: datetime
    team: str
    is_simulated: bool
    rows: list[_Row]


def _parsed(text: bytes) -> _Line | None:
    """The line, or None where it does not have the shape of ours."""
    try:
        said = json.loads(text)
        if said["version"] != _VERSION or not isinstance(said["simulated"], bool):
            return None
        time = datetime.fromisoformat(said["time"])
        rows = [_row(row) for row in said["calls"]]
        return _Line(time.astimezone(UTC), _text(said["team"]), said["simulated"], rows)
    except (ValueError, TypeError, KeyError, RecursionError, InvalidOperation, OverflowError):
        return None


def _row(said: Mapping[str, object]) -> _Row:
    names = {name: _text(said[name]) for name in ("agent", "provider", "model")}
    counts = {name: _count(said[name]) for name in _COUNTS}
    return _Row(cast("Mapping[GroupName, str]", names), counts, _usd(said["cost_usd"]))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value <= _MOST_COUNT:
        raise TypeError
    return value


def _usd(value: object) -> Decimal:
    """A decimal string; null is nothing known."""
    usd = Decimal(0) if value is None else Decimal(_text(value))
    if not 0 <= usd <= _MOST_COUNT:
        raise ValueError
    return usd
