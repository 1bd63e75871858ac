"""One finding of `doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from agents_sahara.cli.exits import DONE
from agents_sahara.errors import SaharaError
from agents_sahara.types import Json

Outcome: TypeAlias = Literal["ok", "warning", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    outcome: Outcome
    detail: str
    mend: str = ""
    exit_code: int = DONE
    """What the command ends with if this is the first check that has one other than 0."""

    def to_json(self) -> dict[str, Json]:
        """One entry of `doctor --json`."""
        return {"name": self.name, "outcome": self.outcome, "detail": self.detail, "mend": self.mend}


def failed(name: str, error: SaharaError) -> Check:
    """A check that ended with this error."""
    return Check(name, "failed", error.message, error.mend, error.exit_code)
