"""Legal texts: what they mean, and where everything stands."""

from __future__ import annotations

import pytest

from agents_sahara.diagnostics.finding import Place, Report
from agents_sahara.source.compose import MOST_ALIASES, compose
from agents_sahara.source.nodes import Mapping, Node, Scalar, Sequence
from agents_sahara.source.parser import HAS_LIBYAML
from agents_sahara.source.syntax import MOST_DEPTH
from tests.test_source.hostile import TEXTS
from tests.test_source.reading import findings_of, flat, marks_of, tree_of, value_of


def _at(node: Node, *path: str | int) -> Node:
    for step in path:
        below = node.get(step) if isinstance(node, Mapping) and isinstance(step, str) else None
        if isinstance(node, Sequence) and isinstance(step, int):
            below = node.items[step]
        assert below is not None
        node = below
    return node


def _span(node: Node) -> tuple[int, int, int, int]:
    return node.place[1:]


@pytest.mark.parametrize(
    ("plain", "value"),
    [
        ("", None), ("~", None), ("null", None), ("Null", None), ("NULL", None), ("nULL", "nULL"),
        ("true", True), ("True", True), ("TRUE", True), ("false", False), ("tRUE", "tRUE"),
        ("yes", "yes"), ("no", "no"), ("on", "on"), ("off", "off"), ("y", "y"), ("N", "N"),
        ("0", 0), ("-0", 0), ("7", 7), ("+7", 7), ("-12", -12), ("0o17", 15), ("0xFf", 255),
        ("010", "010"), ("0777", "0777"), ("-01", "-01"), ("1_000", "1_000"), ("0b11", "0b11"), ("0o8", "0o8"),
        ("18446744073709551615", 2**64 - 1), ("-9223372036854775808", -(2**63)),
        ("1.5", 1.5), ("1.", 1.0), (".5", 0.5), ("-.5e3", -500.0), ("1e3", 1000.0), ("1E-3", 0.001), ("1e", "1e"),
        ("12:30", "12:30"), ("12:30:45", "12:30:45"), ("2026-01-31", "2026-01-31"), ("1.2.3", "1.2.3"),
        (".", "."), ("..", ".."), ("+", "+"), ("=", "="), ("inf", "inf"), ("nan", "nan"),
        ("-x", "-x"), ("a#b", "a#b"), ("http://x", "http://x"), ("\u0663", "\u0663"), ("a b  c", "a b  c"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("libyaml", [True, False], ids=["libyaml", "python"])
def test_a_plain_scalar_means_what_yaml_1_2_says(plain: str, value: object, libyaml: bool) -> None:
    """YAML 1.2.2, section 10.3.2; leading zeros keep the text."""
    read = value_of(f"a: {plain}", libyaml=libyaml)
    assert read == {"a": value}
    assert isinstance(read, dict)
    assert type(read["a"]) is type(value)


@pytest.mark.parametrize("quoted", ['"5"', "'5'", "|-\n  5", ">-\n  5", "!!str 5"])
def test_what_is_quoted_is_a_string(quoted: str) -> None:
    assert value_of(f"a: {quoted}\n") == {"a": "5"}


@pytest.mark.parametrize(
    ("tagged", "value"),
    [
        ("!!int '5'", 5),
        ("!!float 5", 5.0),
        ("!!bool true", True),
        ("!!null ''", None),
        ("!!seq [1]", [1]),
        ("!!map {}", {}),
    ],
)
def test_the_tags_of_plain_values_are_obeyed(tagged: str, value: object) -> None:
    assert value_of(f"a: {tagged}\n") == {"a": value}


def test_a_scalar_knows_how_it_was_written() -> None:
    version = _at(tree_of("version: 1.10\nname: '1.10'\n"), "version")
    assert isinstance(version, Scalar)
    assert (version.value, version.text, version.is_quoted) == (1.1, "1.10", False)


def test_keys_keep_the_order_of_the_file() -> None:
    tree = tree_of("c: 1\na: 2\nb: 3\n")
    assert isinstance(tree, Mapping)
    assert list(tree.entries) == ["c", "a", "b"]
    assert tree.get("d") is None


def test_keys_are_found_normalised_and_kept_as_written() -> None:
    tree = tree_of("cafe\u0301: 1\n")
    assert isinstance(tree, Mapping)
    assert list(tree.entries) == ["caf\u00e9"]
    assert tree.entries["caf\u00e9"].key.text == "cafe\u0301"


def test_odd_words_may_be_keys() -> None:
    assert value_of("on: 1\nyes: 2\n'1': 3\n'<<': 4\n'': 5\n010: 6\n") == {
        "on": 1, "yes": 2, "1": 3, "<<": 4, "": 5, "010": 6,
    }  # fmt: skip


@pytest.mark.parametrize("libyaml", [True, False], ids=["libyaml", "python"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "BOM"])
def test_columns_count_characters_after_wide_text_marks_and_any_newline(
    mark: str, newline: str, libyaml: bool
) -> None:
    text = mark + newline.join(
        ["\U0001f600\u00e9: [\u65e5\u672c, b]", "c:", "  \U0001f468\u200d\U0001f4bb: x", ""]
    )
    tree = tree_of(text, libyaml=libyaml)
    assert _span(_at(tree, "\U0001f600\u00e9", 1)) == (1, 10, 1, 11)
    assert _span(_at(tree, "c", "\U0001f468\u200d\U0001f4bb")) == (3, 8, 3, 9)
    assert flat(tree_of(text.encode(), libyaml=libyaml)) == flat(tree)


def test_places_of_every_kind_of_node() -> None:
    text = "a: 'x'\nb:\n  - |\n    one\n    two\n\n\n# comment\n  - {c: [d]}\ne:\nf: &n g\nh: *n\n"
    tree = tree_of(text)
    assert tree.place == Place("team.yaml", 1, 1, 12, 6)
    assert _span(_at(tree, "a")) == (1, 4, 1, 7)
    assert _span(_at(tree, "b")) == (3, 3, 9, 13)
    assert _span(_at(tree, "b", 0)) == (3, 5, 5, 8)
    assert _span(_at(tree, "b", 1)) == (9, 5, 9, 13)
    assert _span(_at(tree, "b", 1, "c")) == (9, 9, 9, 12)
    assert _span(_at(tree, "e")) == (10, 3, 10, 3)
    assert _span(_at(tree, "f")) == (11, 4, 11, 8)
    assert _at(tree, "h") is _at(tree, "f")


@pytest.mark.parametrize("libyaml", [True, False], ids=["libyaml", "python"])
@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("a:", 3),
        ("a:   # why: not", 3),
        ("{a: }", 4),
        ("{a : , b: 1}", 5),
        ("{a , b: 1}", 3),
        ("? a", 4),
        ("{a:\n }", 4),
    ],
)
def test_a_value_that_is_not_written_stands_behind_its_key(text: str, column: int, libyaml: bool) -> None:
    assert _span(_at(tree_of(text, libyaml=libyaml), "a")) == (1, column, 1, column)


def test_an_item_that_is_not_written_stands_behind_its_dash() -> None:
    tree = tree_of("a: 1\nb:\n-\n- x\n")
    assert _span(_at(tree, "b", 0)) == (3, 2, 3, 2)


def test_aliases_within_the_caps_are_the_same_value() -> None:
    text = "a: &a {x: [1, 2]}\nb: [" + "*a ," * MOST_ALIASES + "]\n"
    assert value_of(text) == {"a": {"x": [1, 2]}, "b": [{"x": [1, 2]}] * MOST_ALIASES}


def test_an_alias_may_be_a_key_and_an_anchor_may_be_set_again() -> None:
    assert value_of("a: &k x\nb: {*k : 1}\nc: &k y\nd: *k\n") == {"a": "x", "b": {"x": 1}, "c": "y", "d": "y"}


@pytest.mark.parametrize(
    "text",
    [
        "[" * MOST_DEPTH + "]" * MOST_DEPTH,
        "{a: " * MOST_DEPTH + "1" + "}" * MOST_DEPTH,
        "- " * MOST_DEPTH + "x",
        "\n".join(" " * depth + "a:" for depth in range(MOST_DEPTH)),
        "a: '" + "[" * 5000 + "'\n",
        "a: |\n" + "".join("  " + " " * depth + "- [\n" for depth in range(200)),
        "# " + "[" * 5000 + "\na: 1\n",
        "\n".join("- - - - x" for _ in range(500)),
    ],
    ids=[
        "brackets",
        "braces",
        "dashes",
        "staircase",
        "in quotes",
        "in a block",
        "in a comment",
        "side by side",
    ],
)
def test_what_is_not_deeper_than_64_levels_is_never_refused(text: str) -> None:
    tree_of(text)


def test_a_document_may_be_marked_and_say_its_version() -> None:
    assert value_of("%YAML 1.2\n---\na: 1\n...\n") == {"a": 1}
    assert value_of("--- {a: 1}\n") == {"a": 1}


def test_json_is_yaml() -> None:
    assert value_of('{"a": [1, 2.5, true, null, "\\u00e9\\n\\/"], "b":{"c":""}}') == {
        "a": [1, 2.5, True, None, "\u00e9\n/"],
        "b": {"c": ""},
    }


def test_a_separator_may_be_written_as_an_escape() -> None:
    assert value_of('a: "one\\u2028two"\n') == {"a": "one\u2028two"}


def test_of_a_repeated_key_the_first_value_stays_and_refused_entries_are_left_out() -> None:
    report = Report()
    tree = compose("a: 1\na: 2\n? [x]\n: 3\n<<: {b: 4}\nc: .inf\n", "team.yaml", report)
    assert isinstance(tree, Mapping)
    assert list(tree.entries) == ["a", "c"]
    assert _span(_at(tree, "a")) == (1, 4, 1, 5)


def test_an_unknown_alias_is_answered_with_the_nearest_anchor() -> None:
    (finding,) = findings_of("a: &billing 1\nb: *biling\n")
    assert finding.mend == "did you mean 'billing'? Defined anchors: billing"


def test_a_text_with_endless_findings_stops_at_a_thousand() -> None:
    marks = marks_of("[" + ".nan," * 3000 + "]")
    assert len(marks) == 1000
    assert marks[-1][2] == "too-many-findings"


def test_a_text_with_more_values_than_any_team_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents_sahara.source.compose.MOST_EVENTS", 100)
    assert len(tree_of("[" + "x," * 90 + "]").place) == 5
    assert marks_of("[" + "x," * 110 + "]") == [(1, 196, "too-large")]


def test_a_large_team_keeps_every_place() -> None:
    lines = ["agents:"]
    for number in range(10_000):
        lines += [f"  agent_{number}:", f"    instructions: You know topic {number}.", "    model: gpt-4o"]
    tree = tree_of("\n".join(lines))
    assert _span(_at(tree, "agents", "agent_9999", "model")) == (30_001, 12, 30_001, 18)


@pytest.mark.parametrize("text", [text for text, _ in TEXTS.values()], ids=TEXTS)
def test_both_parsers_leave_the_same_tree_of_a_hostile_text(text: str | bytes) -> None:
    assert HAS_LIBYAML
    trees = [flat(compose(text, "team.yaml", Report(), libyaml=libyaml)) for libyaml in (True, False)]
    assert trees[0] == trees[1]
