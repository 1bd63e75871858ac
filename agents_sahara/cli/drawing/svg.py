"""A team as a self-contained SVG: no script, no link, no font or style from elsewhere."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from unicodedata import east_asian_width

from agents_sahara.cli.drawing.answering import answering
from agents_sahara.cli.drawing.distance import distances
from agents_sahara.cli.drawing.layout import BOX_HEIGHT, BOX_WIDTH, Box, lay_out
from agents_sahara.cli.drawing.routes import routes
from agents_sahara.cli.terminal import one_line
from agents_sahara.graph.flows import Flow, steps_of
from agents_sahara.graph.values import AgentGraph, AgentNode, HandoffEdge

_MOST_COLUMNS = 28
"""That fit in a box at the font sizes below."""

_HEAD = (
    '<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
    'orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="#555"/></marker></defs>'
)


def draw_svg(graph: AgentGraph) -> str:
    """Boxes in rows below the entry, handoffs as arrows; whole names stand in the tooltips."""
    return "\n".join(_lines(graph)) + "\n"


def _lines(graph: AgentGraph) -> Iterator[str]:
    layout = lay_out(graph)
    reached, paths = distances(graph), routes(graph, layout)
    size = f"{layout.width:g}", f"{layout.height:g}"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size[0]}" height="{size[1]}" '
        f'viewBox="0 0 {size[0]} {size[1]}" font-family="sans-serif" role="img">'
    )
    yield f"<title>{_escaped(graph.name)}</title>"
    yield _HEAD
    yield '<rect width="100%" height="100%" fill="#fff"/>'
    for node in graph.agents.values():
        yield from _arrows(node, paths)
    for node in graph.agents.values():
        is_entry = node.key == graph.entry
        yield _box(node, layout.boxes[node.key], is_entry=is_entry, is_reached=node.key in reached)
    for key, flow in graph.workflows.items():
        yield from _steps(key, flow, paths)
        yield _workflow(key, layout.boxes[key], is_entry=key == graph.entry)
    yield "</svg>"


def _arrows(node: AgentNode, paths: Mapping[tuple[str, str], str]) -> Iterator[str]:
    for edge in node.handoffs:
        off = "" if edge.enabled else ' stroke-dasharray="5 4" opacity="0.6"'
        yield (
            f'<path d="{paths[node.key, edge.target]}" fill="none" stroke="#555" marker-end="url(#arrow)"{off}>'
            f"<title>{_escaped(_arrow_title(node, edge))}</title></path>"
        )


def _steps(key: str, flow: Flow, paths: Mapping[tuple[str, str], str]) -> Iterator[str]:
    for step in dict.fromkeys(steps_of(flow)):
        yield (
            f'<path d="{paths[key, step]}" fill="none" stroke="#555" stroke-width="2" marker-end="url(#arrow)">'
            f"<title>{_escaped(f'{key}: step {step}')}</title></path>"
        )


def _workflow(key: str, box: Box, *, is_entry: bool) -> str:
    fill, width = ("#eef4ff", 2.5) if is_entry else ("#fffbe8", 1)
    role, middle = "entry: " if is_entry else "", box.x + BOX_WIDTH / 2
    return (
        f"<g><title>{_escaped(f'{role}{key}: workflow')}</title>"
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" '
        f'fill="{fill}" stroke="#334" stroke-width="{width}"/>'
        f'<text x="{middle:g}" y="{box.y + 25:g}" text-anchor="middle" font-size="14" font-weight="bold">'
        f"{_escaped(_cut(key, _MOST_COLUMNS - 4))}</text>"
        f'<text x="{middle:g}" y="{box.y + 45:g}" text-anchor="middle" font-size="11" fill="#555">workflow</text></g>'
    )


def _arrow_title(node: AgentNode, edge: HandoffEdge) -> str:
    off = "" if edge.enabled else " (disabled)"
    return f"{node.key} -> {edge.target}: {edge.tool_name}{off}"


def _box(node: AgentNode, box: Box, *, is_entry: bool, is_reached: bool) -> str:
    dash = "" if is_reached else ' stroke-dasharray="5 4"'
    fill, width = ("#eef4ff", 2.5) if is_entry else ("#fafafa", 1)
    model = answering(node)
    role = "entry: " if is_entry else "" if is_reached else "unreachable: "
    middle = box.x + BOX_WIDTH / 2
    return (
        f"<g><title>{_escaped(f'{role}{node.key} ({node.name}): {model}')}</title>"
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8" '
        f'fill="{fill}" stroke="#334" stroke-width="{width}"{dash}/>'
        f'<text x="{middle:g}" y="{box.y + 25:g}" text-anchor="middle" font-size="14" font-weight="bold">'
        f"{_escaped(_cut(node.key if is_reached else f'{node.key} (unreachable)', _MOST_COLUMNS - 4))}</text>"
        f'<text x="{middle:g}" y="{box.y + 45:g}" text-anchor="middle" font-size="11" fill="#555">'
        f"{_escaped(_cut(model, _MOST_COLUMNS + 6))}</text></g>"
    )


def _cut(text: str, columns: int) -> str:
    """As much of `text` as fits; wide characters count twice."""
    used = 0
    for at, char in enumerate(text):
        used += 2 if east_asian_width(char) in "WF" else 1
        if used > columns:
            return text[:at].rstrip() + "…"
    return text


def _escaped(text: str) -> str:
    return html.escape(one_line(text))
