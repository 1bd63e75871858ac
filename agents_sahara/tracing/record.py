"""One line of a trace: what happened, when, and in which span.

The form is a versioned promise, with its JSON Schema in the package: keys are added, never changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_hex

from agents_sahara.types import Json

VERSION = 1


@dataclass(slots=True)
class Span:
    """A stretch of a run: the run itself, an agent that has control, a tool, a call of a model."""

    parent: str | None
    """Id of the span that it lies in; None for the run itself."""
    began: float
    """Seconds since 1970."""
    name: str = ""
    """The agent's key, or the tool's name."""
    id: str = field(default_factory=lambda: token_hex(8))


@dataclass(frozen=True, slots=True)
class Record:
    """What happened."""

    type: str
    trace_id: str
    time: float
    """Seconds since 1970."""
    span: str | None
    """Id of the span that begins or ends here; None where neither does."""
    parent: str | None
    """Id of the span that this lies in."""
    facts: Mapping[str, Json]
    began: float | None = None
    """When the span began, where this is its end."""

    def to_json(self) -> dict[str, Json]:
        """One line."""
        times: dict[str, Json] = {"time": _shown(self.time)}
        if self.began is not None:
            times |= {"began": _shown(self.began), "seconds": round(self.time - self.began, 6)}
        return {
            "version": VERSION,
            "type": self.type,
            "trace_id": self.trace_id,
            **times,
            "span": self.span,
            "parent": self.parent,
            **self.facts,
        }


def _shown(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
