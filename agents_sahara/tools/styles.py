"""Values as pieces of an address or of a line, each escaped.

How lists and objects are written: OpenAPI Specification 3.0.4, "Style Values"; RFC 6570 (checked 2026-11-28).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias
from urllib.parse import quote

from agents_sahara.graph.tools.requests import Style

Escape: TypeAlias = Callable[[str], str]
"""Writes a text so that it ends nothing around it."""

_BETWEEN: Mapping[Style, str] = {"commas": ",", "spaces": "%20", "pipes": "%7C"}

_RAW = "!$'()*,/:;?@"
"""What may stand in a query as it is, and ends neither a pair nor the query."""


def escaped(text: str) -> str:
    """`text` as one piece of an address: only letters, digits and `-._~` stay."""
    return quote(text, safe="")


def barely_escaped(text: str) -> str:
    """`text` as a value of a query that keeps what means something in addresses."""
    return quote(text, safe=_RAW)


def said(value: object) -> str:
    """A value as text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def pairs(name: str, value: object, style: Style, escape: Escape) -> Iterator[str]:
    """`name=value`, as often as the style wants it."""
    if not isinstance(value, list | dict) or style == "json":
        yield f"{escaped(name)}={escape(said(value))}"
    elif style == "brackets":
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if inner is not None:
                yield from pairs(f"{name}[{key}]", inner, style, escape)
    elif style == "each":
        for key, inner in value.items() if isinstance(value, dict) else ((name, one) for one in value):
            yield f"{escaped(key)}={escape(said(inner))}"
    elif value:
        yield f"{escaped(name)}={_BETWEEN[style].join(escape(said(one)) for one in _flat(value))}"


def piece(name: str, value: object, style: Style, escape: Escape) -> str:
    """What stands in a path or a header for a value."""
    if style in ("label", "labels", "matrix", "matrices"):
        return _led_in(name, value, style, escape)
    if style == "pairs" and isinstance(value, dict):
        return ",".join(_equations(value, escape))
    if style in ("commas", "pairs") and isinstance(value, list | dict):
        return ",".join(escape(said(one)) for one in _flat(value))
    return escape(said(value))


def _led_in(name: str, value: object, style: Style, escape: Escape) -> str:
    """`.value` or `;name=value`."""
    parts: list[Any]
    if style in ("labels", "matrices") and isinstance(value, list | dict):
        sign = "." if style == "labels" else ";"
        if isinstance(value, dict):
            parts = _equations(value, escape)
        else:
            start = "" if style == "labels" else f"{escaped(name)}="
            parts = [f"{start}{escape(said(one))}" for one in value]
        return "".join(f"{sign}{part}" for part in parts)
    parts = _flat(value) if isinstance(value, list | dict) else [value]
    whole = ",".join(escape(said(one)) for one in parts)
    if style in ("label", "labels"):
        return f".{whole}"
    return f";{escaped(name)}={whole}" if whole else f";{escaped(name)}"


def _equations(value: Mapping[str, Any], escape: Escape) -> list[str]:
    return [f"{escape(str(key))}={escape(said(inner))}" for key, inner in value.items()]


def _flat(value: list[Any] | dict[str, Any]) -> list[Any]:
    return value if isinstance(value, list) else [part for pair in value.items() for part in pair]
