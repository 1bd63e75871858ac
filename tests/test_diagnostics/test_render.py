"""Findings as they are shown: whole outputs, and nothing in them that a terminal would obey."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot

from agents_sahara.diagnostics.finding import Finding, Place, Report
from agents_sahara.diagnostics.render import Format, render

TEXT = "version: 1\nagents:\n  triage:\n    handoffs: [biling, orders]\n"
FORMATS: list[Format] = ["text", "json", "github", "sarif"]


def _finding(message: str = "a mistake", mend: str = "mend it", place: Place | None = None) -> Finding:
    return Finding("yaml-syntax", "error", message, mend, place or Place("team.yaml", 4, 16, 4, 22))


def _text(*findings: Finding, text: str = TEXT, color: bool = False) -> str:
    return render(findings, format="text", texts={"team.yaml": text}, files=1, color=color)


def test_the_text_form_has_place_rule_excerpt_caret_and_mend() -> None:
    warning = Finding("alias-bomb", "warning", "a doubt", "", Place("team.yaml", 1, 1, 1, 8))
    assert _text(
        warning, _finding("agent 'triage' hands off to 'biling'", "did you mean 'billing'?")
    ) == snapshot("""\
team.yaml:1:1: warning[alias-bomb]: a doubt
  1 | version: 1
    | ^^^^^^^

team.yaml:4:16: error[yaml-syntax]: agent 'triage' hands off to 'biling'
  4 |     handoffs: [biling, orders]
    |                ^^^^^^
  mend: did you mean 'billing'?

1 error, 1 warning in 1 file
""")


def test_colour_is_only_there_when_asked_for() -> None:
    assert "\x1b" not in _text(_finding())
    assert _text(_finding(), color=True) == snapshot("""\
