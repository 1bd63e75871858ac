"""The team of `agents_sdk_triage.py` as a YAML file: checked before it runs, and the result says who did what."""

from __future__ import annotations

from pathlib import Path

from agents_sahara import load_team

TEAM = Path(__file__).parent.parent / "configs" / "language_triage.yaml"


def main() -> None:
    team = load_team(TEAM)
    result = team.run_sync("Hola, ¿Cómo te llamas?")
    team.close()
    print(result.output)
    print(" -> ".join(result.path))
    for attempt in result.attempts:
        print(f"{attempt.agent}: {attempt.model} on {attempt.provider}, {attempt.outcome}")

    assert "James" in result.output
    assert result.path == ("triage", "spanish")
    assert [attempt.provider for attempt in result.attempts] == ["openai", "together"]


if __name__ == "__main__":
    main()
