"""The body that an operation takes: the first of its media types that can be written, as one input.

JSON, a form, parts of a form with files among them, text, or bytes. OpenAPI Specification 3.0.4 and 3.1.1, "Media
Type Object" and "Encoding Object" (checked 2026-11-28).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agents_sahara.graph.tools.api.document import Document, as_map
from agents_sahara.graph.tools.api.schemas import MOST_ABOUT, Schemas
from agents_sahara.graph.tools.api.styles import UnfitError, style_of
from agents_sahara.graph.tools.requests import BYTES, FORM, MULTIPART, Style

_JSON = re.compile(r"application/json\s*(;|$)", re.IGNORECASE)
_LIKE_JSON = re.compile(r"[^;]*[/+]json\s*(;|$)|\*/\*$|application/\*$", re.IGNORECASE)
_IN_LINES = re.compile(r"[^;]*(json-?seq|jsonl|ndjson|x-json-stream)\s*(;|$)", re.IGNORECASE)

FILE: Mapping[str, Any] = {
    "type": "object",
    "description": "A file.",
    "properties": {
        "name": {"type": "string", "description": "With its ending, such as report.txt", "maxLength": 255},
        "content": {"type": "string"},
        "encoding": {
            "type": "string",
            "enum": ["text", "base64"],
            "description": "What `content` is: the text itself where this is left out, or bytes as base64",
        },
    },
    "required": ["content"],
    "additionalProperties": False,
}
"""What the model gives where the API takes a file."""


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carries, and how it is written."""

    media: str
    schema: Mapping[str, Any]
    is_required: bool
    parts: Mapping[str, Style] = field(default_factory=dict)
    """How the fields of a form are written."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Media types of the parts, where the file names them."""
    files: frozenset[str] = frozenset()
    """Parts that are files."""
    is_file: bool = False


def body_of(said: Mapping[str, Any], document: Document) -> Body | None:
    """The body of an operation whose `requestBody` is `said`; None where it takes none.

    Raises:
        UnfitError: it is of no type that can be written.
    """
    content = {
        str(kind).strip(): as_map(document.followed(one)) for kind, one in as_map(said.get("content")).items()
    }
    is_required = said.get("required") is True
    ranks = ((_rank(kind, one, document), kind) for kind, one in content.items())
    _, media = min(((rank, kind) for rank, kind in ranks if rank is not None), default=(0, None))
    if media is None:
        if content or is_required:
            kinds = ", ".join(content) or "no known type"
            raise UnfitError(f"takes a body of {kinds}; bodies are JSON, a form, text or a file")
        return None
    return _made(media, content[media], is_required, document)


def _rank(media: str, said: Mapping[str, Any], document: Document) -> int | None:
    """How gladly a body is written as `media`, 0 first; None where it cannot be."""
    plain = media.partition(";")[0].strip().lower()
    if _IN_LINES.match(media):
        return None
    if _JSON.match(media):
        return 0
    if _LIKE_JSON.match(media):
        return 1
    if plain in (FORM, MULTIPART):
        return 2 if plain == FORM else 3
    kind = as_map(document.followed(said.get("schema"))).get("type")
    if plain.startswith("text/"):
        return 4
    if plain.startswith("multipart/"):
        return None
    return 5 if plain == BYTES or kind in ("string", None) or kind == ["string"] else None


def _made(media: str, said: Mapping[str, Any], is_required: bool, document: Document) -> Body:
    plain = media.partition(";")[0].strip().lower()
    schema = Schemas(document).of(said.get("schema"))
    encoding = as_map(said.get("encoding"))
    if plain == FORM:
        return Body(media, schema, is_required, {name: _field(name, encoding) for name in _fields(schema)})
    if plain == MULTIPART:
        return _multipart(schema, said, is_required, is_3_0=document.is_3_0)
    if plain.startswith("text/"):
        return Body(media, {**schema, "type": "string"}, is_required)
    if _LIKE_JSON.match(media):
        return Body("application/json" if "*" in media else media, schema, is_required)
    is_text = schema.get("type") == "string" or plain.endswith("xml")
    if is_text and plain != BYTES and "*" not in plain and not _is_file(schema):
        return Body(media, {**schema, "type": "string"}, is_required)
    about = schema.get("description")
    file = {**FILE, "description": about} if isinstance(about, str) else FILE
    return Body(BYTES if "*" in plain else media, file, is_required, is_file=True)


def _fields(schema: Mapping[str, Any]) -> list[str]:
    return list(schema.get("properties", ()))


def _field(name: str, encoding: Mapping[str, Any]) -> Style:
    said = as_map(encoding.get(name))
    return style_of(name, "query", said) if said.get("style") else "each"


def _multipart(
    schema: Mapping[str, Any], said: Mapping[str, Any], is_required: bool, *, is_3_0: bool
) -> Body:
    """Fields side by side; those that hold bytes become files."""
    encoding = as_map(said.get("encoding"))
    properties: dict[str, Any] = {**schema.get("properties", {})}
    files, kinds = set(), dict[str, str]()
    for name, one in properties.items():
        _judge_part(name, as_map(encoding.get(name)), is_3_0=is_3_0)
        kind = as_map(encoding.get(name)).get("contentType")
        inner = one.get("items", {}) if one.get("type") == "array" else one
        if isinstance(kind, str):
            kinds[name] = kind.partition(",")[0].strip()
        if _is_file(inner) or kinds.get(name, "").startswith(("image/", "audio/", "video/", BYTES)):
            files.add(name)
            about = {"description": one["description"]} if "description" in one else {}
            properties[name] = (
                {**FILE, **about} if inner is one else {"type": "array", **about, "items": dict(FILE)}
            )
    kinds = {name: kind for name, kind in kinds.items() if "*" not in kind}
    fields = {**schema, "type": "object", "properties": properties}
    return Body(MULTIPART, fields, is_required, kinds=kinds, files=frozenset(files))


def _judge_part(name: str, encoding: Mapping[str, Any], *, is_3_0: bool) -> None:
    """Refuse a part that wants more than its content; 3.0 gives styles to other forms alone."""
    if not is_3_0 and encoding.get("style", "form") == "form" and encoding.get("explode", True) is not True:
        raise UnfitError(f"takes the part {name!r} as one text, which is not written here")
    if not is_3_0 and encoding.get("style", "form") != "form":
        raise UnfitError(
            f"takes the part {name!r} in the style {encoding['style']!r}, which is not written here"
        )
    needed = [
        header
        for header, said in as_map(encoding.get("headers")).items()
        if as_map(said).get("required") is True
    ]
    if needed:
        raise UnfitError(f"wants the header {needed[0]!r} of the part {name!r}, which is not sent")


def _is_file(schema: object) -> bool:
    """Whether a schema of 3.0 (`format`) or of 3.1 (a media type, and no other words) stands for bytes."""
    said = as_map(schema)
    if said.get("format") == "binary":
        return True
    media = None if "contentEncoding" in said else said.get("contentMediaType")
    return isinstance(media, str) and not media.startswith(("text/", "application/json"))


def described(body: Body, about: str) -> dict[str, Any]:
    """The body's schema with what the file tells of the body."""
    told = {"description": about[:MOST_ABOUT]} if about else {}
    return {**told, **body.schema}
