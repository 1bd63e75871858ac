"""What a kind of tool says of itself in a team file."""

from __future__ import annotations

from dataclasses import dataclass

from agents_sahara.spec.containers import Field


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: the key that names it, and the keys that only it reads."""

    field: Field
    beside: tuple[Field, ...] = ()

    @property
    def name(self) -> str:
        """The key."""
        return self.field.name
