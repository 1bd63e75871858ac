"""All tools of one team: made when the team is, opened before its first run, closed with it.

The only way to a tool. It asks the gate before anything is imported, also where a graph came by another way than the
loader.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from agents import FunctionTool, Tool

from agents_sahara.diagnostics.finding import Report
from agents_sahara.diagnostics.render import render
from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.errors import SpecError
from agents_sahara.graph.tools.values import LIMIT_S, ToolNode
from agents_sahara.graph.values import AgentGraph, AgentNode
from agents_sahara.tools.all_kinds import KINDS
from agents_sahara.tools.callee import Bench, Callee
from agents_sahara.tools.calling import Shut, function_tool
from agents_sahara.tools.modules import ModuleProblem
from agents_sahara.trust.gate import judge

_OWN_LIMIT = frozenset({"agent"})
"""Kinds that the run's own budget limits; the others end after `LIMIT_S` where the file says nothing."""


class Toolbox:
    """The tools of a team by agent."""

    def __init__(self, graph: AgentGraph, ask: Callable[[str, str], Awaitable[str]], shut: Shut) -> None:
        """Import what the team's tools need.

        `ask` puts a question to the agent of a key, `shut` sees to approvals and guardrails of every tool.

        Raises:
            SpecError: the operator has not allowed something, or a function cannot be used.
        """
        self._shut = shut
        report = Report()
        judge(graph.wants(), graph.consent, report)
        if not report.has_errors:
            self._callees = _made(graph, Bench(graph, ask), report)
            _judge_approvals(graph, self._callees, report)
        if report.has_errors:
            found = report.sorted()
            raise SpecError(found, rendered=render(found, format="text", texts={}, files=1))

    def tools_of(self, node: AgentNode) -> list[Tool]:
        """What the SDK's agent of `node` may call besides its handoffs."""
        return [self._tool(node, tool) for tool in node.tools]

    def _tool(self, node: AgentNode, tool: ToolNode) -> FunctionTool:
        limit_s = tool.limit_s
        if limit_s is None and tool.does.kind not in _OWN_LIMIT:
            limit_s = LIMIT_S
        return function_tool(node.key, tool, self._callees[id(tool)], limit_s, self._shut)


def _made(graph: AgentGraph, bench: Bench, report: Report) -> dict[int, Callee]:
    """What can be called, by the identity of its node."""
    nodes = {id(tool): tool for agent in graph.agents.values() for tool in agent.tools}
    made: dict[int, Callee] = {}
    for number, node in nodes.items():
        try:
            made[number] = KINDS[node.does.kind](node, bench)
        except ModuleProblem as problem:
            report.add(problem.rule, node.place, problem.message, mend=problem.mend)
    return made


def _judge_approvals(graph: AgentGraph, callees: Mapping[int, Callee], report: Report) -> None:
    """Report an approval that reads an argument which its tool does not have: it would ask about every call."""
    for tool in (tool for node in graph.agents.values() for tool in node.tools):
        callee = callees.get(id(tool))
        if tool.approval is None or tool.approval.spot is None or callee is None:
            continue
        known = callee.schema.get("properties", {})
        for name in tool.approval.names():
            if name.path[0] == "args" and len(name.path) > 1 and name.path[1] not in known:
                message = f"the tool {tool.key!r} has no argument {name.path[1]!r}, which {str(name)!r} reads"
                mend = did_you_mean(name.path[1], known, what="arguments")
                report.add("unknown-name", tool.approval.spot.place, message, mend=mend)
