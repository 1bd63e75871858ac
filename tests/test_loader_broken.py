"""Every broken file is refused, at the right line, with the right suggestion, and nothing else is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agents_sahara.diagnostics.rules import RULES
from agents_sahara.loader import read_team
from agents_sahara.trust.consent import Consent
from tests.broken_files import BrokenFile, broken_files

CORPUS = broken_files()

DOCS = Path(__file__).parent.parent / "docs" / "reference" / "DIAGNOSTICS.md"

TESTED_ELSEWHERE = {
    "bad-function": "tests/test_tools/test_python.py: it needs a module that is imported",
    "bad-module": "tests/test_tools/test_python.py: it needs a module that is imported",
    "command-not-allowed": "tests/test_trust/test_gate.py: no tool starts a program yet",
    "alias-bomb": "tests/test_source: it needs thousands of aliases",
    "gateway-catalog": "tests/test_emulator: it stands in a catalog for the local gateway",
    "gateway-script": "tests/test_emulator: it stands in a script for the local gateway",
    "no-folder": "docs/reference/DIAGNOSTICS.md: it needs a team given as text",
    "too-many-files": "tests/test_loader_files.py: it needs hundreds of files",
    "too-many-findings": "tests/test_source: it needs a thousand mistakes",
    "unknown-model": "tests/test_cli: it needs a catalog",
    "unknown-provider": "tests/test_cli: it needs a catalog",
    "unserved-model": "tests/test_cli: it needs a catalog",
}
"""Rules that no file of the corpus can break."""


@pytest.mark.parametrize("broken", CORPUS, ids=lambda broken: broken.path.stem)
def test_a_broken_file_gives_exactly_its_findings(broken: BrokenFile) -> None:
    loaded = broken.load()
    assert [broken.shown(finding) for finding in loaded.findings] == broken.expected
    assert broken.expected
    assert (loaded.graph is not None) == broken.path.name.startswith("warn_")


def test_the_corpus_is_large_and_breaks_every_rule() -> None:
    broken_rules = {line.split()[0] for broken in CORPUS for line in broken.expected}
    assert len(CORPUS) >= 90
    assert broken_rules <= set(RULES)
    assert set(RULES) - broken_rules <= set(TESTED_ELSEWHERE)


def test_every_rule_has_an_entry_in_the_docs_and_every_entry_a_rule() -> None:
    entries = re.findall(r"^### `([a-z0-9-]+)`(.*)$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name, _ in entries] == sorted({name for name, _ in entries})
    assert {name: kind.strip(" ()") for name, kind in entries} == {
        rule.id: rule.severity for rule in RULES.values()
    }


def test_examples_in_the_docs_break_the_rule_that_they_stand_for() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for section in text.split("\n### `")[1:]:
        rule = section.split("`")[0]
        for example in re.findall(r"```yaml\n(.*?)```", section, re.DOTALL):
            found = {finding.id for finding in read_team(example, environ={}, consent=Consent()).findings}
            assert rule in found, f"{rule}: the example gives {sorted(found)}"


def test_a_value_that_looks_like_a_key_is_shown_nowhere() -> None:
    for broken in CORPUS:
        if broken.path.stem in ("key_variable_value", "key_variable_looks", "url_userinfo"):
            loaded = broken.load()
            said = repr(loaded.findings) + repr(loaded.texts)
            assert not re.search(r"sk-proj-abcdefgh|AIzaSyA1234|u:p@", said)
