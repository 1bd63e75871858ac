"""Every broken text gives its findings, all of them, at their places, whichever parser reads it."""

from __future__ import annotations

import pytest

from agents_sahara.diagnostics.rules import RULES
from tests.test_source.hostile import ONLY_LIBYAML, TEXTS, Mark
from tests.test_source.reading import findings_of, marks_of

SOURCE_RULES = {
    "too-large", "not-utf8", "bad-character", "yaml-syntax", "empty-file", "multi-document", "too-deep",
    "duplicate-key", "non-string-key", "merge-key", "yaml-tag", "bad-number", "unknown-alias", "recursive-alias",
    "alias-bomb",
}  # fmt: skip


@pytest.mark.parametrize("libyaml", [True, False], ids=["libyaml", "python"])
@pytest.mark.parametrize(("text", "marks"), TEXTS.values(), ids=TEXTS)
def test_a_hostile_text_is_refused_at_its_place(text: str | bytes, marks: list[Mark], libyaml: bool) -> None:
    assert marks_of(text, libyaml=libyaml) == marks


@pytest.mark.parametrize(("text", "marks"), ONLY_LIBYAML.values(), ids=ONLY_LIBYAML)
def test_libyaml_refuses_a_hostile_text_at_its_place(text: str, marks: list[Mark]) -> None:
    assert marks_of(text) == marks


@pytest.mark.parametrize("text", [text for text, _ in TEXTS.values()], ids=TEXTS)
def test_every_finding_says_in_plain_words_what_is_wrong_and_how_to_mend_it(text: str | bytes) -> None:
    for finding in findings_of(text):
        assert finding.message
        assert finding.mend
        assert "this is not YAML" not in finding.message, "a judge in `syntax` should know this mistake"
        assert finding.severity == "error"
        assert len(finding.message) < 160


def test_the_table_has_a_text_for_every_rule_of_this_room() -> None:
    found = {rule for _, marks in TEXTS.values() for _, _, rule in marks}
    assert found == SOURCE_RULES - {"too-large"}
    assert set(RULES) >= found
