"""The library's programme, for `city_library.yaml`: a server of tools over standard input and output.

A real library reads its calendar here. It needs the package `mcp`, which comes with `agents_sahara`.
"""

from __future__ import annotations

from typing import Literal

from mcp.server.mcpserver import MCPServer

Branch = Literal["central", "harbour", "hill"]


EVENTS: tuple[dict[str, str], ...] = (
    {"day": "Monday", "branch": "central", "title": "Reading circle"},
    {"day": "Wednesday", "branch": "harbour", "title": "Stories of the sea"},
    {"day": "Friday", "branch": "hill", "title": "Chess for everyone"},
)

server = MCPServer("library-events")


@server.tool()
def upcoming_events(branch: Branch | None = None) -> list[dict[str, str]]:
    """Lists the events of this week, of one branch or of all."""
    return [event for event in EVENTS if branch in (None, event["branch"])]


if __name__ == "__main__":
    server.run("stdio")
