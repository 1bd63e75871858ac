"""What the record adds up to, also where it is torn, foreign or large."""

from __future__ import annotations

import json
import os
import tracemalloc
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents_sahara.types import Json
from agents_sahara.usage.history import GroupName, Sums, read_history

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ALL = datetime(2000, 1, 1, tzinfo=UTC)


def call(agent: str = "desk", provider: str = "p", model: str = "m", **more: Json) -> dict[str, Json]:
    said: dict[str, Json] = {
        "agent": agent,
        "provider": provider,
        "model": model,
        "requests": 1,
        "failed": 0,
        "cancelled": 0,
        "input_tokens": 10,
        "output_tokens": 2,
        "cost_usd": "0.5",
        "unpriced": 0,
    }
    return said | more


def line(*calls: Json, ago: timedelta = timedelta(), **more: Json) -> dict[str, Json]:
    said: dict[str, Json] = {
        "version": 1,
        "time": (NOW - ago).isoformat().replace("+00:00", "Z"),
        "team": "shop",
        "trace_id": "trace_1",
        "outcome": "finished",
        "error": None,
        "seconds": 1.5,
        "simulated": False,
        "calls": list(calls),
    }
    return said | more


def write(folder: Path, *lines: Json, name: str = "2026-11.jsonl") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(one) + "\n" for one in lines)


def test_calls_are_added_up_by_what_is_asked_for(tmp_path: Path) -> None:
    write(
        tmp_path,
        line(call(), call("front", "q", "n", failed=2, cost_usd=None, unpriced=1)),
        line(call("front"), team="desk"),
    )
    names: dict[GroupName, dict[str, int]] = {
        "agent": {"desk": 1, "front": 2},
        "provider": {"p": 2, "q": 1},
        "model": {"m": 2, "n": 1},
        "team": {"shop": 2, "desk": 1},
    }
    for by, requests in names.items():
        real = read_history(tmp_path, ALL, by).real
        assert {name: sums.requests for name, sums in real.groups.items()} == requests
        assert real.total == Sums(2, 3, 2, 30, 6, 1, Decimal("1.0"))
        assert real.total.cost_usd is None
    groups = read_history(tmp_path, ALL, "model").real.groups
    assert (groups["m"].cost_usd, groups["n"].cost_usd) == (Decimal("1.0"), None)
    assert read_history(tmp_path, ALL, "team").real.groups["shop"].runs == 1


def test_what_a_simulator_answered_is_in_no_other_sum(tmp_path: Path) -> None:
    write(tmp_path, line(call()), line(call(), call(), simulated=True))
    history = read_history(tmp_path, ALL, "model")
    assert (history.real.total.requests, history.simulated.total.requests) == (1, 2)


def test_only_what_is_not_older_counts_also_across_months(tmp_path: Path) -> None:
    write(tmp_path, line(call(), ago=timedelta(days=1)), line(call(), ago=timedelta(days=21)))
    write(
        tmp_path,
        line(call(), ago=timedelta(days=25)),
        line(call(), ago=timedelta(days=50)),
        name="2026-10.jsonl",
    )
    write(tmp_path, line(call(), ago=timedelta(days=400)), name="2025-10.jsonl")
    days = {1: 1, 2: 1, 21: 2, 24: 2, 25: 3, 49: 3, 50: 4, 399: 4, 400: 5}
    for ago, runs in days.items():
        assert read_history(tmp_path, NOW - timedelta(days=ago), "team").real.total.runs == runs, ago


def test_a_run_without_calls_counts_as_a_run(tmp_path: Path) -> None:
    write(tmp_path, line(outcome="failed"))
    assert read_history(tmp_path, ALL, "model").real.total == Sums(runs=1)


