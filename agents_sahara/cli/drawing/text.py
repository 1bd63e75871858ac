"""A team as plain lines, for reading in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from agents_sahara.cli.drawing.distance import distances
from agents_sahara.cli.terminal import one_line
from agents_sahara.graph.flows import Again, Flow, InOrder, SideBySide, Step
from agents_sahara.graph.tools.values import ToolNode
from agents_sahara.graph.values import AgentGraph, AgentNode, HandoffEdge, ModelTarget


def draw_text(graph: AgentGraph) -> str:
    """One paragraph an agent: its name, models and providers in order of preference, then its handoffs."""
    return "\n".join(_lines(graph)) + "\n"


def _lines(graph: AgentGraph) -> Iterator[str]:
    reached = distances(graph)
    yield f"team {one_line(graph.name)}, entry {one_line(graph.entry)}"
    for node in graph.agents.values():
        yield ""
        yield _heading(node) + ("" if node.key in reached else "  [unreachable]")
        yield f"  {_member(node.target)}"
        yield from (f"    or {_member(member)}" for member in node.backups)
        yield from map(_handoff, node.handoffs)
        yield from map(_tool, node.tools)
    for key, flow in graph.workflows.items():
        yield from _workflow(key, flow)


def _workflow(key: str, flow: Flow) -> Iterator[str]:
    yield ""
    yield f"{one_line(key)}  workflow"
    yield from (f"  {line}" for line in _flow(flow))


def _flow(flow: Flow) -> Iterator[str]:
    """Steps as lines; those inside of another stand further in."""
    match flow:
        case Step(key):
            yield f"=> {one_line(key)}"
        case InOrder(steps):
            yield "in order:"
            yield from (f"  {line}" for step in steps for line in _flow(step))
        case SideBySide(steps):
            yield "side by side:"
            yield from (f"  {line}" for step in steps for line in _flow(step))
        case Again(step, until, most):
            yield f"again until {one_line(str(until))}, {most} times at most:"
            yield from (f"  {line}" for line in _flow(step))


def _member(member: ModelTarget) -> str:
    return f"{one_line(member.model)} on {one_line(member.provider)}"


def _heading(node: AgentNode) -> str:
    key, name = one_line(node.key), one_line(node.name)
    return key if name == key else f"{key} ({name})"


def _tool(tool: ToolNode) -> str:
    return f"  * {one_line(tool.name)}  {tool.does.kind} {one_line(tool.key)}"


def _handoff(edge: HandoffEdge) -> str:
    arrow = "->" if edge.enabled else "-x"
    back = "  [returns]" if edge.returns else ""
    off = "" if edge.enabled else "  [disabled]"
    return f"  {arrow} {one_line(edge.target)}  {one_line(edge.tool_name)}{back}{off}"
