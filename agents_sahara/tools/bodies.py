"""The body of a request: JSON, a form, parts of a form with files among them, text, or a file.

RFC 7578 for parts; names in them as browsers write them: HTML Standard, "Multipart form data" (checked 2026-11-28).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4

from agents_sahara.graph.tools.requests import BYTES, FORM, MULTIPART, HttpRequest, Style
from agents_sahara.tools.marking import ToolError
from agents_sahara.tools.styles import pairs, said

_BROKEN = re.compile(r"[\r\n\"]")
_QUOTED = {"\r": "%0D", "\n": "%0A", '"': "%22"}


def body_of(request: HttpRequest, given: Mapping[str, Any]) -> tuple[bytes | None, str]:
    """The body, if there is one, and its media type.

    Raises:
        ToolError: what is to be a file is none.
    """
    whole = next((name for name, where in request.places.items() if where == "whole_body"), None)
    if whole is not None:
        return _whole(request, given[whole]) if whole in given else (None, "")
    parts = {name: given[name] for name, where in request.places.items() if where == "body" and name in given}
    has_body = "body" in request.places.values()
    return (json.dumps(parts).encode() if has_body else None), request.media


def _whole(request: HttpRequest, value: Any) -> tuple[bytes, str]:
    kind = request.media.partition(";")[0].strip().lower()
    if request.is_file:
        return _content(value), request.media
    if kind == FORM and isinstance(value, dict):
        return "&".join(_fields(request, value)).encode(), request.media
    if kind == MULTIPART and isinstance(value, dict):
        return _multipart(request, value)
    if isinstance(value, str) and not kind.endswith("json"):
        return value.encode("utf-8", "replace"), request.media
    return json.dumps(value).encode(), request.media


def _fields(request: HttpRequest, value: Mapping[str, Any]) -> Iterator[str]:
    for name, one in value.items():
        if one is not None:
            style = request.parts.get(name, "each")
            yield from pairs(name, one, _of_form(style, one), quote_plus)


def _of_form(style: Style, value: object) -> Style:
    """An object in a form is JSON, unless the description says how it is written."""
    return "json" if style == "each" and isinstance(value, dict) else style


def _multipart(request: HttpRequest, value: Mapping[str, Any]) -> tuple[bytes, str]:
    parts = [
        _part(name, one, request)
        for name, field in value.items()
        for one in (field if isinstance(field, list) else [field])
        if one is not None
    ]
    boundary = uuid4().hex
    while any(boundary.encode() in part for part in parts):
        boundary = uuid4().hex
    line = f"--{boundary}".encode()
    body = b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"
    return body, f"{MULTIPART}; boundary={boundary}"


def _part(name: str, value: Any, request: HttpRequest) -> bytes:
    """Headers and content of one part; what is JSON says so."""
    kind, about = request.kinds.get(name), f'form-data; name="{_quoted(name)}"'
    if name in request.files:
        content = _content(value)
        about += f'; filename="{_quoted(str(value.get("name") or name))}"'
        kind = kind or BYTES
    else:
        is_json = isinstance(value, dict) or (kind or "").endswith("json")
        content = (json.dumps(value) if is_json else said(value)).encode("utf-8", "replace")
        kind = kind or ("application/json" if is_json else None)
    lines = f"Content-Disposition: {about}\r\n" + (f"Content-Type: {kind}\r\n" if kind else "")
    return f"{lines}\r\n".encode() + content


def _quoted(text: str) -> str:
    return _BROKEN.sub(lambda match: _QUOTED[match[0]], text.encode("utf-8", "replace").decode())


def _content(value: Mapping[str, Any]) -> bytes:
    content = str(value["content"])
    if value.get("encoding") != "base64":
        return content.encode("utf-8", "replace")
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ToolError("The arguments do not fit: the content of a file is no base64.") from None
