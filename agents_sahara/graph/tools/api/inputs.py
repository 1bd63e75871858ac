"""What an operation of an API takes: each input with its schema, where it goes, and how it is written there.

Parameters in path, query and header in the styles of OpenAPI 3, and bodies as JSON, a form or text. OpenAPI
Specification 3.0.4, "Parameter Object", "Style Values" and "Encoding Object" (checked 2026-11-28).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agents_sahara.graph.tools.api.document import Document, Operation, as_list, as_map
from agents_sahara.graph.tools.api.schemas import MOST_ABOUT, Schemas
from agents_sahara.graph.tools.requests import FORM, OURS, TOKEN, Style, Where

_NOT_IN_ARGUMENTS = re.compile(r"[^A-Za-z0-9_-]+")
_SET_OTHERWISE = OURS | {"accept", "authorization", "idempotency-key"}
"""Headers that no parameter sets: the specification ignores some of them, and the others are ours."""
_NOT_FOR_MODELS = frozenset({"cookie", "expect", "proxy-authorization", "te", "trailer", "upgrade"})
"""Headers that decide who sends a request, and how it is read on its way."""
_STYLES: Mapping[tuple[str, bool], Style] = {
    ("form", True): "each",
    ("form", False): "commas",
    ("simple", True): "commas",
    ("simple", False): "commas",
    ("spaceDelimited", False): "spaces",
    ("spaceDelimited", True): "each",
    ("pipeDelimited", False): "pipes",
    ("pipeDelimited", True): "each",
    ("deepObject", True): "brackets",
    ("deepObject", False): "brackets",
}


class UnfitError(Exception):
    """An operation takes what cannot be sent; says so as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that an operation takes."""

    argument: str
    """What the model calls it."""
    name: str
    """What the API calls it."""
    where: Where
    schema: Mapping[str, Any]
    is_required: bool
    style: Style = "json"
    media: str = ""
    """Of a body: its media type."""
    parts: Mapping[str, Style] | None = None
    """Of a form: how each of its fields is written."""


def inputs_of(operation: Operation, document: Document, headers: Collection[str]) -> list[Input]:
    """All that `operation` takes, but for `headers`, which the operator sets.

    Raises:
        UnfitError: it needs what cannot be sent.
    """
    found = [*_parameters(operation, document, {name.lower() for name in headers})]
    body = as_map(document.followed(operation.said.get("requestBody")))
    if body:
        taken = {one.argument for one in found}
        found += _body(body, document, "body" if "body" not in taken else "request_body")
    return found


def _parameters(operation: Operation, document: Document, headers: Collection[str]) -> Iterator[Input]:
    said: dict[tuple[str, str], Mapping[str, Any]] = {}
    is_set = {*_SET_OTHERWISE, *_NOT_FOR_MODELS, *headers}
    for owner in (operation.item, operation.said):
        for one in as_list(owner.get("parameters")):
            parameter = as_map(document.followed(one))
            if parameter:
                said[str(parameter.get("name")), str(parameter.get("in"))] = parameter
    taken: set[str] = set()
    for (name, where), parameter in said.items():
        is_ours = where == "header" and (name.lower() in is_set or not TOKEN.fullmatch(name))
        if where == "cookie" and parameter.get("required") is True:
            raise UnfitError(f"needs the cookie {name!r}, and no cookies are sent")
        if where in ("path", "query", "header") and not is_ours:
            argument = _argument(name, where, taken)
            taken.add(argument)
            yield _parameter(argument, name, where, parameter, document)  # type: ignore[arg-type]  # one of the three


def _argument(name: str, where: str, taken: Collection[str]) -> str:
    plain = _NOT_IN_ARGUMENTS.sub("_", name).strip("_") or where
    while plain in taken:
        plain = f"{plain}_in_{where}"
    return plain


def _parameter(argument: str, name: str, where: Where, said: Mapping[str, Any], document: Document) -> Input:
    content = as_map(said.get("content"))
    media = as_map(next(iter(content.values()), None))
    schema = Schemas(document).of(media.get("schema") if content else said.get("schema")) or {
        "type": "string"
    }
    about = said.get("description")
    if isinstance(about, str):
        schema["description"] = " ".join(about.split())[:MOST_ABOUT]
    style: Style = "json" if content else _style(name, where, said)
    return Input(argument, name, where, schema, where == "path" or said.get("required") is True, style)


def _style(name: str, where: Where, said: Mapping[str, Any]) -> Style:
    style = said.get("style") or ("form" if where == "query" else "simple")
    explode = said.get("explode")
    key = (str(style), explode if isinstance(explode, bool) else style == "form")
    if key not in _STYLES:
        raise UnfitError(f"has the parameter {name!r} in the style {style!r}, which is not written here")
    return _STYLES[key]


def _body(body: Mapping[str, Any], document: Document, argument: str) -> Iterator[Input]:
    content = {str(kind): as_map(said) for kind, said in as_map(body.get("content")).items()}
    is_required = body.get("required") is True
    media = next((kind for kind in sorted(content, key=_rank) if _rank(kind) < len(_KINDS)), None)
    if media is None:
        if content or is_required:
            kinds = ", ".join(content) or "no known type"
            raise UnfitError(f"takes a body of {kinds}; bodies are JSON, a form or text")
        return
    schema = Schemas(document).of(content[media].get("schema"))
    about = body.get("description")
    if isinstance(about, str):
        schema.setdefault("description", " ".join(about.split())[:MOST_ABOUT])
    parts = None
    if media == FORM:
        parts = {
            name: _field(name, as_map(content[media].get("encoding")))
            for name in schema.get("properties", ())
        }
    elif media.startswith("text/"):
        schema = {**schema, "type": "string"}
    yield Input(argument, argument, "whole_body", schema, is_required, "json", media, parts)


_KINDS = (
    re.compile(r"application/json\s*(;|$)", re.IGNORECASE),
    re.compile(r"[^;]*[/+]json\s*(;|$)|\*/\*$|application/\*$", re.IGNORECASE),
    re.compile(rf"{re.escape(FORM)}\s*(;|$)", re.IGNORECASE),
    re.compile(r"text/(plain|[a-z0-9.+-]*)\s*(;|$)", re.IGNORECASE),
)
"""Media types that can be written, the best first."""


def _rank(media: str) -> int:
    return next((number for number, kind in enumerate(_KINDS) if kind.match(media)), len(_KINDS))


def _field(name: str, encoding: Mapping[str, Any]) -> Style:
    said = as_map(encoding.get(name))
    return _style(name, "query", said) if said.get("style") else "each"
