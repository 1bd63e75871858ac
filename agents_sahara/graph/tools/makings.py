"""What a kind of tool is given to find out what the file means, and what it gives back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from agents_sahara.graph.surroundings import Surroundings
from agents_sahara.graph.tools.values import Deed
from agents_sahara.spec.values import TeamSpec


@dataclass(frozen=True, slots=True)
class Makings:
    """The rest of the team, as far as tools look at it."""

    spec: TeamSpec
    told: Mapping[str, str]
    """What the agents say of themselves, by key."""
    secrets: Collection[str]
    """Variables that hold keys of providers."""
    around: Surroundings


class Meant(NamedTuple):
    """One tool that an entry of `tools` means; an entry may mean several, or none after a finding."""

    does: Deed
    description: str = ""
    name: str | None = None
    """What it calls itself; None leaves it to the key."""