\x1b[1mteam.yaml:4:16:\x1b[0m \x1b[1;31merror[yaml-syntax]\x1b[0m: a mistake
  \x1b[34m4 |\x1b[0m     handoffs: [biling, orders]
  \x1b[34m  |\x1b[0m                \x1b[1;31m^^^^^^\x1b[0m
  mend: mend it

1 error in 1 file
""")


@pytest.mark.parametrize("format_", ["json", "github", "sarif"])
def test_colour_changes_the_text_form_only(format_: Format) -> None:
    plain, coloured = (
        render([_finding()], format=format_, texts={}, files=1, color=color) for color in (False, True)
    )
    assert plain == coloured


def test_no_findings_are_said_in_each_form() -> None:
    assert render([], format="text", texts={}, files=3) == "nothing found in 3 files\n"
    assert render([], format="github", texts={}, files=3) == ""
    assert json.loads(render([], format="json", texts={}, files=3)) == {
        "version": 1,
        "files": 3,
        "findings": [],
    }


@pytest.mark.parametrize(
    ("line", "columns", "shown"),
    [
        ("\tab: c", (2, 4), "      ab: c\n|     ^^"),
        ("日本: x", (1, 3), "  日本: x\n| ^^^^"),
        ("日本: x", (5, 6), "  日本: x\n|       ^"),
        ("e\u0301a: x", (3, 4), "  e\u0301a: x\n|  ^"),
        ("\U0001f600: x", (4, 5), "  \U0001f600: x\n|     ^"),
        ("a\u202eb: x", (3, 4), "  a\\u202eb: x\n|        ^"),
        ("\x1b]0;hi\x07x", (8, 9), "  \\x1b]0;hi\\x07x\n|              ^"),
        ("a\u3000b", (3, 4), "  a\u3000b\n|    ^"),
        ("a: x", (5, 5), "  a: x\n|     ^"),
        ("a: x", (9, 12), "  a: x\n|     ^"),
        ("a: x   ", (4, 5), "  a: x\n|    ^"),
    ],
)
def test_the_caret_stands_below_its_character(line: str, columns: tuple[int, int], shown: str) -> None:
    place = Place("team.yaml", 1, columns[0], 1, columns[1])
    rows = _text(_finding(place=place), text=line).splitlines()
    expected_line, expected_carets = shown.split("\n")
    assert rows[1] == "  1 |" + expected_line[1:]
    assert rows[2] == "    " + expected_carets


def test_a_long_line_is_cut_around_the_caret() -> None:
    line = "x" * 500 + "HERE" + "y" * 500
    rows = _text(_finding(place=Place("team.yaml", 1, 501, 1, 505)), text=line).splitlines()
    assert rows[1] == "  1 | …" + "x" * 60 + "HERE" + "y" * 36 + "…"
    assert rows[2] == "    | " + " " * 61 + "^^^^"


def test_a_finding_over_several_lines_underlines_its_first() -> None:
    assert _text(_finding(place=Place("team.yaml", 2, 1, 4, 31))).splitlines()[1:3] == [
        "  2 | agents:",
        "    | ^^^^^^^",
    ]


@pytest.mark.parametrize(
    "place", [Place("other.yaml", 1, 1, 1, 1), Place("team.yaml", 9, 1, 9, 1), Place("team.yaml", 5, 1, 5, 1)]
)
def test_a_place_with_nothing_to_show_has_no_excerpt(place: Place) -> None:
    assert len(_text(_finding(place=place)).splitlines()) == 4


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_excerpts_count_lines_as_the_reader_does(newline: str) -> None:
    text = "\ufeff" + TEXT.replace("\n", newline)
    assert _text(_finding(), text=text).splitlines()[1] == "  4 |     handoffs: [biling, orders]"


def test_json_is_the_published_shape() -> None:
    assert json.loads(render([_finding()], format="json", texts={}, files=1)) == {
        "version": 1,
        "files": 1,
        "findings": [
            {
                "id": "yaml-syntax",
                "severity": "error",
                "message": "a mistake",
                "mend": "mend it",
                "file": "team.yaml",
                "line": 4,
                "column": 16,
                "end_line": 4,
                "end_column": 22,
            }
        ],
    }


def test_annotations_are_escaped_as_github_reads_them() -> None:
    hostile = Place("a,b:c%\n::error::x.yaml", 4, 16, 4, 22)
    over_lines = Place("team.yaml", 2, 1, 4, 31)
    findings = [
        _finding("100% wrong\n::set-output::x", "a, b: c", hostile),
        _finding(mend="", place=over_lines),
    ]
    assert render(findings, format="github", texts={}, files=1).splitlines() == [
        (
            "::error file=a%2Cb%3Ac%25\\n%3A%3Aerror%3A%3Ax.yaml,line=4,endLine=4,col=16,endColumn=22,"
            "title=yaml-syntax::100%25 wrong\\n::set-output::x%0Aa, b: c"
        ),
        "::error file=team.yaml,line=2,endLine=4,title=yaml-syntax::a mistake",
    ]


PAYLOADS = [
    "\x1b[2J", "\x1b]0;title\x07", "\x1b]52;c;aGk=\x07", "\x1b]8;;http://x\x1b\\", "\x9b31m", "\x90q\x9c",
    "\x07", "\x08\x08", "\r", "\x00",
    "\u202e", "\u2066", "\u200b", "\u2028", "\ufeff", "\U000e0041", "\ud800", "\x7f", "\x85", "\xad", "\u061c",
]  # fmt: skip


@pytest.mark.parametrize("payload", PAYLOADS, ids=ascii)
@pytest.mark.parametrize("format_", FORMATS)
def test_no_payload_reaches_the_output(payload: str, format_: Format) -> None:
    place = Place(f"a{payload}.yaml", 1, 1, 1, 3)
    finding = _finding(f"m{payload}", f"n{payload}", place)
    shown = render([finding], format=format_, texts={place.file: f"x{payload}y: z"}, files=1)
    assert shown.replace("\n", "").isprintable()
    shown.encode("utf-8")


@given(st.text(st.characters(), max_size=30), st.integers(1, 40), st.integers(0, 40))
def test_any_line_and_place_can_be_shown(line: str, column: int, length: int) -> None:
    place = Place("team.yaml", 1, column, 1, column + length)
    shown = _text(_finding(line, line, place), text=line)
    assert shown.replace("\n", "").replace("\u3000", "").isprintable()
    assert all(len(row) < 600 for row in shown.splitlines())


def test_a_report_is_rendered_in_the_order_of_its_places() -> None:
    report = Report()
    report.add("too-deep", Place("b.yaml", 1, 1, 1, 2), "b")
    report.add("too-deep", Place("a.yaml", 10, 1, 10, 2), "a10")
    report.add("too-deep", Place("a.yaml", 9, 1, 9, 2), "a9")
    shown = render(report.sorted(), format="github", texts={}, files=2)
    assert [row.rsplit(":", 1)[1] for row in shown.splitlines()] == ["a9", "a10", "b"]
