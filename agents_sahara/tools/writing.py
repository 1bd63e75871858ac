"""A request from its declaration and the arguments of one call: address, headers and body, each piece escaped.

How lists and objects are written: OpenAPI Specification 3.0.4, "Style Values"; RFC 6570 (checked 2026-11-28).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

import httpx2

from agents_sahara.graph.tools.requests import FORM, INSERTED, HttpRequest, Style, Where
from agents_sahara.tools.marking import ToolError

_BETWEEN: Mapping[Style, str] = {"commas": ",", "spaces": "%20", "pipes": "%7C"}


def written(request: HttpRequest, given: Mapping[str, Any], idempotency_key: str) -> httpx2.Request:
    """What is sent; an optional argument that is null is left out of address and headers.

    Raises:
        ToolError: an argument cannot stand where it goes.
    """
    query = [
        pair
        for argument, name, style in _going(request, given, "query")
        for pair in _pairs(name, given[argument], style)
    ]
    url = INSERTED.sub(lambda match: _inserted(match[1], given, request), request.url)
    if query:
        url += ("&" if "?" in url else "?") + "&".join(query)
    headers = {name: secret.reveal() for name, secret in request.headers.items()}
    headers |= {
        name: _line(given[argument], style) for argument, name, style in _going(request, given, "header")
    }
    said = {name.lower() for name in headers}
    if request.method != "GET" and "idempotency-key" not in said:
        headers["Idempotency-Key"] = idempotency_key
    if "user-agent" not in said:
        headers["User-Agent"] = "agents-sahara"
    body = _body(request, given)
    headers["Accept-Encoding"] = "identity"
    if body is not None:
        headers["Content-Type"] = request.media
    return httpx2.Request(request.method, url, headers=headers, content=body)


def _going(request: HttpRequest, given: Mapping[str, Any], where: Where) -> Iterator[tuple[str, str, Style]]:
    """Arguments that go there, each with its name in the request and how it is written."""
    for argument, place in request.places.items():
        if place == where and given.get(argument) is not None:
            yield argument, request.names.get(argument, argument), request.styles.get(argument, "json")


def _pairs(name: str, value: object, style: Style) -> Iterator[str]:
    """`name=value`, escaped, as often as the style wants it."""
    if not isinstance(value, list | dict) or style == "json":
        yield f"{quote_plus(name)}={quote_plus(_said(value))}"
    elif style == "brackets":
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if inner is not None:
                yield from _pairs(f"{name}[{key}]", inner, style)
    elif style == "each" and isinstance(value, dict):
        for key, inner in value.items():
            yield f"{quote_plus(key)}={quote_plus(_said(inner))}"
    elif style == "each":
        for inner in value:
            yield f"{quote_plus(name)}={quote_plus(_said(inner))}"
    else:
        yield f"{quote_plus(name)}={_BETWEEN[style].join(quote_plus(_said(one)) for one in _flat(value))}"


def _flat(value: list[Any] | dict[str, Any]) -> list[Any]:
    return value if isinstance(value, list) else [part for pair in value.items() for part in pair]


def _said(value: object) -> str:
    """A value as one piece of an address."""
    return value if isinstance(value, str) else json.dumps(value)


def _inserted(argument: str, given: Mapping[str, Any], request: HttpRequest) -> str:
    """Every character that could end a piece of the path is escaped; a piece that leads upwards is refused."""
    value = given[argument]
    is_flat = isinstance(value, list | dict) and request.styles.get(argument) == "commas"
    pieces = [_said(one) for one in (_flat(value) if is_flat else [value])]
    text = ",".join(pieces)
    if text.strip() in ("", ".", ".."):
        raise ToolError(f"The arguments do not fit. {argument}: {text!r} cannot stand in an address.")
    return ",".join(quote(piece, safe="") for piece in pieces)


def _line(value: object, style: Style) -> str:
    is_flat = isinstance(value, list | dict) and style == "commas"
    text = ",".join(map(_said, _flat(value))) if isinstance(value, list | dict) and is_flat else _said(value)
    if any(ord(char) < 32 or ord(char) > 126 for char in text):
        raise ToolError("The arguments do not fit: a header takes plain characters on one line.")
    return text


def _body(request: HttpRequest, given: Mapping[str, Any]) -> bytes | None:
    whole = next((name for name, where in request.places.items() if where == "whole_body"), None)
    if whole is not None:
        return _whole(request, given[whole]) if whole in given else None
    parts = {name: given[name] for name, where in request.places.items() if where == "body" and name in given}
    has_body = "body" in request.places.values()
    return json.dumps(parts).encode() if has_body else None


def _whole(request: HttpRequest, value: object) -> bytes:
    kind = request.media.partition(";")[0].strip().lower()
    if kind == FORM and isinstance(value, dict):
        fields = ((name, said) for name, said in value.items() if said is not None)
        pairs = (
            pair for name, said in fields for pair in _pairs(name, said, _style_of_field(request, name, said))
        )
        return "&".join(pairs).encode()
    if kind.startswith("text/"):
        return _said(value).encode()
    return json.dumps(value).encode()


def _style_of_field(request: HttpRequest, name: str, value: object) -> Style:
    """An object in a form is JSON, unless the file says how it is written."""
    style = request.parts.get(name, "each")
    return "json" if style == "each" and isinstance(value, dict) else style
