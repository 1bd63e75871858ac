"""Change the file of a team that is serving: mistakes change nothing, and a good file holds for the next run."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

from agents_sahara import SpecError, load_team

TEAM = """
version: 1
agents:
  desk:
    instructions: You only speak LANGUAGE. Your name is James
    model: deepseek-ai/DeepSeek-V3
    provider: together
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "team.yaml")
        file.write_text(TEAM.replace("LANGUAGE", "English"), "utf-8")
        with closing(load_team(file)) as team:
            print(team.run_sync("Who are you?").output)

            file.write_text(TEAM.replace("model:", "modle:"), "utf-8")
            try:
                team.reload_sync()
            except SpecError as problem:
                errors = [finding for finding in problem.findings if finding.severity == "error"]
                print(f"as before: {len(errors)} error")

            file.write_text(TEAM.replace("LANGUAGE", "Spanish"), "utf-8")
            assert team.reload_sync()
            print(team.run_sync("Hola, ¿Cómo te llamas?").output)


if __name__ == "__main__":
    main()
