"""Tools of a checked team: what each is called, what it does, and what it asks of the operator.

Frozen; nothing is imported, opened or started by any of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Literal, Protocol

from agents_sahara.diagnostics.finding import Place
from agents_sahara.graph.approvals import Approval
from agents_sahara.graph.guards import Guards
from agents_sahara.source.nodes import Spot
from agents_sahara.trust.wants import Want, Wish
from agents_sahara.types import Json

LIMIT_S = 30.0
"""Most time of one call where the file does not say."""

MOST_CHARS = 20_000
"""Most characters of a result where the file does not say."""

_NOWHERE = Place("", 1, 1, 1, 1)


class Deed(Protocol):
    """What a tool does: a frozen class for each kind."""

    kind: ClassVar[str]
    """The key of the kind in a team file."""

    def asks(self) -> Iterator[Wish]:
        """What it wants of the operator."""
        ...

    def arguments(self) -> Collection[str] | None:
        """Names of what a call gives it, as far as the file says them; None where the tool alone knows."""
        ...

    def to_json(self) -> dict[str, Json]:
        """What programs are told of it; no value of a variable is in it."""
        ...


@dataclass(frozen=True, slots=True)
class ToolNode:
    """One tool of an agent."""

    key: str
    """In `tools`; of an agent that stands in the list itself, that agent's."""
    name: str
    """As the model sees it: ASCII, unique in its agent."""
    does: Deed
    description: str = ""
    """Empty where the tool itself says what it is for."""
    limit_s: float | None = None
    """Most time of one call; None where the file does not say."""
    max_chars: int = MOST_CHARS
    approval: Approval | None = None
    """Which of its calls need a person's yes; None where none does."""
    guards: Guards = field(default_factory=Guards)
    """What its calls, and its answers, must pass."""
    spot: Spot | None = field(default=None, compare=False, repr=False)

    @property
    def place(self) -> Place:
        """Where the file says what it does."""
        return _NOWHERE if self.spot is None else self.spot.place

    def wants(self) -> Iterator[Want]:
        """What it asks of the operator."""
        for wish in self.does.asks():
            yield Want(wish.kind, wish.what, f"the tool {self.key!r}", self.place, wish.detail)


@dataclass(frozen=True, slots=True)
class ToolUse:
    """What follows the answers of an agent's tools."""

    kind: Literal["run_again", "stop_on_first", "stop_at"] = "run_again"
    names: tuple[str, ...] = ()
    """Tools, as the model sees them, whose answer ends the turn, where `kind` is `stop_at`."""
