"""Where a stretch of a text stands, however the text is written in YAML."""

from __future__ import annotations

import pytest

from agents_sahara.diagnostics.finding import Place, Report
from agents_sahara.source import nodes
from agents_sahara.source.compose import compose
from agents_sahara.source.within import stretch


def _marked(yaml: str, words: str, *, nth: int = 0) -> str:
    tree = compose(yaml, "team.yaml", Report())
    assert isinstance(tree, nodes.Mapping)
    scalar = tree.get("when")
    assert isinstance(scalar, nodes.Scalar)
    start = -1
    for _ in range(nth + 1):
        start = scalar.text.index(words, start + 1)
    lines = yaml.splitlines()
    place = stretch(lines, scalar.place, scalar.text, start, start + len(words))
    if place == scalar.place:
        return "all"
    return f"{place.line}:{place.column} {lines[place.line - 1][place.column - 1 : place.end_column - 1]}"


@pytest.mark.parametrize(
    ("yaml", "found"),
    [
        ("when: args.x > 1", "1:7 args.x"),
        ("when: 'args.x > 1'", "1:8 args.x"),
        ('when: "args.x > 1"', "1:8 args.x"),
        ("when: |\n  true and\n  args.x > 1\n", "3:3 args.x"),
        ("when: >\n  true and\n  args.x > 1\n", "3:3 args.x"),
        ('when: "\\x61rgs.x > 1"', "all"),
    ],
)
def test_a_stretch_is_found_in_every_way_to_write_a_text(yaml: str, found: str) -> None:
    assert _marked(yaml, "args.x") == found


def test_the_right_one_of_several_is_found() -> None:
    assert _marked("when: a or b and a", "a", nth=1) == "1:14 a"
    assert _marked("when: a or b or a", "a", nth=1) == "1:17 a"
    assert _marked("when: >\n  a or\n  a\n", "a", nth=1) == "3:3 a"


def test_nothing_to_mark_is_the_whole_text() -> None:
    place = Place("team.yaml", 1, 7, 1, 8)
    assert stretch(["when: a"], place, "a", 1, 1) == place
