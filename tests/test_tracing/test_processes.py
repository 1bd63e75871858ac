"""Traces of several processes: they share a file without losing a line, and kill -9 leaves what had happened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.testing import no_sleep

ROOT = Path(__file__).parent.parent.parent
WITHIN_S = 900

_WRITER = """
import sys
from pathlib import Path
from agents_sahara.tracing.lines import LineFile
from agents_sahara.tracing.record import Record
file = LineFile(Path(sys.argv[1]), sys.exit)
for number in range(int(sys.argv[2])):
    filling = "x" * (number * 997 % 60_000)
    file.write(Record("attempt", sys.argv[3], 1.0, "span", None, {"number": number, "filling": filling}, 1.0))
"""


def test_processes_share_a_file_and_lose_no_line(tmp_path: Path) -> None:
    path = tmp_path / "traces" / "all.jsonl"
    words = [sys.executable, "-W", "error", "-c", _WRITER, str(path), "300"]
    writers = [subprocess.Popen([*words, str(one)], cwd=ROOT) for one in range(3)]
    assert [writer.wait(60) for writer in writers] == [0] * 3
    numbers: dict[str, list[int]] = {}
    for text in path.read_text("ascii").split("\n"):
        if text:
            line = json.loads(text)
            assert line["filling"] == "x" * (line["number"] * 997 % 60_000)
            numbers.setdefault(line["trace_id"], []).append(line["number"])
    assert numbers == {str(one): list(range(300)) for one in range(3)}


def _kill(folder: Path, kills: int) -> dict[str, int]:
    with LocalGateway(keep_calls=False, sleep=no_sleep) as gateway:
        words = ["-m", "tests.test_tracing.crashing", folder, kills, 7, gateway.base_url]
        done = subprocess.run(
            [sys.executable, "-W", "error", *map(str, words)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    counts: dict[str, int] = json.loads(done.stdout)
    assert counts["runs"] >= counts["kills"] == kills
    return counts


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_killed_program_leaves_all_that_had_happened(tmp_path: Path) -> None:
    print(_kill(tmp_path, 20))


@pytest.mark.long
@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_two_hundred_killed_programs_leave_all_that_had_happened(tmp_path: Path) -> None:
    print(_kill(tmp_path, 200))
