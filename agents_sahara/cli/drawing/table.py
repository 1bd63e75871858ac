"""Every format of `agents-sahara graph` by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agents_sahara.cli.drawing.as_json import draw_json
from agents_sahara.cli.drawing.dot import draw_dot
from agents_sahara.cli.drawing.mermaid import draw_mermaid
from agents_sahara.cli.drawing.svg import draw_svg
from agents_sahara.cli.drawing.text import draw_text
from agents_sahara.graph.values import AgentGraph

DRAWINGS: Mapping[str, Callable[[AgentGraph], str]] = {
    "text": draw_text,
    "mermaid": draw_mermaid,
    "dot": draw_dot,
    "svg": draw_svg,
    "json": draw_json,
}
"""Each takes a team and gives the whole text, with a newline at its end."""
