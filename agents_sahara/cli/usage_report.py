"""Shows what the record of usage adds up to: as tables for a person, or as one JSON object."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from agents_sahara.cli.console import Console
from agents_sahara.cli.machine import json_text
from agents_sahara.cli.terminal import one_line
from agents_sahara.types import Json
from agents_sahara.usage.history import Book, GroupName, History, Sums

VERSION = 1

_SIMULATED = "[simulated]"
_COLUMNS = ("requests", "failed", "input", "output", "total", "cost")
_MOST_NAME = 60


@dataclass(frozen=True, slots=True)
class Report:
    """The sums, and what they are of."""

    folder: str
    since: datetime
    until: datetime
    by: GroupName
    history: History
    is_on: bool
    """Whether new runs are recorded."""


def print_json(report: Report, console: Console) -> None:
    """One object; its schema is `usage.schema.json`."""
    history = report.history
    console.write_own(
        json_text(
            {
                "version": VERSION,
                "folder": report.folder,
                "recording": report.is_on,
                "since": _moment(report.since),
                "until": _moment(report.until),
                "by": report.by,
                **_book_json(history.real),
                "simulated": _book_json(history.simulated),
                "unreadable_lines": history.unreadable,
                "unreadable_files": list(history.unopened),
            }
        )
    )
    _tell_doubts(report, console)


def _book_json(book: Book) -> dict[str, Json]:
    groups: list[Json] = [{"name": name, **sums.to_json()} for name, sums in book.by_size()]
    return {"groups": groups, "total": book.total.to_json()}


def print_table(report: Report, console: Console) -> None:
    """A line for each name, then the sum; what a simulator answered stands apart, below."""
    history = report.history
    books = [("", history.real), (_SIMULATED, history.simulated)]
    shown = [(mark, book) for mark, book in books if book.total.runs]
    if not shown:
        console.write(f"no runs since {_day(report.since)} are recorded in {one_line(report.folder)}\n")
    for place, (mark, book) in enumerate(shown):
        title = f"{mark} {_runs(book.total)} since {_day(report.since)}, by {report.by}".lstrip()
        console.write("\n" * bool(place) + f"{title}\n")
        _print_book(book, mark, report.by, console)
    _tell_doubts(report, console)


def _print_book(book: Book, mark: str, by: str, console: Console) -> None:
    total = f"total {mark}".rstrip()
    rows = [
        (one_line(name, most=_MOST_NAME) + f" {mark}".rstrip(), *_cells(sums))
        for name, sums in book.by_size()
    ]
    console.write(_aligned([(by, *_COLUMNS), *rows, (total, *_cells(book.total))]))


def _cells(sums: Sums) -> tuple[str, ...]:
    counts = (sums.requests, sums.failed, sums.input_tokens, sums.output_tokens, sums.total_tokens)
    return (*(f"{count:,}" for count in counts), cost_text(sums))


def cost_text(sums: Sums) -> str:
    """The cost, where it is known; what is known of it, and of how many calls nothing is; never zero for unknown."""
    if not (sums.requests or sums.unpriced or sums.known_usd):
        return "-"
    known = f"{sums.known_usd.normalize():f} USD"
    if not sums.unpriced:
        return known
    if not sums.known_usd:
        return "unknown"
    calls = "1 call" if sums.unpriced == 1 else f"{sums.unpriced:,} calls"
    return f"at least {known}, {calls} unpriced"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Names to the left, numbers to the right, the cost at the end as it comes."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for name, *numbers, cost in rows:
        cells = [number.rjust(width) for number, width in zip(numbers, widths[1:-1], strict=True)]
        lines.append("  ".join([name.ljust(widths[0]), *cells, cost]).rstrip())
    return "\n".join(lines) + "\n"


def _tell_doubts(report: Report, console: Console) -> None:
    history = report.history
    if history.unreadable:
        lines = "1 line" if history.unreadable == 1 else f"{history.unreadable:,} lines"
        console.warn(f"{lines} in {report.folder} cannot be read and are not counted")
    for problem in history.unopened:
        console.warn(f"not counted: {problem}")
    if not report.is_on:
        console.note("new runs are not recorded: SAHARA_USAGE_RECORD is off")


def _runs(sums: Sums) -> str:
    return "1 run" if sums.runs == 1 else f"{sums.runs:,} runs"


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
