"""How tests of this room read a text: findings as `(line, column, rule)`, trees with every place."""

from __future__ import annotations

from agents_sahara.diagnostics.finding import Finding, Report
from agents_sahara.source.compose import compose, to_json
from agents_sahara.source.nodes import Mapping, Node, Scalar, Sequence
from agents_sahara.types import Json


def findings_of(text: str | bytes, *, libyaml: bool = True) -> tuple[Finding, ...]:
    report = Report()
    compose(text, "team.yaml", report, libyaml=libyaml)
    return report.sorted()


def marks_of(text: str | bytes, *, libyaml: bool = True) -> list[tuple[int, int, str]]:
    found = findings_of(text, libyaml=libyaml)
    return [(finding.place.line, finding.place.column, finding.id) for finding in found]


def tree_of(text: str | bytes, *, libyaml: bool = True) -> Node:
    report = Report()
    node = compose(text, "team.yaml", report, libyaml=libyaml)
    assert report.sorted() == ()
    assert node is not None
    return node


def value_of(text: str | bytes, *, libyaml: bool = True) -> Json:
    return to_json(tree_of(text, libyaml=libyaml))


def flat(node: Node | None) -> object:
    """The whole tree with its places, comparable."""
    if node is None:
        return None
    place = node.place[1:]
    if isinstance(node, Scalar):
        return (place, type(node.value).__name__, node.value, node.text, node.is_quoted)
    if isinstance(node, Sequence):
        return (place, [flat(item) for item in node.items])
    assert isinstance(node, Mapping)
    return (place, [(name, flat(entry.key), flat(entry.value)) for name, entry in node.entries.items()])
