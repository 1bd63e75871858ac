"""docs/reference/TEAM_FILE.md names every key with the sentence of its declaration, and its YAML loads."""

from __future__ import annotations

import re
from pathlib import Path

from agents_sahara.loader import read_team
from agents_sahara.spec.schema import team_schema

TEXT = (Path(__file__).parent.parent / "docs" / "reference" / "TEAM_FILE.md").read_text(encoding="utf-8")

IN_PROSE = {"instructions", "price", "reasoning", "profile", "on_exceed"}
"""Records that a sentence explains; a profile has the keys of the file."""


def test_every_key_stands_in_the_reference_with_its_sentence() -> None:
    rows = set(re.findall(r"^\| `(\w+)`(?: \(required\))? \| (.*) \|$", TEXT, re.MULTILINE))
    definitions = team_schema()["definitions"]
    assert isinstance(definitions, dict)
    declared = {
        (key, drawn["description"])
        for name, definition in definitions.items()
        if not name.endswith("_layer") and name not in IN_PROSE
        for key, drawn in definition["properties"].items()
    }
    assert rows == declared


def test_each_example_of_the_reference_is_a_good_team() -> None:
    examples = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    assert len(examples) > 1
    for example in examples:
        assert read_team(example, environ={}).findings == (), example
