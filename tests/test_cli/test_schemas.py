"""The JSON Schemas of what commands print: valid, self-contained, equal where they repeat each other."""

from __future__ import annotations

from importlib.resources import files

import jsonschema
import pytest

from agents_sahara.types import Json
from tests.test_cli.schemas import schema

NAMES = (
    "audit",
    "doctor",
    "error",
    "event",
    "findings",
    "graph",
    "ids",
    "model",
    "probe_record",
    "result",
    "trace",
    "usage",
)


def _part(name: str, *path: str) -> Json:
    found: Json = schema(name)
    for step in path:
        assert isinstance(found, dict)
        found = found[step]
    return found


def test_the_package_ships_exactly_these() -> None:
    shipped = {entry.name for entry in (files("agents_sahara") / "schemas").iterdir()}
    assert shipped == {f"{name}.schema.json" for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_draft_7_schema_with_a_title(name: str) -> None:
    loaded = schema(name)
    jsonschema.Draft7Validator.check_schema(loaded)
    assert loaded["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert loaded["title"]


@pytest.mark.parametrize("name", ["money", "share", "usage", "price", "attempt"])
def test_an_event_says_of_calls_what_a_result_says(name: str) -> None:
    assert _part("event", "definitions", name) == _part("result", "definitions", name)


@pytest.mark.parametrize("name", ["error", "finding"])
def test_an_event_says_of_errors_what_the_error_object_says(name: str) -> None:
    assert _part("event", "definitions", name) == _part("error", "definitions", name)


def test_an_event_holds_the_result_that_json_prints() -> None:
    whole = schema("result")
    assert _part("event", "definitions", "result") == {
        key: value for key, value in whole.items() if key not in ("$schema", "title", "definitions")
    }


def test_a_finding_is_the_same_wherever_it_stands() -> None:
    assert _part("error", "definitions", "finding") == _part("findings", "definitions", "finding")


@pytest.mark.parametrize("name", ["money", "share", "usage"])
def test_a_trace_says_of_usage_what_a_result_says(name: str) -> None:
    assert _part("trace", "definitions", name) == _part("result", "definitions", name)


@pytest.mark.parametrize("name", ["error", "findings", "graph", "probe_record", "result", "usage"])
def test_an_unknown_key_is_no_part_of_the_promise(name: str) -> None:
    assert not jsonschema.Draft7Validator(schema(name)).is_valid({"unknown": 1})
