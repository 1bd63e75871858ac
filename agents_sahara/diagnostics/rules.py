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


def _table(*rules: Rule) -> Mapping[str, Rule]:
    return {rule.id: rule for rule in rules}


RULES: Mapping[str, Rule] = _table()
