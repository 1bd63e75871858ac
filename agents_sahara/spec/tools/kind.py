"""What a kind of tool says of itself in a team file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agents_sahara.spec.containers import Field


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: the key that names it, and the keys that only it reads."""

    key: Field
    beside: tuple[Field, ...] = ()
    without: Mapping[str, str] = field(default_factory=dict)
    """Keys of every kind that this one does not read, each with what to do instead."""

    @property
    def name(self) -> str:
        """The key."""
        return self.key.name
