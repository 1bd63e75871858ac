"""A team as a Mermaid flowchart, for Markdown that draws it.

Entity codes such as `#35;` are the escape of Mermaid's own documentation ("Entity codes to escape characters",
checked 2026-11-22); everything but letters, digits and blanks is written so.
"""

from __future__ import annotations

from collections.abc import Iterator

from agents_sahara.cli.drawing.answering import answering
from agents_sahara.cli.drawing.distance import distances
from agents_sahara.cli.terminal import one_line
from agents_sahara.graph.flows import steps_of
from agents_sahara.graph.values import AgentGraph, AgentNode

_PLAIN = " -_/,.:"


def draw_mermaid(graph: AgentGraph) -> str:
    """A flowchart from top to bottom; node ids are numbers, so that no key is ever syntax."""
    return "\n".join(_lines(graph)) + "\n"


def _lines(graph: AgentGraph) -> Iterator[str]:
    ids = {key: f"a{number}" for number, key in enumerate((*graph.agents, *graph.workflows))}
    lost = [ids[key] for key in graph.agents.keys() - distances(graph).keys()]
    yield "flowchart TD"
    for node in graph.agents.values():
        yield f"  {ids[node.key]}{_box(node, is_entry=node.key == graph.entry)}"
    for key in graph.workflows:
        shape = f'(["{_label(key)}<br/>workflow"])' if key == graph.entry else f'[["{_label(key)}"]]'
        yield f"  {ids[key]}{shape}"
    for node, edge in graph.edges():
        arrow = "-->" if edge.enabled else '-. "disabled" .->'
        yield f"  {ids[node.key]} {arrow} {ids[edge.target]}"
    for key, flow in graph.workflows.items():
        for step in dict.fromkeys(steps_of(flow)):
            yield f'  {ids[key]} == "step" ==> {ids[step]}'
    if lost:
        yield "  classDef unreachable stroke-dasharray: 4 4,opacity: 0.6"
        yield f"  class {','.join(sorted(lost, key=lambda name: int(name[1:])))} unreachable"


def _box(node: AgentNode, *, is_entry: bool) -> str:
    label = f'"{_label(node.key)}<br/>{_label(answering(node))}"'
    return f"([{label}])" if is_entry else f"[{label}]"


def _label(text: str) -> str:
    return "".join(char if char.isalnum() or char in _PLAIN else f"#{ord(char)};" for char in one_line(text))
