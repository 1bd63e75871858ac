"""Traces read back, and what must hold of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

from tests.test_cli.schemas import schema

_VALIDATOR = jsonschema.Draft7Validator(schema("trace"))

Line = dict[str, Any]


def lines_of(path: Path) -> list[Line]:
    """The lines of a trace, each as the schema promises it."""
    lines: list[Line] = [json.loads(text) for text in path.read_text("ascii").splitlines()]
    for line in lines:
        _VALIDATOR.validate(line)
    return lines


def require_tree(lines: list[Line]) -> None:
    """One root that ends last; every span inside the time of the one that it lies in, and none left open."""
    begun = {line["span"]: line for line in lines if line["span"] and "began" not in line}
    ended = {line["span"]: line for line in lines if "began" in line}
    attempts = {line["span"] for line in lines if line["type"] == "attempt"}
    assert ended.keys() == begun.keys() | attempts
    [root] = [line for line in lines if line["parent"] is None and "began" not in line]
    assert lines[0] == root
    assert lines[-1]["span"] == root["span"]
    for line in lines[1:-1]:
        above = ended[line["parent"]]
        assert above["began"] <= line.get("began", line["time"]) <= line["time"] <= above["time"]


def kinds(lines: list[Line]) -> list[str]:
    return [line["type"] for line in lines]
