"""The record of usage on disk: one line a run, whoever writes beside, and no run that breaks for its sake."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import stat
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from agents_sahara.errors import ServerError
from agents_sahara.types import Attempt, Json, Outcome
from agents_sahara.usage import lines
from agents_sahara.usage.ledger import Ledger
from agents_sahara.usage.lines import append
from agents_sahara.usage.record import Recorder

NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


def _attempt(outcome: Outcome = "answered", *, model: str = "m", cost: str | None = "0.5") -> Attempt:
    is_answered = outcome == "answered"
    used, made = (10, 2) if is_answered else (None, None)
    error = None if is_answered else "server_error"
    usd = Decimal(cost) if cost else None
    return Attempt("desk", "p", model, model, outcome, error, 0.1, used, made, usd)


def _ledger(*attempts: Attempt) -> Ledger:
    ledger = Ledger()
    ledger.attempts.extend(attempts)
    return ledger


def _recorder(folder: Path | None, moment: datetime = NOON) -> Recorder:
    return Recorder(folder, "shop", now=lambda: moment)


def _lines(path: Path) -> list[dict[str, Json]]:
    return [json.loads(line) for line in path.read_text("ascii").splitlines() if line]


def test_a_line_says_who_called_whom_how_often_and_for_how_much(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "usage"
    attempts = (
        _attempt(),
        _attempt("failed", cost=None),
        _attempt(cost="0.25"),
        _attempt(model="other", cost=None),
        _attempt("cancelled", model="other", cost=None),
    )
    with _recorder(folder).run(_ledger(*attempts), "trace_1"):
        pass
    (line,) = _lines(folder / "2026-11.jsonl")
    seconds = line.pop("seconds")
    assert isinstance(seconds, float)
    assert 0 <= seconds < 5
    names = {"agent": "desk", "provider": "p"}
    assert line == {
        "version": 1,
        "time": "2026-11-22T12:00:00.123Z",
        "team": "shop",
        "trace_id": "trace_1",
        "outcome": "finished",
        "error": None,
        "simulated": False,
        "calls": [
            {
                **names,
                "model": "m",
                "requests": 2,
                "failed": 1,
                "cancelled": 0,
                "input_tokens": 20,
                "output_tokens": 4,
                "cost_usd": "0.75",
                "unpriced": 0,
            },
            {
                **names,
                "model": "other",
                "requests": 1,
                "failed": 0,
                "cancelled": 1,
                "input_tokens": 10,
                "output_tokens": 2,
                "cost_usd": None,
                "unpriced": 1,
            },
        ],
    }


def test_a_run_that_fails_or_is_cancelled_leaves_a_line_and_its_exception(tmp_path: Path) -> None:
    folder = tmp_path / "usage"
    ends = [ServerError("down"), RuntimeError("a bug"), asyncio.CancelledError(), GeneratorExit()]
    for end in ends:
        with pytest.raises(type(end)), _recorder(folder).run(_ledger(), "t"):
            raise end
    assert [(line["outcome"], line["error"]) for line in _lines(folder / "2026-11.jsonl")] == [
        ("failed", "server_error"),
        ("failed", None),
        ("cancelled", None),
        ("cancelled", None),
    ]


def test_a_month_is_a_file_and_begins_in_utc(tmp_path: Path) -> None:
    last = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    east = timezone(timedelta(hours=5))
    for moment in (last, last + timedelta(seconds=1), datetime(2026, 12, 1, 2, tzinfo=east)):
        with _recorder(tmp_path, moment).run(_ledger(), "t"):
            pass
    assert {path.name: len(_lines(path)) for path in tmp_path.iterdir()} == {
        "2026-11.jsonl": 1,
        "2026-12.jsonl": 1,
        "2027-01.jsonl": 1,
    }


def test_only_the_user_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        append(tmp_path / "above" / "state" / "usage" / "2026-11.jsonl", {})
    finally:
        os.umask(before)
    below = tmp_path / "above"
    parts = [below, below / "state", below / "state" / "usage", below / "state" / "usage" / "2026-11.jsonl"]
    assert [stat.S_IMODE(part.stat().st_mode) for part in parts] == [0o755, 0o700, 0o700, 0o600]


def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with _recorder(None).run(_ledger(_attempt()), "t"):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["file in the way", "folder in the way", "no such device"])
def test_a_place_that_cannot_be_written_is_told_once_and_breaks_no_run(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(lines, "_has_warned", False)
    folder = tmp_path / "usage"
    if kind == "file in the way":
        folder.write_text("mine", "utf-8")
    elif kind == "folder in the way":
        (folder / "2026-11.jsonl").mkdir(parents=True)
    else:
        folder = Path("/dev/null/usage")
    done = 0
    with caplog.at_level(logging.WARNING, "agents_sahara.usage"):
        for _ in range(3):
            with _recorder(folder).run(_ledger(_attempt()), "t"):
                done += 1
    assert done == 3
    (told,) = caplog.messages
    assert told.startswith(f"the usage of this run is not recorded: {folder / '2026-11.jsonl'}: ")


def test_a_read_only_folder_breaks_no_run(tmp_path: Path) -> None:
    """Root may write anywhere, and becomes nobody for a moment."""
    tmp_path.chmod(0o500)
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        with _recorder(tmp_path / "usage").run(_ledger(_attempt()), "t"):
            pass
    finally:
        os.seteuid(before)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_breaks_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A part of the line is there, as a disk leaves it; the next one stands on a line of its own."""
    monkeypatch.setattr(lines, "_has_warned", False)
    whole = os.write
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda file, data: whole(file, data[:20]))
        with _recorder(tmp_path).run(_ledger(_attempt()), "torn"):
            pass
    with _recorder(tmp_path).run(_ledger(_attempt()), "whole"):
        pass
    torn, line = (tmp_path / "2026-11.jsonl").read_text("ascii").splitlines()
    assert len(torn) == 20
    assert json.loads(line)["trace_id"] == "whole"
    assert [told.endswith("the disk is full") for told in caplog.messages] == [True]


_WRITER = """
import sys
from pathlib import Path
from agents_sahara.usage.lines import append
for number in range(int(sys.argv[2])):
    append(Path(sys.argv[1]), {"who": sys.argv[3], "number": number, "filling": "x" * (number % 5000)})
"""


def test_processes_and_threads_share_a_file_and_lose_no_line(tmp_path: Path) -> None:
    path = tmp_path / "usage" / "2026-11.jsonl"
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(path), "400", str(one)]) for one in range(4)
    ]

    def write(who: int) -> None:
        for number in range(200):
            append(path, {"who": str(who), "number": number})

    threads = [threading.Thread(target=write, args=(one,)) for one in range(4, 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [writer.wait(60) for writer in writers] == [0] * 4
    numbers: dict[Json, list[Json]] = {}
    for line in _lines(path):
        numbers.setdefault(line["who"], []).append(line["number"])
    assert numbers == {str(one): list(range(400 if one < 4 else 200)) for one in range(8)}


def test_a_line_takes_no_noticeable_time(tmp_path: Path) -> None:
    """Typically 30 µs on a local disk; the bound is for a machine that does something else."""
    recorder, ledger = _recorder(tmp_path), _ledger(_attempt(), _attempt(model="other"))
    took = []
    for _ in range(300):
        started = time.perf_counter()
        with recorder.run(ledger, "trace"):
            pass
        took.append(time.perf_counter() - started)
    assert sorted(took)[len(took) // 2] < 0.001
