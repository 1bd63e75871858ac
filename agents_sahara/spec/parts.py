"""What every value that was read from a team file keeps: where it stands, and what was written there."""

from __future__ import annotations

from dataclasses import dataclass

from agents_sahara.diagnostics.finding import Place
from agents_sahara.source import nodes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """What every part of the file keeps."""

    node: nodes.Node
    owner: nodes.Scalar | None = None
    """The key that it stands behind."""
    slips: frozenset[str] = frozenset()
    """Keys that stand there misspelt: reported, and not missed as well."""

    def says(self, key: str) -> bool:
        """Whether the key stands there, with a good value or not."""
        return key in self.slips or (isinstance(self.node, nodes.Mapping) and key in self.node.values)

    def written(self, key: str) -> str:
        """The value of `key` as written, whether it was good or not; empty where it is no single value."""
        value = self.node.get(key) if isinstance(self.node, nodes.Mapping) else None
        return value.text if isinstance(value, nodes.Scalar) else ""

    def names(self, key: str) -> tuple[str, ...]:
        """The keys of the map behind `key`, with good values or not."""
        value = self.node.get(key) if isinstance(self.node, nodes.Mapping) else None
        return tuple(value.values) if isinstance(value, nodes.Mapping) else ()

    @property
    def place(self) -> Place:
        """Where its key stands; where it has none, the part itself."""
        return self.node.place if self.owner is None else self.owner.place

    def spot_of(self, key: str) -> nodes.Spot:
        """The value of `key`; where it is missing, the part itself."""
        value = self.node.get(key) if isinstance(self.node, nodes.Mapping) else None
        return self.node if value is None else value

    def place_of(self, key: str) -> Place:
        """Where the value of `key` stands; where it is missing, the part itself."""
        return self.spot_of(key).place

    def key_place(self, key: str) -> Place:
        """Where the key itself stands; where it is missing, the part."""
        entry = self.node.entries.get(key) if isinstance(self.node, nodes.Mapping) else None
        return self.place if entry is None else entry.key.place
