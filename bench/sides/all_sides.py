"""The table of contestants: a new one is a file here, and a row."""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

from bench.sides.side import Side

OPPONENT: Final = "script"
OURS: Final = "sahara"

SIDES: Final = {OPPONENT: "bench.sides.script", OURS: "bench.sides.sahara"}
"""Module of each side; imported only in the process that runs it."""


def load(name: str) -> Side:
    """The side of that name, with its framework imported."""
    return cast(Side, import_module(SIDES[name]))
