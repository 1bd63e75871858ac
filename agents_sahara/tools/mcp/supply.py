"""The tools of servers for the agents of a team: opened as a run begins, and made once for all runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Self

from agents import FunctionTool, Tool
from agents.mcp import MCPServer

from agents_sahara.diagnostics.finding import Report
from agents_sahara.errors import ToolServerError
from agents_sahara.graph.tools.arguments import Taker, judge_arguments
from agents_sahara.graph.tools.servers import ALL, ServedTool, ToolServer
from agents_sahara.graph.tools.values import LIMIT_S, ToolNode, ToolUse
from agents_sahara.graph.values import AgentGraph, AgentNode
from agents_sahara.settings import Secret
from agents_sahara.tools.calling import Shut, function_tool
from agents_sahara.tools.context import current_tools
from agents_sahara.tools.findings import refuse
from agents_sahara.tools.mcp.for_sdk import SdkServer
from agents_sahara.tools.mcp.keepers import Keepers
from agents_sahara.tools.mcp.offers import Offer
from agents_sahara.tools.mcp.pins import Pins
from agents_sahara.tools.mcp.served import ServedCallee
from agents_sahara.tools.mcp.server import Address
from agents_sahara.tools.mcp.servers import Servers
from agents_sahara.tools.mcp.wanted import Wanted, variables, wanted_of


@dataclass(frozen=True, slots=True)
class Supplied:
    """What the agents of one run have beside what the file alone says."""

    tools: Mapping[str, tuple[Tool, ...]] = field(default_factory=dict)
    """By the agent's key."""
    uses: Mapping[str, ToolUse] = field(default_factory=dict)
    """What follows the answers, by the agent's key, where the file names a server for all of its tools."""
    warnings: tuple[str, ...] = ()


class Supply:
    """Knows which servers a run needs; opens them, and gives each agent its tools."""

    def __init__(
        self,
        graph: AgentGraph,
        wanted: Iterable[Wanted],
        keepers: Keepers,
        shut: Shut,
    ) -> None:
        """Nothing is started or reached yet; `shut` sees to approvals and guardrails of each tool."""
        self._graph = graph
        self._shut = shut
        wanted = tuple(wanted)
        self._headers = {
            one.key: {name: Secret(value) for name, value in one.way.headers.items()}
            for one in wanted
            if isinstance(one.way, Address)
        }
        self.servers = Servers(wanted, keepers, accepted=graph.consent.tools)
        self._made: dict[tuple[str, str, str, str], FunctionTool] = {}
        """By agent, server, the tool's name for the model, and the hash of what the server says of it."""

    @classmethod
    def of(
        cls,
        graph: AgentGraph,
        environ: Mapping[str, str],
        state: Path | None,
        shut: Shut,
        before: Supply | None = None,
    ) -> Self:
        """For the servers of a team; those that it had `before`, and of which its file says the same, go on.

        Raises:
            SettingsError: a variable that a header reads is not set any more.
        """
        found = {does.server.key: does.server for node in graph.agents.values() for _, does in _served(node)}
        known = variables(environ)
        wanted = [wanted_of(server, graph, known) for server in found.values()]
        keepers = Keepers(Pins(state)) if before is None else before.servers.keepers
        return cls(graph, wanted, keepers, shut)

    async def tools_for(self, entry: str) -> Supplied:
        """The tools of every agent that a run which begins at `entry` can reach.

        Raises:
            ToolServerError: a server that is required cannot be used, or two tools of an agent have one name.
            SpecError: an approval reads an argument that a tool does not have.
        """
        nodes = [self._graph.agents[key] for key in self._graph.reached(entry)]
        keys = dict.fromkeys(does.server.key for node in nodes for _, does in _served(node))
        ready = await self.servers.ready(keys)
        run = current_tools.get()
        if run is not None:
            run.sessions.update((key, self.servers.restarts(key)[0]) for key in keys)
        tools = {node.key: self._tools(node, ready.offers) for node in nodes}
        _judge_approvals(nodes, ready.offers)
        return Supplied(
            tools,
            {node.key: _use(node, ready.offers) for node in nodes if _stops_at_all(node)},
            ready.warnings,
        )

    def _tools(self, node: AgentNode, offers: Mapping[str, tuple[Offer, ...]]) -> tuple[FunctionTool, ...]:
        taken = dict.fromkeys(node.tool_names, "another tool or handoff")
        made: list[FunctionTool] = []
        for tool, does in _served(node):
            for offer in _meant(does, offers):
                own = _own(tool, does, offer)
                if does.tool is None:
                    _take(own.name, node, does.server, taken)
                made.append(self._tool(node.key, own, does.server.key, offer))
        return tuple(made)

    def _tool(self, agent: str, tool: ToolNode, server: str, offer: Offer) -> FunctionTool:
        """Made once for all runs: what is sent of it is the same object each time."""
        known = (agent, server, tool.name, offer.digest)
        if known not in self._made:
            limit_s = LIMIT_S if tool.limit_s is None else tool.limit_s
            callee = ServedCallee(self.servers, server, offer, limit_s, self._headers.get(server, {}))
            self._made[known] = function_tool(agent, tool, callee, limit_s, self._shut)
        return self._made[known]

    async def aclose(self) -> None:
        """End all servers."""
        await self.servers.aclose()

    def for_sdk(self, node: AgentNode) -> list[MCPServer]:
        """The servers of an agent, for a run that is not ours."""
        found: dict[str, list[ToolNode]] = {}
        for tool, does in _served(node):
            found.setdefault(does.server.key, []).append(tool)
        return [
            SdkServer(
                key,
                partial(self._tools_of, node, key),
                needs_approval=any(tool.approval is not None for tool in tools),
            )
            for key, tools in found.items()
        ]

    async def _tools_of(self, node: AgentNode, key: str) -> tuple[FunctionTool, ...]:
        ready = await self.servers.ready([key])
        _judge_approvals([node], ready.offers)
        return self._tools(node, ready.offers)


