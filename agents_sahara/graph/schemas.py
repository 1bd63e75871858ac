"""JSON Schemas of a team: those in place as they were read, those in files read here."""

from __future__ import annotations

from agents_sahara.graph.files import MOST_TEXT_BYTES, beside
from agents_sahara.graph.surroundings import Surroundings
from agents_sahara.source.compose import compose
from agents_sahara.spec.json_schema import read_schema
from agents_sahara.spec.shapes import Reading
from agents_sahara.spec.tools.values import SchemaSpec
from agents_sahara.types import Json, JsonObject

_ABOUT_SCHEMAS = ("$schema", "$id", "$comment")
"""Words at the root that say nothing about a value; some providers refuse them."""


def schema_of(spec: SchemaSpec | None, around: Surroundings) -> JsonObject | None:
    """The schema that `spec` means; None where there is none, or a finding said why it cannot be used."""
    if spec is None:
        return None
    value = spec.value if spec.file is None else _from_file(spec, spec.file, around)
    return (
        None if value is None else {name: part for name, part in value.items() if name not in _ABOUT_SCHEMAS}
    )


def _from_file(spec: SchemaSpec, relative: str, around: Surroundings) -> dict[str, Json] | None:
    place = spec.place_of("file")
    path = around.files.find(relative, place, around.report)
    if path is None:
        return None
    name = beside(place.file, relative)
    text = around.files.read(path, name, place, around.report)
    if text is None:
        return None
    if len(text.encode()) > MOST_TEXT_BYTES:
        message = f"{relative!r} is larger than {MOST_TEXT_BYTES // 1024} KiB"
        around.report.add("too-large", place, message, mend="shorten the schema")
        return None
    tree = compose(text, name, around.report)
    if tree is None:
        return None
    return read_schema(tree, f"the schema in {relative!r}", Reading(around.report), of_object=spec.of_object)
