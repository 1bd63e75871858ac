"""How `run-agent` shows a run."""

from __future__ import annotations

from typing import Literal, TypeAlias

Shape: TypeAlias = Literal["text", "object", "lines"]
"""The answer alone, the whole result as one JSON object, or each event as a line of JSON."""
