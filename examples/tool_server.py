"""A server of tools: the team file starts it, an agent calls what it offers, and it ends with the team."""

from __future__ import annotations

import asyncio
import sys

from mcp.server.mcpserver import MCPServer

from agents_sahara import load_team

TEAM = f"""
version: 1
agents:
  clerk: {{instructions: Add with the tool., model: gpt-4o, provider: openai, tools: [sums]}}
tools:
  sums: {{mcp: {{command: ["{sys.executable}", "{__file__}", serve], allow: [add]}}}}
"""


def serve() -> None:
    """Be the server."""
    server = MCPServer("sums")

    @server.tool()
    def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    server.run("stdio")


async def main() -> None:
    """Ask once; nothing is started without `allow_commands`."""
    async with load_team(TEAM, allow_commands=True) as team:
        result = await team.run("Please add 17 and 25.")
    print(result.output)
    print([(call.tool, call.outcome) for call in result.tool_calls])


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    else:
        asyncio.run(main())
