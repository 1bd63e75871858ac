"""Trace a run, and draw the trace as a tree: who did what inside what, and how long it took."""

from __future__ import annotations

import json
import tempfile
from contextlib import closing
from pathlib import Path

from agents_sahara import load_team

CONFIG = Path(__file__).parent.parent / "configs" / "language_triage.yaml"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "team.yaml")
        file.write_text(CONFIG.read_text("utf-8") + "\ntracing: {file: traces/}\n", "utf-8")
        with closing(load_team(file)) as team:
            result = team.run_sync("Hola, ¿Cómo te llamas?")
        [trace] = Path(folder, "traces").iterdir()
        lines = [json.loads(line) for line in trace.read_text("ascii").splitlines()]

    assert {line["trace_id"] for line in lines} == {result.trace_id}
    depth = {None: -1}
    for line in lines:
        level = depth[line["parent"]] + 1
        depth[line["span"]] = level
        if "_finished" not in line["type"]:
            what = line.get("agent") or line.get("to_agent") or line.get("team")
            print("  " * level + f"{line['type']} {what}")


if __name__ == "__main__":
    main()
