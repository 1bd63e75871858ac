"""The styles in which parameters and fields are written.

OpenAPI Specification 3.0.4, "Style Values" (checked 2026-11-28).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents_sahara.graph.tools.requests import Style, Where

_STYLES: Mapping[tuple[str, bool], Style] = {
    ("form", True): "each",
    ("form", False): "commas",
    ("simple", True): "pairs",
    ("simple", False): "commas",
    ("spaceDelimited", False): "spaces",
    ("spaceDelimited", True): "each",
    ("pipeDelimited", False): "pipes",
    ("pipeDelimited", True): "each",
    ("deepObject", True): "brackets",
    ("deepObject", False): "brackets",
    ("label", True): "labels",
    ("label", False): "label",
    ("matrix", True): "matrices",
    ("matrix", False): "matrix",
}

_ALLOWED: Mapping[str, frozenset[str]] = {
    "path": frozenset({"simple", "label", "matrix"}),
    "query": frozenset({"form", "spaceDelimited", "pipeDelimited", "deepObject"}),
    "header": frozenset({"simple"}),
}


class UnfitError(Exception):
    """An operation takes what cannot be sent; says so as the end of a sentence."""


def style_of(name: str, where: Where, said: Mapping[str, Any]) -> Style:
    """How the parameter or field `name` is written.

    Raises:
        UnfitError: there is no such style where it goes.
    """
    style = said.get("style") or ("form" if where == "query" else "simple")
    explode = said.get("explode")
    key = (str(style), explode if isinstance(explode, bool) else style == "form")
    if key not in _STYLES or key[0] not in _ALLOWED[where]:
        place = "a query" if where == "query" else f"a {where}"
        raise UnfitError(f"has the parameter {name!r} in the style {style!r}, which {place} does not know")
    return _STYLES[key]
