"""A workflow: a fixed order of agents, one of whom works again until another is content."""

from __future__ import annotations

from contextlib import closing

from agents_sahara import load_team

TEAM = """
version: 1
entry: reviewed
defaults: {model: gpt-4o, provider: openai}
agents:
  drafter: {description: Writes, instructions: You only speak English. Your name is Dora}
  checker: {description: Checks, instructions: You only speak English. Your name is Carl}
workflows:
  reviewed: {loop: {sequence: [drafter, checker], until: "output == 'ok'", max: 2}}
"""


def main() -> None:
    with closing(load_team(TEAM)) as team:
        result = team.run_sync("Who are you?")
    print(" -> ".join(result.path))
    print(f"checked: {result.output}")
    assert result.usage.requests == len(result.path) == 4


if __name__ == "__main__":
    main()
