"""Every rule of the team file by its stable id: severity and meaning.

An id is a promise: it is never given another meaning. docs/DIAGNOSTICS.md has an entry for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Rule:
    """What one id stands for."""

    id: str
    severity: Literal["error", "warning"]
    summary: str
    """One sentence, for SARIF and the docs."""


def _errors(rows: Mapping[str, str]) -> Mapping[str, Rule]:
    return {id_: Rule(id_, "error", summary) for id_, summary in rows.items()}


_TEXT = _errors(
    {
        "unreadable-file": "The file is missing, is not a regular file, or may not be read.",
        "too-large": "The file is larger, or holds more values, than a team can need.",
        "not-utf8": "The file is not UTF-8 text.",
        "bad-character": "A character that does not belong in a text file, raw or as an escape.",
        "yaml-syntax": "The text is not YAML.",
        "empty-file": "The file holds no value.",
        "multi-document": "The file holds more than one YAML document.",
        "too-deep": "Lists and mappings are nested deeper than 64 levels.",
        "duplicate-key": "A mapping has the same key more than once.",
        "non-string-key": "A key is a number, a boolean, null, a list or a mapping.",
        "merge-key": "The merge key `<<` is not supported.",
        "yaml-tag": "A YAML tag other than those of plain JSON values, or one that its value does not fit.",
        "bad-number": "A number that is not finite or does not fit 64 bits.",
        "unknown-alias": "An alias names an anchor that was not defined before it.",
        "recursive-alias": "An alias stands inside the value that it names.",
        "alias-bomb": "Aliases repeat more than a team can need.",
        "too-many-findings": "The text has so many findings that the rest are not listed.",
    }
)
"""Rules about the YAML text, before any key has a meaning."""

_GATEWAY = _errors(
    {
        "gateway-catalog": "A catalog file of the local gateway says something that is not possible.",
        "gateway-script": "A script of the local gateway says something that is not possible.",
    }
)
"""Rules about the files of the local gateway: no team file breaks them."""

RULES: Mapping[str, Rule] = {**_GATEWAY, **_TEXT}
