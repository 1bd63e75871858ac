"""The files of a description of an API: the one that a team names, and those that its references lead to.

All go through the gate of the team's files: below the team file's folder, read once, and never fetched from anywhere.
"""

from __future__ import annotations

import json
import posixpath
import re
from typing import Any
from urllib.parse import unquote

from agents_sahara.diagnostics.finding import Place, Report
from agents_sahara.graph.files import beside
from agents_sahara.graph.tools.makings import Makings
from agents_sahara.source.compose import compose, to_json

RULE = "bad-openapi"

_MOST_BYTES = 32 * 1024 * 1024
"""Of one file: the largest descriptions of today's public APIs have some 12 MB as JSON."""

_MOST_IN_ALL = 64 * 1024 * 1024

_MOST_FILES = 2000
"""Some projects keep every operation and every schema in a file of its own."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


class Sheets:
    """Reads each file of one description once."""

    def __init__(self, relative: str, place: Place, makings: Makings) -> None:
        """`relative`: the file that the team names, seen from the file in which `place` lies."""
        self._folder, self._name = posixpath.split(posixpath.normpath(relative))
        self._place = place
        self._files = makings.around.files
        self._report = makings.around.report
        self._read: dict[str, object] = {}
        self._bytes = 0

    def first(self) -> object | None:
        """What the file that the team names says; None after a finding."""
        return self.of(self._name)

    def of(self, path: str) -> object | None:
        """What the file at `path` says, seen from the folder of the first one; None after a finding."""
        name = posixpath.normpath(unquote(path))
        if name not in self._read:
            self._read[name] = self._parsed(name, path)
        return self._read[name]

    def _parsed(self, name: str, path: str) -> object | None:
        problem = self._problem(path)
        relative = posixpath.normpath(posixpath.join(self._folder, name))
        if problem is None and (relative == ".." or relative.startswith("../")):
            problem = "leads out of the team's folder"
        if problem is not None:
            message = f"the reference to {path!r} in {self._name!r} {problem}"
            self._report.add(
                RULE, self._place, message, mend="keep all files of the API in the team's folder"
            )
            return None
        found = self._files.find(relative, self._place, self._report)
        if found is None:
            return None
        told = beside(self._place.file, relative)
        text = self._files.read(
            found, told, self._place, self._report, most_bytes=_MOST_BYTES, is_counted=False
        )
        if text is None:
            return None
        self._bytes += len(text)
        said = (
            _json(text, told, self._report)
            if text.lstrip().startswith("{")
            else _yaml(text, told, self._report)
        )
        return said if name == self._name else _from_the_first(said, name)

    def _problem(self, path: str) -> str | None:
        if _SCHEME.match(path) or path.startswith("/"):
            return "leads to another place, and nothing is fetched"
        if len(self._read) >= _MOST_FILES:
            return f"is one too many: an API may have {_MOST_FILES} files"
        if self._bytes > _MOST_IN_ALL:
            return f"is one too many: its files have more than {_MOST_IN_ALL // 1024**2} MiB"
        return None


def _json(text: str, name: str, report: Report) -> object | None:
    try:
        said: object = json.loads(text)
        return said
    except json.JSONDecodeError as error:
        place = Place(name, error.lineno, error.colno, error.lineno, error.colno + 1)
        message = f"this is no JSON: {error.msg[:1].lower()}{error.msg[1:]}"
    except (ValueError, RecursionError):
        place = Place(name, 1, 1, 1, 1)
        message = "this JSON is nested too deep, or holds a number with too many digits"
    report.add(RULE, place, message, mend="write the file once more with the tool that made it")
    return None


def _yaml(text: str, name: str, report: Report) -> object | None:
    own = Report()
    tree = compose(text, name, own)
    for finding in own.sorted():
        if finding.id == "too-large":
            report.add(RULE, finding.place, f"{finding.message}, for YAML", mend="name it as JSON instead")
        elif finding.id != "non-string-key":  # status codes of answers
            report.add(finding.id, finding.place, finding.message, mend=finding.mend)
    return None if tree is None else to_json(tree)


def _from_the_first(said: object, name: str) -> object:
    """`said`, which stands in the file `name`, with its references as the first file would write them."""
    todo: list[Any] = [said]
    while todo:
        part = todo.pop()
        if isinstance(part, list):
            todo.extend(part)
        elif isinstance(part, dict):
            todo.extend(part.values())
            if isinstance(part.get("$ref"), str):
                part["$ref"] = _moved(part["$ref"], name)
            mapping = part.get("mapping")
            if isinstance(mapping, dict) and isinstance(part.get("propertyName"), str):
                part["mapping"] = {
                    key: _moved(value, name) if is_reference(value) else value
                    for key, value in mapping.items()
                }
    return said


def is_reference(value: object) -> bool:
    """Whether a value of a discriminator's `mapping` leads somewhere by itself, and is no schema's name."""
    return isinstance(value, str) and (
        "#" in value or "/" in value or value.endswith((".json", ".yaml", ".yml"))
    )


def _moved(reference: str, name: str) -> str:
    path, hash_, fragment = reference.partition("#")
    if not path:
        return f"{name}#{fragment}"
    if _SCHEME.match(path) or path.startswith("/"):
        return reference
    return f"{posixpath.normpath(posixpath.join(posixpath.dirname(name), path))}{hash_}{fragment}"
