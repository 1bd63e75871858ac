"""A server of tools as a checked team has it: where it is, what it offers, and what it asks of the operator."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from agents_sahara.graph.tools.names import MOST_TOOL_NAME
from agents_sahara.graph.tools.values import ToolNode
from agents_sahara.trust.wants import Wish
from agents_sahara.types import Json

START_S = 60.0
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")

ALL = ":*"
"""Ends the name of an entry that stands for all tools of its server, whose names are known when it is there."""


@dataclass(frozen=True, slots=True)
class ToolServer:
    """Where a server is, and what the file says of it."""

    key: str
    """In `tools`."""
    url: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    """Of every request, as the file has them: `${NAME}` is filled in when a team is made."""
    command: tuple[str, ...] = ()
    """The program and its arguments."""
    variables: tuple[str, ...] = ()
    """Names of environment variables that the program gets."""
    allow: tuple[str, ...] | None = None
    """The only tools that are offered, by the server's names; None offers all."""
    prefix: str = ""
    """Before the name of each tool that a model sees."""
    pin: str = ""
    """The fingerprint that its tools must have; empty where what was seen first counts."""
    start_s: float = START_S
    """Within which it must be there."""
    is_required: bool = True

    def shown(self, tool: str) -> str:
        """The name of one of its tools as a model sees it."""
        return _NOT_IN_NAMES.sub("_", self.prefix + tool)[:MOST_TOOL_NAME]


@dataclass(frozen=True, slots=True)
class ServedTool:
    """A tool of a server; without a name, all that it offers."""

    kind: ClassVar[str] = "mcp"
    server: ToolServer
    tool: str | None

    def asks(self) -> Iterator[Wish]:
        """Leave to start the program with its variables, or to reach the host."""
        if self.server.command:
            names = ", ".join(sorted(self.server.variables))
            yield Wish("command", shlex.join(self.server.command), names)
        host = None if self.server.url is None else urlsplit(self.server.url).hostname
        if host is not None:
            yield Wish("server", host)

    def arguments(self) -> None:
        """Known when the server is there."""

    def to_json(self) -> dict[str, Json]:
        """How the server is reached, and the tool's name there; no address and no argument."""
        way = "command" if self.server.command else "url"
        return {"mcp": way, "tool": self.tool, "required": self.server.is_required}


def servers_of(tools: Iterable[ToolNode]) -> list[ToolServer]:
    """The servers that these tools come from, each once."""
    found = {tool.does.server.key: tool.does.server for tool in tools if isinstance(tool.does, ServedTool)}
    return list(found.values())