def _meant(does: ServedTool, offers: Mapping[str, tuple[Offer, ...]]) -> Iterator[Offer]:
    """What the server offers of it."""
    return (offer for offer in offers.get(does.server.key, ()) if does.tool in (None, offer.name))


def _own(tool: ToolNode, does: ServedTool, offer: Offer) -> ToolNode:
    """What the file says of this one tool of a server."""
    name = does.server.shown(offer.name)
    approval = None if tool.approval is None else tool.approval.of(offer.name, name)
    return replace(tool, name=name, approval=approval)


def _judge_approvals(nodes: Iterable[AgentNode], offers: Mapping[str, tuple[Offer, ...]]) -> None:
    """Refuse an approval that reads an argument which a tool does not have: it would ask about every call.

    Raises:
        SpecError: there is one.
    """
    takers: dict[str, dict[str, Taker]] = {}
    for tool, does in (served for node in nodes for served in _served(node)):
        if tool.approval is None or not tool.approval.reads:
            continue
        for offer in _meant(does, offers):
            own = _own(tool, does, offer)
            takers.setdefault(tool.key, {})[own.name] = Taker(offer.name, own.approval, offer.arguments)
    report = Report()
    for key, of_key in takers.items():
        judge_arguments(key, tuple(of_key.values()), report)
    refuse(report)


def _take(name: str, node: AgentNode, server: ToolServer, taken: dict[str, str]) -> None:
    """Note a name that was not known when the file was read.

    Raises:
        ToolServerError: the agent has it already.
    """
    if name in taken:
        raise ToolServerError(
            f"agent {node.key!r} has two tools {name!r}: one of {server.key!r}, and {taken[name]}",
            mend=f"give {server.key!r} a `prefix` in `mcp`, or name in `allow` what it is for",
            server=server.key,
        )
    taken[name] = f"one of {server.key!r}"


def _stops_at_all(node: AgentNode) -> bool:
    return any(name.endswith(ALL) for name in node.tool_use.names)


def _use(node: AgentNode, offers: Mapping[str, tuple[Offer, ...]]) -> ToolUse:
    """The agent's `tool_use` with the names that are known by now."""
    names: list[str] = [name for name in node.tool_use.names if not name.endswith(ALL)]
    for tool, does in _served(node):
        if does.tool is None and tool.name in node.tool_use.names:
            names += (does.server.shown(offer.name) for offer in offers.get(does.server.key, ()))
    return replace(node.tool_use, names=tuple(names))


def _served(node: AgentNode) -> Iterator[tuple[ToolNode, ServedTool]]:
    return ((tool, tool.does) for tool in node.tools if isinstance(tool.does, ServedTool))
