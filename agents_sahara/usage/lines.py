"""A line of the usage record: what it says, and how it is written. `agents-sahara usage` adds the lines up.

A line has counts, money and names: never a prompt, an answer, a variable or a key. Each is appended by one write, so
that threads and processes share a file; no lock is needed, and none can be left behind. A disk that is full or cannot
be written never breaks a run. `history` reads what this writes. Loads neither the SDK nor an event loop.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal, TypeAlias

from agents_sahara.types import Attempt, Json

VERSION = 1
"""Of a line: keys are added, never changed."""

RunOutcome: TypeAlias = Literal["finished", "failed", "cancelled"]

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_LOGGER = logging.getLogger("agents_sahara.usage")
_has_warned = False


@dataclass(frozen=True, slots=True)
class Line:
    """One run, or what a program asked before there was one."""

    team: str
    trace_id: str
    outcome: RunOutcome
    error: str | None
    """The stable code of what ended it."""
    seconds: float
    is_simulated: bool
    attempts: Sequence[Attempt]
    time: datetime

    def write(self, folder: Path | None) -> None:
        """Append it to the file of its month in `folder`; None writes nothing."""
        if folder is not None:
            append(folder / f"{self.time.astimezone(UTC):%Y-%m}.jsonl", self.to_json())

    def to_json(self) -> dict[str, Json]:
        """Every field by name."""
        moment = self.time.astimezone(UTC)
        return {
            "version": VERSION,
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "team": self.team,
            "trace_id": self.trace_id,
            "outcome": self.outcome,
            "error": self.error,
            "seconds": round(self.seconds, 3),
            "simulated": self.is_simulated,
            "calls": _calls(self.attempts),
        }


def unused(agent: str, provider: str, model: str) -> Attempt:
    """A request whose answer nobody could use; what it cost is not known."""
    return Attempt(agent, provider, model, None, "cancelled", "not_used", 0.0, None, None, None)


def append(path: Path, line: Json) -> None:
    """Append one line of JSON; where that fails, one warning a process is logged and nothing is raised."""
    global _has_warned
    try:
        _append(path, json.dumps(line, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n")
    except (OSError, ValueError) as problem:
        if not _has_warned:
            _has_warned = True
            reason = getattr(problem, "strerror", None) or problem
            _LOGGER.warning("the usage of this run is not recorded: %s: %s", path, reason)


def _append(path: Path, data: bytes) -> None:
    file = _open(path)
    try:
        if os.write(file, _mended(file) + data) < len(data):
            raise OSError("the disk is full")
    finally:
        os.close(file)


def _open(path: Path) -> int:
    try:
        return os.open(path, _FLAGS, 0o600)
    except FileNotFoundError:
        _make_private(path.parent)
        return os.open(path, _FLAGS, 0o600)


def _make_private(folder: Path) -> None:
    """The folder and the state folder that it lies in, for this user alone; what lies above is as usual."""
    folder.parent.parent.mkdir(parents=True, exist_ok=True)
    for part in (folder.parent, folder):
        part.mkdir(mode=0o700, exist_ok=True)


def _mended(file: int) -> bytes:
    """What ends a line that was cut off, so that it does not take the next one with it.

    One that another process is just writing can look the same; then a blank line is left, which readers pass over.
    """
    if os.fstat(file).st_size == 0:
        return b""
    os.lseek(file, -1, os.SEEK_END)
    return b"" if os.read(file, 1) == b"\n" else b"\n"


def _calls(attempts: Sequence[Attempt]) -> list[Json]:
    """What was asked of each model by each agent, in the order of the first call."""
    rows: dict[tuple[str, str, str], list[Attempt]] = {}
    for attempt in attempts:
        rows.setdefault((attempt.agent, attempt.provider, attempt.model), []).append(attempt)
    return [_row(*names, part) for names, part in rows.items()]


def _row(agent: str, provider: str, model: str, attempts: list[Attempt]) -> Json:
    billed = [one for one in attempts if one.is_billed]
    costs = [one.cost_usd for one in billed if one.cost_usd is not None]
    return {
        "agent": agent,
        "provider": provider,
        "model": model,
        "requests": sum(one.outcome == "answered" for one in attempts),
        "failed": sum(one.outcome == "failed" for one in attempts),
        "cancelled": sum(one.outcome == "cancelled" for one in attempts),
        "input_tokens": sum(one.input_tokens or 0 for one in billed),
        "output_tokens": sum(one.output_tokens or 0 for one in billed),
        "cost_usd": str(sum(costs, Decimal(0))) if costs else None,
        "unpriced": len(billed) - len(costs),
    }
