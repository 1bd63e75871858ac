"""A server as the SDK wants one, for whoever runs `team.agents[...]` with the SDK's own `Runner`.

Inside runs of ours the tools stand beside the agent's other tools. Here they are the same tools, behind the same
guardrails and approvals: the SDK takes them for tools of a server, and each call comes back to the tool itself.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

import mcp_types as wire
from agents import AgentBase, FunctionTool, RunContextWrapper, UserError
from agents.mcp import MCPServer
from agents.tool_context import ToolContext

from agents_sahara.errors import SaharaError

Asks: TypeAlias = bool | Callable[[RunContextWrapper[Any], dict[str, Any], str], Awaitable[bool]]


class SdkServer(MCPServer):
    """One server of an agent; opened when its tools are asked for, closed with the team."""

    def __init__(
        self, key: str, tools: Callable[[], Awaitable[tuple[FunctionTool, ...]]], *, needs_approval: bool
    ) -> None:
        """`tools` opens the server where it is not open, and gives what the agent has of it.

        `needs_approval`: whether any call may need one.
        """
        super().__init__(require_approval="always" if needs_approval else None, failure_error_function=None)
        self._key = key
        self._tools = tools
        self._known: Mapping[str, FunctionTool] = {}

    @property
    def name(self) -> str:
        """Its key in the team file."""
        return self._key

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
        self._known = {tool.name: tool for tool in await self._tools()}
        return [
            wire.Tool(name=name, description=tool.description, input_schema=tool.params_json_schema)
            for name, tool in self._known.items()
        ]

    def _get_needs_approval_for_tool(self, tool: wire.Tool, agent: AgentBase | None) -> Asks:
        """What the team file says of this one tool and of the call's arguments.

        openai-agents 0.24 has no public way for that (checked 2026-11-28). Where this is not asked, every call of a
        server with any approval waits for one.
        """
        known = self._known.get(tool.name)
        return super()._get_needs_approval_for_tool(tool, agent) if known is None else known.needs_approval

    async def call_tool(
        self,
        tool_name: str,
        arguments: dict[str, Any] | None,
        meta: dict[str, Any] | None = None,  # noqa: ARG002  the SDK calls it so
    ) -> wire.CallToolResult:
        """What the model is told: the server's answer, or why there is none.

        Raises:
            UserError: a guardrail without a reply refuses the call or its answer, which ends the run.
        """
        tool = self._known.get(tool_name)
        if tool is None:
            return _told(f"There is no tool {tool_name!r}.")
        said = json.dumps(arguments or {})
        context = ToolContext(None, tool_name=tool_name, tool_call_id="", tool_arguments=said)
        try:
            return _told(str(await tool.on_invoke_tool(context, said)))
        except SaharaError as refusal:  # as the SDK tells it of any other tool
            raise UserError(f"Error running tool {tool_name}: {refusal}") from refusal

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


def _told(text: str) -> wire.CallToolResult:
    return wire.CallToolResult(content=[wire.TextContent(type="text", text=text)])
