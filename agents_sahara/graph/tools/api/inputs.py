"""What an operation of an API takes: each input with its schema, where it goes, and how it is written there.

OpenAPI Specification 3.0.4, "Parameter Object" (checked 2026-11-28).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agents_sahara.graph.tools.api.bodies import Body, body_of, described
from agents_sahara.graph.tools.api.document import Document, Operation, as_list, as_map
from agents_sahara.graph.tools.api.schemas import MOST_ABOUT, Schemas
from agents_sahara.graph.tools.api.styles import UnfitError, style_of
from agents_sahara.graph.tools.requests import OURS, TOKEN, Style, Where

_NOT_IN_ARGUMENTS = re.compile(r"[^A-Za-z0-9_-]+")
_SET_OTHERWISE = OURS | {"accept", "authorization", "idempotency-key"}
"""Headers that no parameter sets: the specification ignores some of them, and the others are ours."""
_NOT_FOR_MODELS = frozenset({"cookie", "expect", "proxy-authorization", "te", "trailer", "upgrade"})
"""Headers that decide who sends a request, and how it is read on its way."""
_JSON = re.compile(r"[^;]*[/+]json\s*(;|$)|\*/\*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Set:
    """What the operator sets, which no parameter does."""

    headers: Collection[str] = ()
    query: Collection[str] = ()
    cookies: Collection[str] = ()

    def has_cookie(self, name: str) -> bool:
        """Whether the operator sends this cookie, or a line of them."""
        return name in self.cookies or any(header.lower() == "cookie" for header in self.headers)


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
    is_raw: bool = False
    """Whether characters that mean something in an address stay as they are."""
    body: Body | None = None


def inputs_of(operation: Operation, document: Document, set_: Set) -> list[Input]:
    """All that `operation` takes, but for what the operator sets.

    Raises:
        UnfitError: it needs what cannot be sent.
    """
    found = [*_parameters(operation, document, set_)]
    said = as_map(document.followed(operation.said.get("requestBody")))
    body = body_of(said, document) if said else None
    if body is not None:
        name = "body" if all(one.argument != "body" for one in found) else "request_body"
        schema = described(body, document.text(said.get("description")))
        found.append(Input(name, name, "whole_body", schema, body.is_required, body=body))
    return found


def _parameters(operation: Operation, document: Document, set_: Set) -> Iterator[Input]:
    said: dict[tuple[str, str], Mapping[str, Any]] = {}
    for owner in (operation.item, operation.said):
        for one in as_list(document.followed(owner.get("parameters"))):
            parameter = as_map(document.followed(one))
            if parameter:
                said[str(parameter.get("name")), str(parameter.get("in"))] = parameter
    taken: set[str] = set()
    for (name, where), parameter in said.items():
        is_needed = parameter.get("required") is True
        if (
            where == "cookie"
            and is_needed
            and "cookie" not in map(str.lower, set_.headers)
            and name not in set_.cookies
        ):
            raise UnfitError(f"needs the cookie {name!r}, which `headers: {{Cookie: ...}}` can set")
        if where not in ("path", "query", "header", "cookie"):
            raise UnfitError(f"has the parameter {name!r} in {where!r}, where none can stand")
        if where != "cookie" and not _is_set(name, where, set_):
            argument = _argument(name, where, taken)
            taken.add(argument)
            yield _parameter(argument, name, where, parameter, document)  # type: ignore[arg-type]  # one of three


def _is_set(name: str, where: str, set_: Set) -> bool:
    """Whether the model has no say in a parameter."""
    if where == "query":
        return name in set_.query
    if where == "header":
        others = _SET_OTHERWISE | _NOT_FOR_MODELS | {one.lower() for one in set_.headers}
        return name.lower() in others or not TOKEN.fullmatch(name)
    return False


def _argument(name: str, where: str, taken: Collection[str]) -> str:
    plain = _NOT_IN_ARGUMENTS.sub("_", name).strip("_") or where
    while plain in taken:
        plain = f"{plain}_in_{where}"
    return plain


def _parameter(argument: str, name: str, where: Where, said: Mapping[str, Any], document: Document) -> Input:
    content = as_map(said.get("content"))
    kind, media = next(((str(one), as_map(inner)) for one, inner in content.items()), ("", {}))
    schema = Schemas(document).of(media.get("schema") if content else said.get("schema")) or {
        "type": "string"
    }
    if content and not _JSON.match(kind) and schema.get("type") != "string":
        raise UnfitError(f"has the parameter {name!r} as {kind}, which is not written here")
    about = document.text(said.get("description"))
    if about:
        schema["description"] = about[:MOST_ABOUT]
    style: Style = "json" if content else style_of(name, where, said)
    is_needed = where == "path" or said.get("required") is True
    is_raw = where == "query" and said.get("allowReserved") is True
    return Input(argument, name, where, schema, is_needed, style, is_raw)
