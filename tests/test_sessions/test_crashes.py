"""kill -9 at random moments: what was acknowledged is there, and nothing is there by half."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agents_sahara.emulator.gateway import LocalGateway

ROOT = Path(__file__).parent.parent.parent
WITHIN_S = 900

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")


def _kill(folder: Path, kills: int, *gateway: str) -> dict[str, int]:
    words = [sys.executable, "-W", "error", "-m", "tests.test_sessions.crashing", folder, kills, 7, *gateway]
    done = subprocess.run(
        list(map(str, words)), cwd=ROOT, capture_output=True, text=True, timeout=WITHIN_S, check=False
    )
    assert done.returncode == 0, done.stderr
    counts: dict[str, int] = json.loads(done.stdout)
    assert counts["acknowledged"] >= kills
    assert counts["turns"] >= counts["acknowledged"]
    return counts


def test_a_killed_writer_leaves_every_acknowledged_turn_and_no_half_one(tmp_path: Path) -> None:
    _kill(tmp_path, 20)


@pytest.mark.long
def test_two_hundred_killed_teams_leave_every_acknowledged_turn_and_no_half_one(tmp_path: Path) -> None:
    with LocalGateway(keep_calls=False) as gateway:
        print(_kill(tmp_path, 200, gateway.base_url))
