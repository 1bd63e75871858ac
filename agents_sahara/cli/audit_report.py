"""What `audit` tells of a checked team: its wants, and the tools that each agent reaches.

The JSON is a versioned promise (`schemas/audit.schema.json`).
"""

from __future__ import annotations

import shlex
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from agents_sahara.cli.machine import json_text
from agents_sahara.cli.terminal import one_line
from agents_sahara.graph.tools.servers import ToolServer, servers_of
from agents_sahara.graph.tools.values import ToolNode
from agents_sahara.graph.values import AgentGraph, AgentNode
from agents_sahara.trust.wants import Want
from agents_sahara.types import Json

VERSION = 1

Approved: TypeAlias = Literal["always", "sometimes", "never"]

_TITLES = {
    "python": "imports",
    "command": "starts",
    "host": "calls",
    "server": "calls",
    "endpoint": "asks for models",
    "store": "keeps conversations on",
}


@dataclass(frozen=True, slots=True)
class Reach:
    """One tool that an agent can bring about."""

    agent: str
    tool: ToolNode
    way: tuple[str, ...]
    """Keys of the agents from this one to the one that has the tool; the shortest way."""

    @property
    def approval(self) -> Approved:
        """Whether a person is asked before it is called."""
        said = self.tool.approval
        if said is None:
            return "never"
        return "always" if said.when is None and not said.exempt else "sometimes"


@dataclass(frozen=True, slots=True)
class Audit:
    """A team under examination."""

    team: str
    wants: tuple[Want, ...]
    variables: tuple[str, ...]
    servers: tuple[ToolServer, ...]
    """Of tools; none of them was started or asked."""
    reaches: tuple[Reach, ...]


def audited(graph: AgentGraph) -> Audit:
    """All that the file asks for and allows its agents."""
    reaches = tuple(reach for node in graph.agents.values() for reach in _reaches(node, graph))
    servers = tuple(servers_of(tool for node in graph.agents.values() for tool in node.tools))
    return Audit(graph.name, tuple(graph.wants()), graph.variables, servers, reaches)


def _reaches(start: AgentNode, graph: AgentGraph) -> Iterator[Reach]:
    ways: dict[str, tuple[str, ...]] = {start.key: (start.key,)}
    waiting = deque([start.key])
    while waiting:
        key = waiting.popleft()
        node = graph.agents[key]
        yield from (Reach(start.key, tool, ways[key]) for tool in node.tools)
        handed = (edge.target for edge in node.handoffs if edge.enabled)
        for target in (*handed, *(asked for _, asked in node.asked()), *node.judges()):
            if target not in ways:
                ways[target] = (*ways[key], target)
                waiting.append(target)


def as_json(audit: Audit) -> str:
    """The whole audit as one object."""
    return json_text(
        {
            "version": VERSION,
            "team": audit.team,
            "wants": [_want(want) for want in audit.wants],
            "variables": list(audit.variables),
            "servers": [_server(server) for server in audit.servers],
            "reach": [_reach(reach) for reach in audit.reaches],
        }
    )


def _want(want: Want) -> Json:
    place = want.place
    return {
        "kind": want.kind,
        "what": want.what,
        "asker": want.asker,
        "file": place.file,
        "line": place.line,
        "column": place.column,
    }


def _server(server: ToolServer) -> Json:
    return {
        "tool": server.key,
        "command": list(server.command) or None,
        "env": list(server.variables),
        "url": server.url,
        "headers": [name for name, _ in server.headers],
        "allow": None if server.allow is None else list(server.allow),
        "required": server.is_required,
        "pinned": bool(server.pin),
    }


def _reach(reach: Reach) -> Json:
    return {
        "agent": reach.agent,
        "tool": reach.tool.key,
        "name": reach.tool.name,
        "kind": reach.tool.does.kind,
        "approval": reach.approval,
        "way": list(reach.way),
    }


def as_text(audit: Audit) -> str:
    """The same for people."""
    return "\n".join(_lines(audit)) + "\n"


def _lines(audit: Audit) -> Iterator[str]:
    yield f"team {one_line(audit.team)}"
    for want in audit.wants:
        where = f"{want.place.file}:{want.place.line}:{want.place.column}"
        yield f"  {_TITLES[want.kind]} {one_line(want.what)}  ({one_line(want.asker)}, {one_line(where)})"
    yield from (f"  reads the variable {name}" for name in audit.variables)
    if not audit.wants and not audit.variables:
        yield "  asks for nothing beyond models of the gateway"
    yield from map(_server_line, audit.servers)
    for reach in audit.reaches:
        over = f"  over {' -> '.join(map(one_line, reach.way[1:]))}" if len(reach.way) > 1 else ""
        asked = {
            "always": "with an approval",
            "sometimes": "with an approval at times",
            "never": "without approval",
        }
        yield f"{one_line(reach.agent)}: {one_line(reach.tool.name)}, {asked[reach.approval]}{over}"


def _server_line(server: ToolServer) -> str:
    """What is known of a server before anyone asks it."""
    way = shlex.join(server.command) if server.command else f"at {server.url}"
    parts = [f"  has tools of the server {one_line(server.key)}: {one_line(way)}"]
    if server.variables:
        parts.append(f"gives it {', '.join(map(one_line, server.variables))}")
    if server.headers:
        parts.append(f"sends it {', '.join(one_line(name) for name, _ in server.headers)}")
    parts.append(
        "all its tools" if server.allow is None else f"only {', '.join(map(one_line, server.allow))}"
    )
    parts += [] if server.is_required else ["runs go on without it"]
    return "; ".join(parts)
