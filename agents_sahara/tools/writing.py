"""A request from its declaration and the arguments of one call: address, headers and body, each piece escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import httpx2

from agents_sahara.graph.tools.requests import INSERTED, HttpRequest, Style, Where
from agents_sahara.tools.bodies import body_of
from agents_sahara.tools.marking import ToolError
from agents_sahara.tools.styles import barely_escaped, escaped, pairs, piece

_NO_KEY = frozenset({"GET", "HEAD", "OPTIONS", "QUERY"})
"""Methods that only ask: RFC 9110, section 9.2.1 (checked 2026-11-28)."""


def written(request: HttpRequest, given: Mapping[str, Any], idempotency_key: str) -> httpx2.Request:
    """What is sent; an optional argument that is null is left out of address and headers.

    Raises:
        ToolError: an argument cannot stand where it goes.
    """
    body, media = body_of(request, given)
    headers = _headers(request, given)
    known = {name.lower() for name in headers}
    if request.method not in _NO_KEY and "idempotency-key" not in known:
        headers["Idempotency-Key"] = idempotency_key
    if "user-agent" not in known:
        headers["User-Agent"] = "agents-sahara"
    if request.accept and "accept" not in known:
        headers["Accept"] = request.accept
    headers["Accept-Encoding"] = "identity"
    if body is not None:
        headers["Content-Type"] = media
    return httpx2.Request(request.method, _url(request, given), headers=headers, content=body)


def _url(request: HttpRequest, given: Mapping[str, Any]) -> str:
    address = INSERTED.sub(lambda match: _inserted(match[1], given, request), request.url)
    path, mark, fixed = address.partition("?")
    if any(unquote(part) in (".", "..") for part in path.split("/")[3:]):
        raise ToolError("The arguments do not fit. Together they would lead upwards in an address.")
    query = [fixed] if fixed else []
    query += [
        pair
        for argument, name, style in _going(request, given, "query")
        for pair in pairs(
            name, given[argument], style, barely_escaped if argument in request.raw else escaped
        )
    ]
    query += [f"{escaped(name)}={escaped(secret.reveal())}" for name, secret in request.hidden_query.items()]
    return f"{path}?{'&'.join(query)}" if query else f"{path}{mark}"


def _headers(request: HttpRequest, given: Mapping[str, Any]) -> dict[str, str]:
    headers = {name: secret.reveal() for name, secret in request.headers.items()}
    if request.cookies:
        headers["Cookie"] = "; ".join(f"{name}={secret.reveal()}" for name, secret in request.cookies.items())
    return headers | {
        name: _line(name, given[argument], style)
        for argument, name, style in _going(request, given, "header")
    }


def _going(request: HttpRequest, given: Mapping[str, Any], where: Where) -> Iterator[tuple[str, str, Style]]:
    """Arguments that go there, each with its name in the request and how it is written."""
    for argument, place in request.places.items():
        if place == where and given.get(argument) is not None:
            yield argument, request.names.get(argument, argument), request.styles.get(argument, "json")


def _inserted(argument: str, given: Mapping[str, Any], request: HttpRequest) -> str:
    """Every character that could end a piece of the path is escaped; a piece that leads upwards is refused."""
    name, style = request.names.get(argument, argument), request.styles.get(argument, "json")
    text = piece(name, given[argument], style, escaped)
    if unquote(text).strip() in ("", ".", ".."):
        raise ToolError(
            f"The arguments do not fit. {argument}: {unquote(text)!r} cannot stand in an address."
        )
    return text


def _line(name: str, value: object, style: Style) -> str:
    text = piece(name, value, style, str)
    if any(ord(char) < 32 or ord(char) > 126 for char in text):
        raise ToolError("The arguments do not fit: a header takes plain characters on one line.")
    return text
