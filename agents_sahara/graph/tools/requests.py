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

Style: TypeAlias = Literal[
    "json", "each", "commas", "pairs", "spaces", "pipes", "brackets", "label", "labels", "matrix", "matrices"
]
"""How a list or object is written: as JSON, as one `name=value` each, between commas (`pairs`: objects as
`key=value`), spaces or pipes, as `name[key]=value`, or in a path as `.value` and `;name=value`, all of it once or
each part by itself."""

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
BYTES = "application/octet-stream"

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
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Media types of the fields of a multipart body, where the description names them."""
    files: frozenset[str] = frozenset()
    """Fields of a multipart body that are files."""
    is_file: bool = False
    """Whether the whole body is a file."""
    accept: str = ""
    """Media types of the answer; empty where nothing says so."""
    raw: frozenset[str] = frozenset()
    """Parameters of the query that keep characters which are otherwise escaped."""
    hidden_query: Mapping[str, Secret] = field(default_factory=dict)
    """What the operator adds to the query."""
    cookies: Mapping[str, Secret] = field(default_factory=dict)
    """What the operator sends as cookies."""

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
        """Method and address; headers, and whatever else is hidden, by name alone."""
        hidden = [*self.headers, *self.hidden_query, *self.cookies]
        return {"method": self.method, "url": self.url, "host": self.host, "headers": hidden}

    def secrets(self) -> dict[str, Secret]:
        """All that no model is to read, by what each is called."""
        beside = {"a cookie": self.cookies, "in the query": self.hidden_query}
        others = {f"{name}, {where}": one for where, said in beside.items() for name, one in said.items()}
        return {**others, **self.headers}


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
    read: dict[str, Secret] = {}
    for name, secret in read_secrets(part, "headers", said, makings, rule).items():
        if not TOKEN.fullmatch(name) or name.lower() in OURS:
            message = f"the header {name!r} cannot be sent"
            mend = "use a plain name and a value on one line; Host, Content-Type and the like are set already"
            makings.around.report.add(rule, place_of_entry(part, "headers", name), message, mend=mend)
            continue
        read[name] = secret
    return read


def read_secrets(
    part: Part, key: str, said: Mapping[str, str] | None, makings: Makings, rule: str
) -> dict[str, Secret]:
    """Texts of the map behind `key` with their variables, secrets too; one that has several lines is reported."""
    read: dict[str, Secret] = {}
    for name, text in (said or {}).items():
        place = place_of_entry(part, key, name)
        filled = fill_in(text, place, makings.secrets, makings.around, may_be_secret=True)
        if filled is None:
            continue
        if not _VALUE.fullmatch(filled.strip()):
            message = f"the value of {name!r} cannot be sent"
            mend = "use plain characters on one line"
            makings.around.report.add(rule, place, message, mend=mend)
            continue
        read[name] = Secret(filled.strip())
    return read


def place_of_entry(part: Part, key: str, name: str) -> Place:
    """Where a value of the map behind `key` stands."""
    tree = part.node.get(key) if isinstance(part.node, nodes.Mapping) else None
    value = tree.get(name) if isinstance(tree, nodes.Mapping) else None
    return part.place_of(key) if value is None else value.place
