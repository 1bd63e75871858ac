"""What a team file says of a server of tools, ready to be reached: nothing is started or looked up here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from agents_sahara.errors import SettingsError
from agents_sahara.graph.tools.servers import ToolServer
from agents_sahara.graph.values import AgentGraph
from agents_sahara.graph.variables import filled_in
from agents_sahara.tools.mcp.process import ALWAYS, Command, environment
from agents_sahara.tools.mcp.server import Address, Way


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a team file says of one server."""

    key: str
    way: Way
    allow: tuple[str, ...] | None = None
    """The only tools that are offered; None offers all."""
    is_required: bool = True
    pin: str = ""
    """The fingerprint that its tools must have; empty where what was seen first counts."""
    start_s: float = 60.0
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    """All the variables that a program gets."""


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """All that servers may get variables from: `environ`, and of ours what every program needs."""
    return {name: os.environ[name] for name in ALWAYS if name in os.environ} | dict(environ)


def wanted_of(server: ToolServer, graph: AgentGraph, environ: Mapping[str, str]) -> Wanted:
    """What the file says of `server`, with its variables filled in.

    Raises:
        SettingsError: a variable that a header reads is not set any more.
    """
    way = _way(server, graph, environ)
    return Wanted(
        server.key,
        way,
        server.allow,
        is_required=server.is_required,
        pin=server.pin,
        start_s=server.start_s,
        environ=environment(way, environ) if isinstance(way, Command) else {},
    )


def _way(server: ToolServer, graph: AgentGraph, environ: Mapping[str, str]) -> Way:
    if server.url is None:
        return Command(server.command, server.variables, graph.folder)
    try:
        headers = {name: filled_in(text, environ) for name, text in server.headers}
    except KeyError as unset:
        raise SettingsError(
            f"the variable {unset.args[0]}, which a header of the tool {server.key!r} reads, is not set",
            mend=f"`export {unset.args[0]}=...`",
            where=unset.args[0],
        ) from None
    return Address(server.url, headers, graph.consent.hosts)
