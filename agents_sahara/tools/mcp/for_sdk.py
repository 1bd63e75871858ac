"""A server as the SDK wants one, for whoever runs `team.agents[...]` with the SDK's own `Runner`.

Inside runs of ours the tools stand beside the agent's other tools; this keeps the same rules where we are not asked.
"""

from __future__ import annotations

from typing import Any

import mcp_types as wire
from agents import AgentBase, RunContextWrapper
from agents.mcp import MCPServer

from agents_sahara.graph.tools.servers import ToolServer
from agents_sahara.tools.mcp.offers import Offer
from agents_sahara.tools.mcp.problems import CallError
from agents_sahara.tools.mcp.servers import Servers


class SdkServer(MCPServer):
    """One server of a team; opened when its tools are asked for, closed with the team."""

    def __init__(self, servers: Servers, server: ToolServer, limit_s: float, *, needs_approval: bool) -> None:
        """With `needs_approval` each call waits for one, whatever the file says of single tools and calls."""
        super().__init__(require_approval="always" if needs_approval else None)
        self._servers = servers
        self._server = server
        self._limit_s = limit_s

    @property
    def name(self) -> str:
        """Its key in the team file."""
        return self._server.key

    async def connect(self) -> None:
        """Nothing: it is opened when it is first needed."""

    async def cleanup(self) -> None:
        """Nothing: it is closed with the team."""

    async def list_tools(
        self,
        run_context: RunContextWrapper[Any] | None = None,  # noqa: ARG002  the SDK calls it so
        agent: AgentBase | None = None,  # noqa: ARG002
    ) -> list[wire.Tool]:
        """The tools that the team file allows, under the names that models see."""
        return [
            wire.Tool(name=name, description=offer.description, input_schema=dict(offer.schema))
            for name, offer in (await self._offers()).items()
        ]

    async def _offers(self) -> dict[str, Offer]:
        ready = await self._servers.ready([self._server.key])
        offers = ready.offers.get(self._server.key, ())
        return {self._server.shown(offer.name): offer for offer in offers}

    async def call_tool(
        self,
        tool_name: str,
        arguments: dict[str, Any] | None,
        meta: dict[str, Any] | None = None,  # noqa: ARG002  the SDK calls it so
    ) -> wire.CallToolResult:
        """The server's answer; where there is none, a text that says why."""
        try:
            offer = (await self._offers()).get(tool_name)
            if offer is None:
                raise CallError(f"There is no tool {tool_name!r}.")
            return await self._servers.call(self._server.key, offer, arguments or {}, self._limit_s)
        except CallError as error:
            return wire.CallToolResult(
                content=[wire.TextContent(type="text", text=str(error))], is_error=True
            )

    async def list_prompts(self) -> wire.ListPromptsResult:
        """None: a team file names tools alone."""
        return wire.ListPromptsResult(prompts=[])

    async def get_prompt(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,  # noqa: ARG002  the SDK calls it so
    ) -> wire.GetPromptResult:
        """None: a team file names tools alone."""
        raise LookupError(name)