@pytest.mark.parametrize(
    "text",
    [
        b'{"version":1,"time":"2026-11-22T12:00',
        b"no json",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b"\0" * 50,
        b"[" * 100_000,
        b"1" * 5000,
        json.dumps(line(call(), version=2)).encode(),
        json.dumps(line(call(requests=-1))).encode(),
        json.dumps(line(call(requests=True))).encode(),
        json.dumps(line(call(input_tokens=10**40))).encode(),
        json.dumps(line(call(input_tokens=1.5))).encode(),
        json.dumps(line(call(cost_usd="-1"))).encode(),
        json.dumps(line(call(cost_usd="NaN"))).encode(),
        json.dumps(line(call(cost_usd="much"))).encode(),
        json.dumps(line(call(cost_usd=0.5))).encode(),
        json.dumps(line(call() | {"model": None})).encode(),
        json.dumps(line(call(), team=["shop"])).encode(),
        json.dumps(line(call(), simulated="no")).encode(),
        json.dumps(line(call(), time="yesterday")).encode(),
        json.dumps(line(call(), time=1)).encode(),
        json.dumps(line(call()) | {"calls": 3}).encode(),
        json.dumps(line() | {"calls": [3]}).encode(),
    ],
)
def test_a_line_that_is_none_of_ours_is_counted_and_passed_over(text: bytes, tmp_path: Path) -> None:
    write(tmp_path, line(call()))
    with (tmp_path / "2026-11.jsonl").open("ab") as file:
        file.write(text + b"\n\n  \n")
    write(tmp_path, line(call()))
    history = read_history(tmp_path, ALL, "model")
    assert (history.real.total, history.unreadable) == (Sums(2, 2, 0, 20, 4, 0, Decimal("1.0")), 1)


@given(st.lists(st.binary(max_size=60) | st.just(json.dumps(line(call())).encode()), max_size=8))
def test_no_bytes_break_it(tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]) -> None:
    folder = tmp_path_factory.mktemp("record")
    (folder / "2026-11.jsonl").write_bytes(b"\n".join(pieces))
    history = read_history(folder, ALL, "model")
    assert history.real.total.runs + history.unreadable <= sum(len(one.split(b"\n")) for one in pieces)


def test_files_of_others_are_left_alone_and_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    for name in ("notes.jsonl", "2026-11.txt", "2026-11.jsonl.bak", "26-11.jsonl", "2026-1.jsonl"):
        write(tmp_path, {"x": 1}, name=name)
    (tmp_path / "2026-10.jsonl").mkdir()
    history = read_history(tmp_path, ALL, "model")
    assert (history.real.total.runs, history.unreadable) == (0, 0)
    assert history.unopened == [f"{tmp_path / '2026-10.jsonl'}: Is a directory"]


def test_without_a_folder_there_is_nothing(tmp_path: Path) -> None:
    assert read_history(tmp_path / "none", ALL, "model").unopened == []
    (tmp_path / "file").write_text("", "utf-8")
    assert len(read_history(tmp_path / "file", ALL, "model").unopened) == 1


def test_memory_does_not_grow_with_the_record(tmp_path: Path) -> None:
    text = json.dumps(line(call(), call("front"))) + "\n"
    (tmp_path / "2026-11.jsonl").write_text(text * 20_000, "utf-8")
    with (tmp_path / "2026-12.jsonl").open("wb") as file:
        file.write(b"x" * 20_000_000 + b"\n" + text.encode())
    tracemalloc.start()
    history = read_history(tmp_path, ALL, "agent")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (history.real.total.runs, history.unreadable) == (20_001, 1)
    assert most < 5_000_000


def test_a_pipe_is_not_waited_for_and_a_device_not_read(tmp_path: Path) -> None:
    write(tmp_path, line(call()))
    os.mkfifo(tmp_path / "2026-10.jsonl")
    (tmp_path / "2026-09.jsonl").symlink_to("/dev/zero")
    history = read_history(tmp_path, ALL, "model")
    assert history.real.total.runs == 1
    assert [text.partition(": ")[2] for text in history.unopened] == ["no ordinary file"] * 2
