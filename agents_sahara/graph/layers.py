"""Layers of a team file: what it includes lies below it, a profile above it.

Maps merge key by key, everything else replaces. Works on trees, so that each value keeps its own place.
"""

from __future__ import annotations

from agents_sahara.diagnostics.finding import Report
from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.graph.files import Files, beside
from agents_sahara.source import nodes
from agents_sahara.source.compose import compose
from agents_sahara.spec.format import read_tree
from agents_sahara.spec.names import normal

MOST_DEPTH = 8
"""Files that include each other in a row."""


def merge(below: nodes.Node, above: nodes.Node) -> nodes.Node:
    """Both trees as one; where they differ, `above` wins."""
    if not isinstance(below, nodes.Mapping) or not isinstance(above, nodes.Mapping):
        return above
    entries = dict(below.entries)
    for name, entry in above.entries.items():
        old = entries.get(name)
        entries[name] = entry if old is None else nodes.Entry(entry.key, merge(old.value, entry.value))
    return above.holding(entries)


def without(tree: nodes.Mapping, *names: str) -> nodes.Mapping:
    """The tree without these keys."""
    entries = {name: entry for name, entry in tree.entries.items() if name not in names}
    return tree.holding(entries)


def with_includes(tree: nodes.Mapping, files: Files, report: Report) -> nodes.Mapping:
    """The tree over everything it includes. Each included file is also judged by itself."""
    return _Including(files, report).over(tree, ())


def with_profile(tree: nodes.Mapping, name: str) -> nodes.Mapping | None:
    """The tree under its profile `name`; None where it has no such profile."""
    profiles = tree.get("profiles")
    layer = profiles.get(normal(name)) if isinstance(profiles, nodes.Mapping) else None
    plain = without(tree, "profiles")
    merged = merge(plain, layer) if isinstance(layer, nodes.Mapping) else None
    # The whole keeps the team file's own place: findings about it do not stand in the profile.
    return tree.holding(merged.entries) if isinstance(merged, nodes.Mapping) else None


def profile_names(tree: nodes.Mapping) -> tuple[str, ...]:
    """Every profile that is at least a map."""
    profiles = tree.get("profiles")
    if not isinstance(profiles, nodes.Mapping):
        return ()
    return tuple(name for name, entry in profiles.entries.items() if isinstance(entry.value, nodes.Mapping))


def report_unknown_profile(tree: nodes.Mapping, name: str, report: Report) -> None:
    """Say that the operator asked for a profile that the file does not have."""
    profiles = tree.get("profiles")
    place = tree.place if profiles is None else tree.entries["profiles"].key.place
    mend = did_you_mean(name, profile_names(tree), what="profiles")
    report.add("unknown-profile", place, f"there is no profile {name!r}", mend=mend)


class _Including:
    """One walk through the includes of a team."""

    def __init__(self, files: Files, report: Report) -> None:
        self._files = files
        self._report = report

    def over(self, tree: nodes.Mapping, trail: tuple[str, ...]) -> nodes.Mapping:
        """The tree over what it includes; of two included files the later one wins."""
        listed = tree.get("include")
        if not isinstance(listed, nodes.Sequence):
            return tree
        below: nodes.Node | None = None
        for item in listed.items:
            layer = self._layer(item, trail)
            if layer is not None:
                below = layer if below is None else merge(below, layer)
        merged = tree if below is None else merge(below, tree)
        return merged if isinstance(merged, nodes.Mapping) else tree

    def _layer(self, item: nodes.Node, trail: tuple[str, ...]) -> nodes.Mapping | None:
        if not isinstance(item, nodes.Scalar) or not isinstance(item.value, str) or not item.value.strip():
            return None  # reported when the shape of the file is read
        place, relative = item.place, item.value
        if self._files.is_full:
            return None
        path = self._files.find(relative, place, self._report, is_own_folder=True)
        if path is None:
            return None
        trail = trail or (str(self._files.paths[place.file].resolve()),)
        if str(path) in trail:
            message = f"{relative!r} includes itself, directly or by way of others"
            self._report.add("include-cycle", place, message, mend="remove one of the includes")
            return None
        if len(trail) > MOST_DEPTH:
            message = f"includes are nested deeper than {MOST_DEPTH} files"
            self._report.add("include-depth", place, message, mend="include the file from further up")
            return None
        name = beside(place.file, relative)
        text = self._files.read(path, name, place, self._report)
        return None if text is None else self._tree(text, name, (*trail, str(path)))

    def _tree(self, text: str, name: str, trail: tuple[str, ...]) -> nodes.Mapping | None:
        tree = compose(text, name, self._report)
        if tree is None:
            return None
        read_tree(tree, self._report, is_partial=True)
        return without(self.over(tree, trail), "include") if isinstance(tree, nodes.Mapping) else None
