"""One row of the table: a key, and what of a team differs where it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.every_key.seen import BASE, Patch, Scene, Seen, merged

Shows = Callable[[Seen], object]


@dataclass(frozen=True)
class Row:
    """One key."""

    key: Patch
    """What the key adds."""
    shows: Shows
    """What of the two teams must differ."""
    before: Patch = field(default_factory=dict)
    """The team without it, over `BASE`."""
    scene: Scene = field(default_factory=Scene)
    gives: object = None
    """What `shows` says of the team with the key; None says nothing."""

    @property
    def without(self) -> Patch:
        return merged(BASE, self.before)
