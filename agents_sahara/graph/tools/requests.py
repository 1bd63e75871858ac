"""A request that a tool makes, and the rules for its address.

The model fills in parameters; it never chooses the host or the shape of the path. Nothing is sent here, and no name
is looked up.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias
from urllib.parse import urlsplit

from agents_sahara.diagnostics.finding import Place
from agents_sahara.graph.endpoints import address_problem
from agents_sahara.graph.tools.makings import Makings
from agents_sahara.graph.variables import fill_in
from agents_sahara.settings import Secret
from agents_sahara.source import nodes
from agents_sahara.spec.parts import Part
from agents_sahara.trust.wants import Wish
from agents_sahara.types import Json, JsonObject

Where: TypeAlias = Literal["path", "query", "header", "body", "whole_body"]
"""Where a parameter goes: `body` is one key of a JSON object, `whole_body` the JSON value itself."""

Style: TypeAlias = Literal["json", "each", "commas", "spaces", "pipes", "brackets"]
"""How a list or object is written: as JSON, as one `name=value` each, between delimiters, or as `name[key]=value`."""

FORM = "application/x-www-form-urlencoded"

INSERTED = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "content-type", "accept-encoding"}
)
"""Headers that each request has already."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request with open parameters."""

    kind: ClassVar[str] = "http"
    method: str
    url: str
    """With `{{ name }}` in path or query, and nowhere else."""
    schema: JsonObject
    """Of the parameters."""
    places: Mapping[str, Where]
    """By parameter."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What a parameter is called in the request, where that is not its own name."""
    headers: Mapping[str, Secret] = field(default_factory=dict)
    styles: Mapping[str, Style] = field(default_factory=dict)
    """How the value of a parameter is written, where that is not as JSON."""
    media: str = "application/json"
    """Of the body, where there is one."""
    parts: Mapping[str, Style] = field(default_factory=dict)
    """How the fields of a form are written."""

    @property
    def host(self) -> str:
        """The only host that it goes to."""
        return urlsplit(INSERTED.sub("x", self.url)).hostname or ""

    def asks(self) -> Iterator[Wish]:
        """Leave to call the host."""
        yield Wish("host", self.host)

    def arguments(self) -> Collection[str]:
        """All parameters, required or not."""
        return self.places.keys()

    def to_json(self) -> dict[str, Json]:
        """Method and address; headers by name alone."""
        return {"method": self.method, "url": self.url, "host": self.host, "headers": list(self.headers)}


@dataclass(frozen=True, slots=True)
class OpenApiRequest(HttpRequest):
    """The same, from a description of an API."""

    kind: ClassVar[str] = "openapi"


def judged_url(url: str, place: Place, makings: Makings, rule: str) -> str | None:
    """`url` with its variables of the environment, where it is an address that a tool may have."""
    filled = fill_in(url, place, makings.secrets, makings.around)
    if filled is None:
        return None
    start = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#{}\s]+", filled)
    problem = (
        "has no plain host, or lets a parameter choose it" if start is None else address_problem(start[0])
    )
    if problem is None and start is not None:
        problem = _rest_problem(filled[start.end() :])
    if problem is None:
        return filled
    mend = "write an address such as https://rates.example/v1/{{ base }}; plain http only for this machine"
    makings.around.report.add(rule, place, f"the address {problem}", mend=mend)
    return None


def _rest_problem(rest: str) -> str | None:
    plain = INSERTED.sub("x", rest)
    if plain and plain[0] not in "/?":
        return "goes on behind its host without a slash"
    if "#" in plain:
        return "has a fragment, which is never sent"
    if re.search(r"[\s{}\\\x00-\x1f\x7f]", plain) or not plain.isascii():
        return "holds characters that no address has"
    path = plain.partition("?")[0]
    if any(part in (".", "..") for part in path.replace("%2e", ".").replace("%2E", ".").split("/")):
        return "has a path that leads upwards"
    return None


def read_headers(
    part: Part, said: Mapping[str, str] | None, makings: Makings, rule: str
) -> dict[str, Secret]:
    """Header lines with their variables; what cannot be sent is reported."""
    tree = part.node.get("headers") if isinstance(part.node, nodes.Mapping) else None
    read: dict[str, Secret] = {}
    for name, text in (said or {}).items():
        value = tree.get(name) if isinstance(tree, nodes.Mapping) else None
        place = part.place_of("headers") if value is None else value.place
        filled = fill_in(text, place, makings.secrets, makings.around, may_be_secret=True)
        if filled is None:
            continue
        if not TOKEN.fullmatch(name) or name.lower() in OURS or not _VALUE.fullmatch(filled.strip()):
            message = f"the header {name!r} cannot be sent"
            mend = "use a plain name and a value on one line; Host, Content-Type and the like are set already"
            makings.around.report.add(rule, place, message, mend=mend)
            continue
        read[name] = Secret(filled.strip())
    return read
