"""A team in the DOT language, for people who have Graphviz.

Inside a quoted string only quote and backslash are special to DOT, but labels know `\\N` escapes and `&...;` entities
as well ("The DOT Language", checked 2026-11-22): all three are escaped.
"""

from __future__ import annotations

from collections.abc import Iterator

from agents_sahara.cli.drawing.answering import answering
from agents_sahara.cli.drawing.distance import distances
from agents_sahara.cli.terminal import one_line
from agents_sahara.graph.flows import steps_of
from agents_sahara.graph.values import AgentGraph, AgentNode


def draw_dot(graph: AgentGraph) -> str:
    """A digraph from top to bottom; node ids are numbers."""
    return "\n".join(_lines(graph)) + "\n"


def _lines(graph: AgentGraph) -> Iterator[str]:
    ids = {key: f"a{number}" for number, key in enumerate((*graph.agents, *graph.workflows))}
    reached = distances(graph)
    yield "digraph team {"
    yield f'  label="{_quoted(graph.name)}";'
    yield '  node [shape=box, style=rounded, fontname="sans-serif"];'
    for node in graph.agents.values():
        yield f"  {ids[node.key]} [{_attributes(node, graph.entry, is_reached=node.key in reached)}];"
    for key in graph.workflows:
        width = ", penwidth=2" if key == graph.entry else ""
        yield f'  {ids[key]} [label="{_quoted(key)}\\nworkflow", shape=folder{width}];'
    for node, edge in graph.edges():
        off = "" if edge.enabled else ' [style=dashed, label="disabled"]'
        yield f"  {ids[node.key]} -> {ids[edge.target]}{off};"
    for key, flow in graph.workflows.items():
        for step in dict.fromkeys(steps_of(flow)):
            yield f'  {ids[key]} -> {ids[step]} [style=bold, label="step"];'
    yield "}"


def _attributes(node: AgentNode, entry: str, *, is_reached: bool) -> str:
    model = _quoted(answering(node))
    label = f'label="{_quoted(node.key)}\\n{model}"'
    width = ", penwidth=2" if node.key == entry else ""
    return label + width + ("" if is_reached else ', style="rounded,dashed", tooltip="unreachable"')


def _quoted(text: str) -> str:
    return one_line(text).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
