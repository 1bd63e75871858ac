"""`mcp`: a server of tools at an address, or one that is started by a command."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from agents_sahara.source import nodes
from agents_sahara.spec.containers import Apart, Field, ListOf, MapOf, Record
from agents_sahara.spec.durations import Duration
from agents_sahara.spec.names import END, VARIABLE
from agents_sahara.spec.parts import Part
from agents_sahara.spec.shapes import Plain, Text, Truth, Written
from agents_sahara.spec.tools.kind import Kind


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WordSpec(Part):
    """One text of a list or map, before `${...}` is filled in."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class McpSpec(Part):
    """`mcp` of a tool: a server of tools."""

    url: str | None = None
    headers: Mapping[str, WordSpec] | None = None
    command: tuple[WordSpec, ...] | None = None
    env: tuple[WordSpec, ...] | None = None
    allow: tuple[WordSpec, ...] | None = None
    prefix: str | None = None
    pin: str | None = None
    start_timeout: float | None = None


_MOST_WORDS = 200
_MOST_NAMES = 200
_PREFIX = rf"^[A-Za-z][A-Za-z0-9_-]{{0,31}}{END}"
_PIN = rf"^sha256:[0-9a-f]{{64}}{END}"

_BY_THE_PROTOCOL = (
    "accept",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "host",
    "last-event-id",
    "transfer-encoding",
    "upgrade",
)


def _word(node: nodes.Node, owner: nodes.Scalar | None, text: str) -> WordSpec:
    return WordSpec(node=node, owner=owner, text=text)


class HeaderName:
    """Names of headers that a request may carry beside those of the protocol."""

    pattern = rf"^(?![Mm][Cc][Pp]-)[A-Za-z0-9!#$%&'*+.^_`|~-]{{1,64}}{END}"
    _form = staticmethod(re.compile(pattern).search)

    def problem(self, key: str) -> tuple[str, str, str] | None:
        """Rule, message and mend for a name that is refused."""
        if key.lower() in _BY_THE_PROTOCOL or key.lower().startswith("mcp-"):
            return "bad-key", f"{key!r} is a header that the protocol sets itself", "remove it"
        if self._form(key):
            return None
        return "bad-key", f"{key[:64]!r} cannot be the name of a header", "use letters, digits and '-'"


SERVER: Record[McpSpec] = Record(
    "mcp",
    McpSpec,
    (
        Field(
            "url",
            Text(most=2048),
            "Address of a server that speaks streamable HTTP; `${NAME}` reads the environment.",
        ),
        Field(
            "headers",
            MapOf(Written(Plain(), _word), HeaderName(), most=50),
            "Headers of every request; `${NAME}` here may read a secret other than the Sahara key.",
        ),
        Field(
            "command",
            ListOf(Written(Plain(), _word), least=1, most=_MOST_WORDS),
            "A program and its arguments, started in the team file's folder without a shell.",
        ),
        Field(
            "env",
            ListOf(
                Written(
                    Text(pattern=VARIABLE, rule="bad-key-variable", expects="the name of a variable"), _word
                ),
                most=_MOST_NAMES,
            ),
            "Names of the variables that the program gets; beside PATH and the like it gets no other.",
        ),
        Field(
            "allow",
            ListOf(Written(Text(most=200), _word), least=1, most=_MOST_NAMES),
            "The only tools of the server that agents get, by the server's names; all of them where missing.",
        ),
        Field(
            "prefix",
            Text(
                pattern=_PREFIX, rule="bad-tool-name", expects="a letter, then letters, digits, '_' and '-'"
            ),
            "Put before the name of each tool that a model sees.",
        ),
        Field(
            "pin",
            Text(pattern=_PIN, rule="bad-pin", expects="`sha256:` and 64 digits, as a message shows them"),
            "The fingerprint that names, descriptions and schemas of the offered tools must have.",
        ),
        Field(
            "start_timeout",
            Duration(),
            "Time in which the server must be there and have said what it offers.",
            default="60s",
        ),
    ),
    one_of=("url", "command"),
    apart=(Apart("command", "headers"), Apart("url", "env")),
)

MCP = Kind(
    Field("mcp", SERVER, "A server that speaks the Model Context Protocol; its tools are the agent's."),
    beside=(
        Field("required", Truth(), "`false`: a run goes on without the server, and says so.", default=True),
    ),
    without={
        "tool_name": "remove it, and put a `prefix` into `mcp` where names must differ",
        "description": "remove it: each tool of a server says what it is for",
    },
)
