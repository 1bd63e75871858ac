"""The SARIF log: the parts of the 2.1.0 schema that we use, written out, and every rule listed."""

from __future__ import annotations

import json

import jsonschema
import pytest

from agents_sahara.diagnostics.finding import Finding, Place
from agents_sahara.diagnostics.render import render
from agents_sahara.diagnostics.rules import RULES

MESSAGE = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
POSITIVE = {"type": "integer", "minimum": 1}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["tool"],
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object",
                                "additionalProperties": False,
                                "required": ["name"],
                                "properties": {
                                    "name": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "additionalProperties": False,
                                            "required": ["id"],
                                            "properties": {
                                                "id": {"type": "string"},
                                                "shortDescription": MESSAGE,
                                                "defaultConfiguration": {
                                                    "type": "object",
                                                    "additionalProperties": False,
                                                    "properties": {
                                                        "level": {
                                                            "enum": ["none", "note", "warning", "error"]
                                                        }
                                                    },
                                                },
                                            },
                                        },
                                    },
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["message"],
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": -1},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": MESSAGE,
                                "locations": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "additionalProperties": False,
                                        "properties": {
                                            "physicalLocation": {
                                                "type": "object",
                                                "additionalProperties": False,
                                                "properties": {
                                                    "artifactLocation": {
                                                        "type": "object",
                                                        "additionalProperties": False,
                                                        "properties": {
                                                            "uri": {"type": "string", "pattern": "^[!-~]+$"}
                                                        },
                                                    },
                                                    "region": {
                                                        "type": "object",
                                                        "additionalProperties": False,
                                                        "properties": {
                                                            "startLine": POSITIVE,
                                                            "startColumn": POSITIVE,
                                                            "endLine": POSITIVE,
                                                            "endColumn": POSITIVE,
                                                        },
                                                    },
                                                },
                                            }
                                        },
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}
"""An excerpt of the OASIS schema (checked 2026-11-22), closed where that one is closed."""


def _log(file: str) -> dict[str, object]:
    finding = Finding("duplicate-key", "error", "twice", "keep one", Place(file, 2, 3, 2, 7))
    log = json.loads(render([finding], format="sarif", texts={}, files=1))
    assert isinstance(log, dict)
    return log


def test_the_log_fits_the_schema_and_points_to_the_rule() -> None:
    log = _log("configs/team.yaml")
    jsonschema.validate(log, SCHEMA)
    runs = log["runs"]
    assert isinstance(runs, list)
    (result,) = runs[0]["results"]
    rules = runs[0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(RULES)
    assert rules[result["ruleIndex"]]["id"] == "duplicate-key"
    assert result == {
        "ruleId": "duplicate-key",
        "ruleIndex": result["ruleIndex"],
        "level": "error",
        "message": {"text": "twice\nkeep one"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "configs/team.yaml"},
                    "region": {"startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 7},
                }
            }
        ],
    }


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("team.yaml", "team.yaml"),
        ("my team/é #1.yaml", "my%20team/%C3%A9%20%231.yaml"),
        ("/srv/my team.yaml", "file:///srv/my%20team.yaml"),
        ("/srv/a\ud800.yaml", "file:///srv/a%ED%A0%80.yaml"),
        ("<text>", "%3Ctext%3E"),
        ("a\ud800.yaml", "a%ED%A0%80.yaml"),
        ("https://x/y.yaml", "https%3A/x/y.yaml"),
    ],
)
def test_a_file_name_becomes_a_uri(file: str, uri: str) -> None:
    log = _log(file)
    jsonschema.validate(log, SCHEMA)
    assert f'"uri": "{uri}"' in json.dumps(log)
