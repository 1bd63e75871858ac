"""What a team file would like to run, and every door that could let it: nothing happens before consent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def test_two_hundred_references_reach_nothing_by_any_door(tmp_path: Path) -> None:
    environ = {**os.environ, "SAHARA_STATE_DIR": str(tmp_path), "SAHARA_API_KEY": "key-of-a-test"}
    done = subprocess.run(
        [sys.executable, "-m", "tests.test_trust.hostile"],
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
        env=environ,
        cwd=Path(__file__).parent.parent.parent,
    )
    told = json.loads(done.stdout)
    assert told["references"] >= 200
    assert told["well_formed"] >= 100
    assert (told["seen"], told["wrong"]) == ([], [])
