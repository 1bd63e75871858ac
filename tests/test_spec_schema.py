"""The schema and the loader agree on everything that draft-07 can say."""

from __future__ import annotations

import json
import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from agents_sahara.diagnostics.finding import Report
from agents_sahara.diagnostics.rules import RULES, TEXT_RULES
from agents_sahara.loader import read_team
from agents_sahara.source.compose import compose, to_json
from agents_sahara.spec.schema import BEYOND_SCHEMA, team_schema
from agents_sahara.types import Json
from tests.broken_files import broken_files
from tests.documents import GOOD, Document, as_text, mutated

VALIDATOR = Draft7Validator(team_schema())
PARTLY = {"bad-date", "bad-duration", "bad-key", "bad-key-variable", "bad-model-id"}
"""Rules that draft-07 can say in part."""
UNSAYABLE = {*BEYOND_SCHEMA, *TEXT_RULES}


def _disagreement(document: Json, errors: set[str]) -> str:
    """What the two say differently; empty where they agree."""
    verdicts = [error.message for error in VALIDATOR.iter_errors(document)]
    if verdicts and not errors:
        return f"only the schema refuses: {verdicts}"
    if not verdicts and errors - UNSAYABLE:
        return f"only the loader refuses: {errors - UNSAYABLE}"
    if verdicts and errors <= {*BEYOND_SCHEMA} - PARTLY:
        return f"the loader refuses only for other reasons: {errors}, the schema: {verdicts}"
    return ""


def _errors(document: Document) -> set[str]:
    """What the loader refuses in the file itself; a schema cannot merge a profile over it."""
    findings = read_team(as_text(document), environ={}).findings
    return {
        finding.id
        for finding in findings
        if finding.severity == "error" and "(with the profile" not in finding.message
    }


def test_the_schema_is_a_draft_07_schema() -> None:
    Draft7Validator.check_schema(team_schema())
    assert team_schema()["$schema"] == "http://json-schema.org/draft-07/schema#"
    json.dumps(team_schema())


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(GOOD), st.integers(0, 2**32))
def test_schema_and_loader_agree_on_mutated_documents(document: Document, seed: int) -> None:
    changed = mutated(document, seed)
    assert not _disagreement(changed, _errors(changed)), as_text(changed)


def test_schema_and_loader_agree_on_the_broken_files() -> None:
    for broken in broken_files():
        findings = broken.load().findings
        errors = {finding.id for finding in findings if finding.severity == "error"}
        if errors.isdisjoint(TEXT_RULES):
            tree = compose(broken.path.read_text(encoding="utf-8"), "broken", Report())
            document = None if tree is None else to_json(tree)
            if not isinstance(document, dict) or "include" not in document:
                assert not _disagreement(document, errors), broken.path.name


def test_good_documents_pass_both() -> None:
    for document in GOOD:
        assert not _errors(document)
        assert VALIDATOR.is_valid(document)


def test_a_file_that_includes_others_need_not_be_complete_for_the_schema() -> None:
    assert VALIDATOR.is_valid({"include": ["shared.yaml"], "agents": {"solo": {"description": "Answers"}}})
    assert not VALIDATOR.is_valid({"include": ["shared.yaml"], "agents": {"solo": {"descripton": "Answers"}}})


def test_every_key_in_the_schema_is_described() -> None:
    definitions = team_schema()["definitions"]
    assert isinstance(definitions, dict)
    for name, definition in definitions.items():
        for key, drawn in definition["properties"].items():
            assert drawn.get("description"), f"{name}.{key}"


def test_the_docs_list_what_the_schema_cannot_say() -> None:
    text = (Path(__file__).parent.parent / "docs" / "reference" / "DIAGNOSTICS.md").read_text(
        encoding="utf-8"
    )
    listed = re.findall(r"`([a-z0-9-]+)`", text.split("which only loading finds:")[1].split("Nor can")[0])
    assert listed == sorted(BEYOND_SCHEMA)
    assert set(BEYOND_SCHEMA) <= set(RULES)
