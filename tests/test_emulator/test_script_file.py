from __future__ import annotations

from pathlib import Path

import pytest

from agents_sahara.emulator.catalog import Pair
from agents_sahara.emulator.catalog_file import read_catalog
from agents_sahara.emulator.faults import MALFORMED
from agents_sahara.emulator.script import Fail, Raw, Rule, Say, Tool, Use, When
from agents_sahara.emulator.script_file import read_script
from agents_sahara.emulator.wire import Cut, Pace
from agents_sahara.errors import SpecError

WHOLE = """
version: 1
rules:
  - when: {message: "(?i)refund", system: desk, provider: together, model: m/x, turn: 2, stream: true}
    call: lookup
    args: {id: 77, tags: [a, null]}
    times: 2
  - call: [{name: a}, {name: b, args: "{oops", id: ""}]
  - {say: "Hi", answered_model: gpt-4o-2024-08-06, delay: 500ms, chunk_delay: 0.1}
  - {error: 503}
  - {error: {status: 429, body: {detail: slow}, headers: {Retry-After: "7"}, content_type: text/x}}
  - {malformed: html, when: {path: models}}
  - {malformed: {body: "x", content_type: text/plain, status: 201, headers: {A: b}}}
  - {cut: connection}
  - {cut: {chunks: 3, how: reset, hold: 2m}}
  - {cut: {bytes: 10, how: end}}
"""

RULES = (
    Rule(
        Use((Tool("lookup", {"id": 77, "tags": ["a", None]}),)),
        When(message="(?i)refund", system="desk", provider="together", model="m/x", turn=2, stream=True),
        times=2,
    ),
    Rule(Use((Tool("a"), Tool("b", "{oops", id="")))),
    Rule(Say("Hi", "gpt-4o-2024-08-06"), pace=Pace(delay_s=0.5, chunk_delay_s=0.1)),
    Rule(Fail(503)),
    Rule(Fail(429, {"detail": "slow"}, {"Retry-After": "7"}, "text/x")),
    Rule(MALFORMED["html"], When(path="models")),
    Rule(Raw("x", "text/plain", 201, {"A": "b"})),
    Rule(pace=Pace(cut=Cut())),
    Rule(pace=Pace(cut=Cut(after_chunks=3, how="reset", hold_s=120))),
    Rule(pace=Pace(cut=Cut(after_bytes=10, how="end"))),
)


def test_every_key_of_a_script_reaches_its_rule(tmp_path: Path) -> None:
    path = tmp_path / "script.yaml"
    path.write_text(WHOLE)
    assert read_script(path) == RULES


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        ("{sey: Hi}", 6, "unknown key 'sey'"),
        ("{say: ''}", 11, "'say' must be a text"),
        ("{say: Hi, error: 500}", 15, "a rule does one thing"),
        ("{args: {a: 1}, say: Hi}", 6, "'args' means nothing without 'call'"),
        ("{times: 2}", 5, "a rule must do something"),
        ("{say: Hi, times: 0}", 22, "'times' must be a whole number"),
        ("{say: Hi, delay: soon}", 22, "'delay' must be a duration"),
        ("{say: Hi, when: {message: '('}}", 31, "not a regular expression"),
        ("{say: Hi, when: {stream: yes}}", 30, "'stream' must be true or false"),
        ("{say: Hi, when: {path: models}}", 5, "gives no completion"),
        ("{error: 99}", 13, "'error' must be a whole number"),
        ("{error: {body: x}}", 13, "'error' needs the key 'status'"),
        ("{malformed: htm}", 17, "'malformed' cannot be 'htm'"),
        ("{malformed: {status: 200}}", 17, "needs the key 'body'"),
        ("{cut: now}", 11, "'cut' cannot be 'now'"),
        ("{cut: {chunks: 1, bytes: 2}}", 11, "either chunks or bytes"),
        ("{cut: {chunks: 1, how: softly}}", 28, "'how' cannot be 'softly'"),
        ("{call: [{args: {}}]}", 13, "a call needs the key 'name'"),
        ("{call: f, args: 3}", 21, "'args' must be a mapping"),
        ("just text", 5, "a rule must be a mapping"),
    ],
)
def test_a_wrong_rule_is_found_at_its_place(tmp_path: Path, line: str, column: int, message: str) -> None:
    path = tmp_path / "script.yaml"
    path.write_text(f"rules:\n  - {{say: fine}}\n  - {line}\n")
    with pytest.raises(SpecError) as caught:
        read_script(path)
    found = [(finding.place.line, finding.place.column, finding.message) for finding in caught.value.findings]
    assert any(at == (3, column) and message in said for *at_, said in found for at in [tuple(at_)]), found
    assert str(path) in str(caught.value)


def test_all_that_is_wrong_with_a_script_is_found_at_once(tmp_path: Path) -> None:
    path = tmp_path / "script.yaml"
    path.write_text("version: 2\nrules:\n  - {sey: a}\n  - {error: x}\n")
    with pytest.raises(SpecError) as caught:
        read_script(path)
    assert [finding.place.line for finding in caught.value.findings] == [1, 3, 3, 4]
    assert "did you mean 'say'?" in str(caught.value)


@pytest.mark.parametrize("text", ["", "rules", "rules: 3", "version: 1", "rules: [a"])
def test_a_file_that_is_no_script_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "script.yaml"
    path.write_text(text)
    with pytest.raises(SpecError):
        read_script(path)


def test_a_missing_file_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        read_catalog(tmp_path / "none.yaml")
    assert caught.value.findings[0].id == "unreadable-file"


def test_a_catalog_file_lists_exactly_what_is_served(tmp_path: Path) -> None:
    path = tmp_path / "catalog.yaml"
    path.write_text("version: 1\nproviders:\n  beta: [m/2, m/1]\n  alpha: [m/1]\n  idle: []\n")
    catalog = read_catalog(path)
    assert catalog.providers == ("beta", "alpha", "idle")
    assert catalog.models == ("m/2", "m/1")
    assert catalog.pairs == (Pair("beta", "m/2"), Pair("beta", "m/1"), Pair("alpha", "m/1"))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("providers: [openai]", (1, 12)),
        ("providers: {}", (1, 12)),
        ("provider: {a: [b]}", (1, 1)),
        ("providers: {a: b}", (1, 16)),
        ("providers: {a: [1]}", (1, 17)),
        ("- a", (1, 1)),
    ],
)
def test_a_wrong_catalog_is_found_at_its_place(tmp_path: Path, text: str, place: tuple[int, int]) -> None:
    path = tmp_path / "catalog.yaml"
    path.write_text(text)
    with pytest.raises(SpecError) as caught:
        read_catalog(path)
    assert place in [(finding.place.line, finding.place.column) for finding in caught.value.findings]
