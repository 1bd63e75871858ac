"""Findings as a SARIF 2.1.0 log, for code scanning and editors.

OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0" (checked 2026-11-22).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Final
from urllib.parse import quote

from agents_sahara.diagnostics.finding import Finding
from agents_sahara.diagnostics.rules import RULES
from agents_sahara.types import Json, JsonObject

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif_log(findings: Sequence[Finding]) -> JsonObject:
    """The log as a JSON object; every rule is listed, found or not."""
    rules: list[Json] = [
        {
            "id": rule.id,
            "shortDescription": {"text": rule.summary},
            "defaultConfiguration": {"level": rule.severity},
        }
        for rule in RULES.values()
    ]
    indexes = {id_: index for index, id_ in enumerate(RULES)}
    run: JsonObject = {
        "tool": {"driver": {"name": "agents-sahara", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, indexes[finding.id]) for finding in findings],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(finding: Finding, rule_index: int) -> JsonObject:
    place = finding.place
    text = f"{finding.message}\n{finding.mend}" if finding.mend else finding.message
    return {
        "ruleId": finding.id,
        "ruleIndex": rule_index,
        "level": finding.severity,
        "message": {"text": text},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(place.file)},
                    "region": {
                        "startLine": place.line,
                        "startColumn": place.column,
                        "endLine": place.end_line,
                        "endColumn": place.end_column,
                    },
                }
            }
        ],
    }


def _uri(file: str) -> str:
    path = PurePath(file)
    quoted = quote(path.as_posix().encode("utf-8", "surrogatepass"))
    return f"file:///{quoted.removeprefix('/')}" if path.is_absolute() else quoted
