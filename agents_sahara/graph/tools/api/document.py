"""An OpenAPI file as data, and what the references in it lead to.

References lead to places in the same file alone. OpenAPI Specification 3.0.4 and 3.1.1 (checked 2026-11-28).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from agents_sahara.diagnostics.finding import Place, Report
from agents_sahara.graph.files import beside
from agents_sahara.graph.tools.makings import Makings
from agents_sahara.source.compose import compose, to_json

RULE = "bad-openapi"
_METHODS = ("get", "post", "put", "patch", "delete")
_MOST_STEPS = 12
"""References that lead to references."""


def as_map(value: object) -> Mapping[str, Any]:
    """`value` where it is a map, else an empty one: files of strangers hold anything anywhere."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: object) -> list[Any]:
    """`value` where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the file."""

    id: str
    method: str
    path: str
    said: Mapping[str, Any]
    item: Mapping[str, Any]
    """What holds for all operations of its path."""

    @property
    def about(self) -> str:
        """What the file tells of it, on one line: the summary, and the description where it says more."""
        summary, description = (
            " ".join(str(self.said.get(word) or "").split()) for word in ("summary", "description")
        )
        if not summary or not description or description.startswith(summary):
            return description or summary
        return f"{summary.rstrip('.')}. {description}"


@dataclass(slots=True)
class Document:
    """The file, and the references in it that led nowhere."""

    root: Mapping[str, Any]
    lost: list[str] = field(default_factory=list)

    @property
    def is_3_0(self) -> bool:
        """Whether its schemas are those of version 3.0, which are a dialect of their own."""
        return str(self.root.get("openapi")).startswith("3.0")

    def operations(self) -> Iterator[Operation]:
        """All of them, in the file's order; one without an `operationId` goes by method and path."""
        for path, said in as_map(self.root.get("paths")).items():
            item = as_map(self.followed(said))
            for method in _METHODS:
                if method in item:
                    operation = as_map(item[method])
                    name = operation.get("operationId")
                    id_ = name if isinstance(name, str) and name else f"{method}_{path}"
                    yield Operation(id_, method, str(path), operation, item)

    def followed(self, said: object) -> object:
        """What a reference leads to; anything else as it is."""
        for _ in range(_MOST_STEPS):
            reference = as_map(said).get("$ref")
            if not isinstance(reference, str):
                return said
            said = self.at(reference)
        return None

    def at(self, reference: str) -> object:
        """What stands at the end of a reference; None, and a note, where nothing does."""
        found: object = self.root if reference.startswith("#/") else None
        for part in reference[2:].split("/"):
            found = _inner(found, part.replace("~1", "/").replace("~0", "~"))
        if found is None and reference not in self.lost:
            self.lost.append(reference)
        return found


def _inner(found: object, part: str) -> object:
    if isinstance(found, list):
        return found[int(part)] if part.isdecimal() and int(part) < len(found) else None
    return as_map(found).get(part)


def read_document(relative: str, place: Place, makings: Makings) -> Document | None:
    """The file of that path; None after a finding said why it cannot be used."""
    files, report = makings.around.files, makings.around.report
    path = files.find(relative, place, report)
    text = None if path is None else files.read(path, beside(place.file, relative), place, report)
    if text is None:
        return None
    root = _parsed(text, beside(place.file, relative), report)
    version = root.get("openapi") if isinstance(root, dict) else None
    if isinstance(root, dict) and str(version).startswith(("3.0", "3.1")):
        return Document(root)
    message = f"{relative!r} is no OpenAPI file of version 3.0 or 3.1"
    report.add(RULE, place, message, mend="name a file that begins with `openapi: 3.0...` or `3.1...`")
    return None


def _parsed(text: str, name: str, report: Report) -> object:
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return None
    own = Report()
    tree = compose(text, name, own)
    for finding in own.sorted():
        if finding.id != "non-string-key":  # status codes of answers, which nobody reads here
            report.add(finding.id, finding.place, finding.message, mend=finding.mend)
    return None if tree is None else to_json(tree)
