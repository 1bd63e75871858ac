"""All tools of one team: made when the team is, opened before its first run, closed with it.

The only way to a tool. It asks the gate before anything is imported, also where a graph came by another way than the
loader.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from agents import FunctionTool, Tool
from agents.mcp import MCPServer

from agents_sahara.diagnostics.finding import Report
from agents_sahara.graph.tools.arguments import Taker, judge_arguments
from agents_sahara.graph.tools.servers import ServedTool
from agents_sahara.graph.tools.values import LIMIT_S, ToolNode
from agents_sahara.graph.values import AgentGraph, AgentNode
from agents_sahara.tools.all_kinds import KINDS
from agents_sahara.tools.callee import Bench, Callee
from agents_sahara.tools.calling import Shut, function_tool
from agents_sahara.tools.connections import Connections
from agents_sahara.tools.findings import refuse
from agents_sahara.tools.modules import ModuleProblem
from agents_sahara.trust.gate import judge

if TYPE_CHECKING:
    from agents_sahara.tools.mcp.supply import Supply

_OWN_LIMIT = frozenset({"agent"})
"""Kinds that the run's own budget limits; the others end after `LIMIT_S` where the file says nothing."""


class Toolbox:
    """The tools of a team by agent."""

    def __init__(
        self,
        graph: AgentGraph,
        ask: Callable[[str, str], Awaitable[str]],
        shut: Shut,
        environ: Mapping[str, str] | None = None,
        state: Path | None = None,
        before: Toolbox | None = None,
    ) -> None:
        """Import what the team's tools need; no server is started or reached.

        `ask` puts a question to the agent of a key, `shut` sees to approvals and guardrails of every tool. Servers
        get variables from `environ`; what they say of their tools is remembered in `state`. Servers of the toolbox
        that the team had `before` go on where the file says the same of them.

        Raises:
            SpecError: the operator has not allowed something, or a function cannot be used.
            SettingsError: a variable that a header of a server reads is not set any more.
        """
        self._shut = shut
        self._connections = Connections(graph.consent.hosts)
        report = Report()
        judge(graph.wants(), graph.consent, report)
        if not report.has_errors:
            self._callees = _made(graph, Bench(graph, ask, self._connections), report)
            _judge_approvals(graph, self._callees, report)
        refuse(report)
        had = None if before is None else before.supply
        self.supply: Supply | None = _supply(
            graph, os.environ if environ is None else environ, state, shut, had
        )
        """The tools of servers; None for a team without servers."""

    def tools_of(self, node: AgentNode) -> list[Tool]:
        """What the SDK's agent of `node` may call besides its handoffs, as far as that is known before a run."""
        return [self._tool(node, tool) for tool in node.tools if tool.does.kind in KINDS]

    def servers_of(self, node: AgentNode) -> list[MCPServer]:
        """The servers of the agent of `node`, for the SDK's own runner."""
        return [] if self.supply is None else self.supply.for_sdk(node)

    def accept(self, server: str, fingerprint: str) -> None:
        """Accept what a server of tools says now, where that is its fingerprint."""
        if self.supply is not None:
            self.supply.servers.accept(server, fingerprint)

    async def aclose(self, *, waiting: asyncio.AbstractEventLoop | None = None) -> None:
        """End all servers and connections; the loop `waiting` stands still meanwhile."""
        await self._connections.aclose(waiting=waiting)
        if self.supply is not None:
            await self.supply.aclose()

    def _tool(self, node: AgentNode, tool: ToolNode) -> FunctionTool:
        limit_s = tool.limit_s
        if limit_s is None and tool.does.kind not in _OWN_LIMIT:
            limit_s = LIMIT_S
        return function_tool(node.key, tool, self._callees[id(tool)], limit_s, self._shut)


def _supply(
    graph: AgentGraph, environ: Mapping[str, str], state: Path | None, shut: Shut, before: Supply | None
) -> Supply | None:
    if not any(isinstance(tool.does, ServedTool) for node in graph.agents.values() for tool in node.tools):
        return None
    from agents_sahara.tools.mcp.supply import Supply  # a dozen files and a protocol, which few teams need

    return Supply.of(graph, environ, state, shut, before)


def _made(graph: AgentGraph, bench: Bench, report: Report) -> dict[int, Callee]:
    """What can be called, by the identity of its node."""
    nodes = {id(tool): tool for agent in graph.agents.values() for tool in agent.tools}
    made: dict[int, Callee] = {}
    for number, node in nodes.items():
        if node.does.kind not in KINDS:
            continue
        try:
            made[number] = KINDS[node.does.kind](node, bench)
        except ModuleProblem as problem:
            report.add(problem.rule, node.place, problem.message, mend=problem.mend)
    return made


def _judge_approvals(graph: AgentGraph, callees: Mapping[int, Callee], report: Report) -> None:
    """Report an approval that reads an argument which its tool does not have: it would ask about every call."""
    takers: dict[tuple[str, str], dict[int, Taker]] = {}
    for tool in (tool for node in graph.agents.values() for tool in node.tools):
        callee = callees.get(id(tool))
        if callee is not None:
            taker = Taker(tool.name, tool.approval, callee.schema.get("properties", {}))
            takers.setdefault((tool.key, tool.does.kind), {})[id(tool)] = taker
    for (key, _), of_key in takers.items():
        judge_arguments(key, tuple(of_key.values()), report)
