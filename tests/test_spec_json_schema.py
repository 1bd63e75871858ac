"""What the loader accepts as a JSON Schema is one for the library that judges answers, and judging by it ends."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from agents_sahara.diagnostics.finding import Report
from agents_sahara.loader import read_team
from agents_sahara.routing.fitting import Fitting, MisfitJsonError
from agents_sahara.source.compose import compose
from agents_sahara.spec.json_schema import MOST_DEPTH, MOST_NODES, read_schema
from agents_sahara.spec.schema_words import words
from agents_sahara.spec.shapes import Reading
from agents_sahara.trust.consent import Consent

TEAM = """\
version: 1
agents:
  solo: {instructions: Answer., model: gpt-4o, provider: openai, output: {schema: SCHEMA}}
"""

GOOD: list[dict[str, Any]] = [
    {},
    {"enum": ["shipped", "lost", None, 3]},
    {"type": ["string", "null"], "pattern": "^a", "minLength": 1, "maxLength": 3, "format": "date"},
    {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://example.com/order",
        "title": "Order",
        "type": "object",
        "required": ["status", "items"],
        "properties": {
            "status": {"enum": ["shipped", "lost"], "description": "Where it is.", "default": "lost"},
            "items": {"type": "array", "items": {"$ref": "#/$defs/Item"}, "minItems": 1, "uniqueItems": True},
            "pair": {"prefixItems": [{"type": "integer"}, {"type": "number"}], "items": False},
        },
        "additionalProperties": False,
        "dependentRequired": {"status": ["items"]},
        "$defs": {
            "Item": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "parts": {"items": {"$ref": "#/$defs/Item"}}},
                "patternProperties": {"^x-": True},
                "x-note": "kept",
            }
        },
    },
    {"anyOf": [{"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]}, {"$ref": "#/anyOf/0"}]},
    {
        "type": "object",
        "properties": {"kind": {"const": "a"}, "x": {"type": "integer", "multipleOf": 2, "exclusiveMaximum": 9}},
        "oneOf": [{"required": ["kind"]}, {"not": {"required": ["x"]}}],
        "if": {"required": ["x"]},
        "then": {"minProperties": 1},
        "else": {"propertyNames": {"maxLength": 9}},
    },
]  # fmt: skip


def accepts(schema: object) -> bool:
    report = Report()
    tree = compose(json.dumps(schema), "schema", report)
    assert tree is not None
    return read_schema(tree, "the schema", Reading(report), of_object=False) is not None


@pytest.mark.parametrize("schema", GOOD)
def test_good_schemas_are_taken_as_they_are(schema: dict[str, Any]) -> None:
    loaded = read_team(TEAM.replace("SCHEMA", json.dumps(schema)), environ={}, consent=Consent())
    assert loaded.findings == ()
    assert loaded.graph is not None
    left_out = ("$schema", "$id")
    assert loaded.graph.agents["solo"].output == {k: v for k, v in schema.items() if k not in left_out}


def _mutated(schema: dict[str, Any], seed: int) -> dict[str, Any]:
    """A copy with one value replaced, or one word added somewhere."""
    chance = random.Random(seed)
    changed = copy.deepcopy(schema)
    places: list[Any] = [changed]
    for place in places:
        places.extend(
            part
            for part in (place.values() if isinstance(place, dict) else place)
            if part and isinstance(part, dict | list)
        )
    place = chance.choice(places)
    value: Any = chance.choice([
        None, True, False, 0, -1, 1.5, "", "string", "obj", "#", "#/$defs/Item", "http://x/y", "(", [], {}, ["a"],
        ["a", "a"], [{}], {"a": {}}, {"a": []}, {"type": "array"}, [["a"]],
    ])  # fmt: skip
    if isinstance(place, dict):
        place[chance.choice([*place, *words(), "nullable", "$id"])] = value
    else:
        place[chance.randrange(len(place))] = value
    return changed


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(GOOD), st.integers(0, 2**32))
def test_whatever_is_accepted_can_judge_any_answer(schema: dict[str, Any], seed: int) -> None:
    changed = _mutated(schema, seed)
    if not accepts(changed):
        return
    changed.pop("$id", None)  # the schema's own address is left out
    Draft202012Validator.check_schema(changed)
    for answer in (
        '{"status": "lost", "items": [{"name": "a", "parts": [{}]}], "x": 3}',
        "[1, null]",
        '"a"',
        "2",
        "null",
    ):
        try:
            Fitting(changed).read(answer)
        except MisfitJsonError as misfit:
            reason = str(misfit)
        else:
            reason = ""
        assert "nested too deep" not in reason


def test_every_word_of_the_table_is_one_of_the_library() -> None:
    known = set(Draft202012Validator.VALIDATORS) | set(_meta_words(Draft202012Validator.META_SCHEMA))
    assert set(words()) - known - {"definitions", "then", "else"} <= {
        "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "contentEncoding",
        "contentMediaType", "minContains", "maxContains", "$defs", "$schema", "$comment",
    }  # fmt: skip


def _meta_words(schema: Any) -> list[str]:
    return list(schema.get("properties", {}))


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"enum": list(range(MOST_NODES))}, "has more than 5,000 values"),
        ({"$ref": "#"}, "leads back to itself"),
    ],
)
def test_what_would_be_too_much_is_refused(schema: dict[str, Any], message: str) -> None:
    findings = read_team(TEAM.replace("SCHEMA", json.dumps(schema)), environ={}).findings
    assert [finding.id for finding in findings] == ["bad-schema"]
    assert message in findings[0].message


def test_a_schema_that_is_nested_too_deep_is_refused(tmp_path: Path) -> None:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(MOST_DEPTH + 1):
        deep = {"not": deep}
    (tmp_path / "deep.json").write_text(json.dumps(deep), encoding="utf-8")
    team = tmp_path / "team.yaml"
    team.write_text(TEAM.replace("SCHEMA", "{file: deep.json}"), encoding="utf-8")
    findings = read_team(team, environ={}).findings
    assert [finding.id for finding in findings] == ["bad-schema"]
    assert "nested deeper than 32 levels" in findings[0].message


@pytest.mark.parametrize(
    "text",
    [
        '{\n\t"type": "object",\n\t"properties": {"a": {"type": "string"}}\n}\n',
        "type: object\nproperties: {a: {type: string}}\n",
    ],
)
def test_a_schema_may_stand_in_a_file_of_json_or_yaml(tmp_path: Path, text: str) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "order.any").write_text(text, encoding="utf-8")
    team = tmp_path / "team.yaml"
    team.write_text(TEAM.replace("SCHEMA", "{file: schemas/order.any}"), encoding="utf-8")
    loaded = read_team(team, environ={}, consent=Consent())
    assert loaded.findings == ()
    assert loaded.graph is not None
    assert loaded.graph.agents["solo"].output == {"type": "object", "properties": {"a": {"type": "string"}}}


def test_structured_output_that_only_a_profile_needs_is_not_idle() -> None:
    team = """\
version: 1
models: {fast: {provider: openai, model: gpt-4o, structured_output: prompt}}
agents:
  solo: {instructions: Answer., model: fast}
profiles: {strict: {agents: {solo: {output: {schema: {type: object}}}}}}
"""
    assert read_team(team, environ={}).findings == ()
    assert read_team(team, environ={}, profile="strict").findings == ()
