"""A description of an API as data, and what the references in it lead to.

References lead to places in its own files alone. OpenAPI Specification 3.0.4, 3.1.1 and 3.2.0, and Swagger 2.0
(checked 2026-11-28).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from agents_sahara.diagnostics.finding import Place
from agents_sahara.graph.tools.api.older import operation_of, root_of
from agents_sahara.graph.tools.api.sheets import RULE, Sheets, is_reference
from agents_sahara.graph.tools.makings import Makings

_METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace", "query")
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
    about: str
    """What the file tells of it, on one line."""


@dataclass(slots=True)
class Document:
    """The description, and the references in it that led nowhere."""

    root: Mapping[str, Any]
    """Of its first file."""
    sheets: Sheets
    lost: list[str] = field(default_factory=list)
    _by_parent: dict[str, list[str]] | None = None

    @property
    def is_3_0(self) -> bool:
        """Whether its schemas are those of version 3.0, which are a dialect of their own."""
        return str(self.root.get("openapi")).startswith("3.0")

    def kinds_of(self, reference: str) -> list[str]:
        """References to the kinds of the schema at `reference`, as its `discriminator` tells them apart."""
        said = discriminator_of(as_map(self.at(reference)))
        named = [reference_of(target) for target in as_map(said.get("mapping")).values()]
        found = [one for one in dict.fromkeys(named) if one is not None and one != reference]
        return found or self._children().get(reference, [])

    def _children(self) -> dict[str, list[str]]:
        """By reference, the schemas of the first file that have it among their parts."""
        if self._by_parent is None:
            self._by_parent = {}
            for name, schema in as_map(as_map(self.root.get("components")).get("schemas")).items():
                for part in as_list(as_map(schema).get("allOf")):
                    parent = as_map(part).get("$ref")
                    if isinstance(parent, str):
                        self._by_parent.setdefault(parent, []).append(f"#/components/schemas/{name}")
        return self._by_parent

    def operations(self) -> Iterator[Operation]:
        """All of them, in the file's order; one without an `operationId` goes by method and path."""
        for path, said in as_map(self.root.get("paths")).items():
            item = as_map(self.followed(said))
            for method, inner in self._methods(item):
                operation = as_map(self.followed(inner))
                name = operation.get("operationId")
                id_ = name if isinstance(name, str) and name else f"{method}_{path}"
                yield Operation(id_, method, str(path), operation, item, self._about(operation))

    def told(self, operation: Operation) -> Operation:
        """An operation as OpenAPI 3 tells it.

        Raises:
            UnfitError: 3 cannot tell it.
        """
        if "swagger" not in self.root:
            return operation
        said = operation_of(operation.said, operation.item, self.root, self.followed)
        return replace(operation, said=said, item={})

    def _methods(self, item: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
        yield from ((method, item[method]) for method in _METHODS if method in item)
        yield from as_map(item.get("additionalOperations")).items()

    def _about(self, operation: Mapping[str, Any]) -> str:
        """What the file tells of it, on one line: the summary, and the description where it says more."""
        summary, description = (self.text(operation.get(word)) for word in ("summary", "description"))
        if not summary or not description or description.startswith(summary):
            return description or summary
        return f"{summary.rstrip('.')}. {description}"

    def text(self, said: object) -> str:
        """A text on one line; some projects keep theirs in files of their own."""
        found = self.followed(said)
        return " ".join(found.split()) if isinstance(found, str) else ""

    def followed(self, said: object) -> object:
        """What a reference leads to; anything else as it is."""
        reference = None
        for _ in range(_MOST_STEPS):
            reference = as_map(said).get("$ref")
            if not isinstance(reference, str):
                return said
            said = self.at(reference)
        self._lose(str(reference))
        return None

    def at(self, reference: str) -> object:
        """What stands at the end of a reference; None, and a note, where nothing does."""
        path, _, fragment = reference.partition("#")
        found: object = self.sheets.of(path) if path else self.root
        if path and found is None:
            return None  # it was told why
        if fragment and not fragment.startswith("/"):
            self._lose(reference)
            return None
        for part in unquote(fragment).split("/")[1:]:
            found = _inner(found, part.replace("~1", "/").replace("~0", "~"))
        if found is None:
            self._lose(reference)
        return found

    def _lose(self, reference: str) -> None:
        if reference not in self.lost:
            self.lost.append(reference)


def discriminator_of(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """How kinds of `schema` are told apart; Swagger 2.0 names the property alone."""
    said = schema.get("discriminator")
    return {"propertyName": said} if isinstance(said, str) else as_map(said)


def reference_of(target: object) -> str | None:
    """What a value of a discriminator's `mapping` leads to: a reference, or the name of a schema."""
    if not isinstance(target, str):
        return None
    return target if is_reference(target) else f"#/components/schemas/{target}"


def _inner(found: object, part: str) -> object:
    if isinstance(found, list):
        return found[int(part)] if part.isdecimal() and int(part) < len(found) else None
    return as_map(found).get(part)


def read_document(relative: str, place: Place, makings: Makings) -> Document | None:
    """The description whose first file has that path; None after a finding said why it cannot be used."""
    report = makings.around.report
    sheets = Sheets(relative, place, makings)
    root = sheets.first()
    if root is None:
        return None
    version = as_map(root).get("openapi")
    if isinstance(root, Mapping) and _KNOWN.match(str(version)):
        return Document(root, sheets)
    if isinstance(root, Mapping) and str(root.get("swagger")) == "2.0":
        return Document(root_of(root), sheets)
    message = f"{relative!r} is no OpenAPI file of version 3.0, 3.1 or 3.2, and none of Swagger 2.0"
    mend = "name a file that begins with `openapi: 3.0...`, `3.1...` or `3.2...`, or with `swagger: '2.0'`"
    report.add(RULE, place, message, mend=mend)
    return None


_KNOWN = re.compile(r"3\.[012](?:\.|$)")
