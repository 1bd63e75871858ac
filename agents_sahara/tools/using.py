"""What follows the answers of an agent's tools: another turn, or the end with one of them as the answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agents import FunctionToolResult, RunContextWrapper, StopAtTools, ToolsToFinalOutputResult
from agents.agent import ToolsToFinalOutputFunction

from agents_sahara.graph.tools.servers import ALL
from agents_sahara.graph.tools.values import ToolUse
from agents_sahara.usage.ledger import current_ledger

Behavior = str | StopAtTools | ToolsToFinalOutputFunction[Any]


def tool_use_behavior(use: ToolUse) -> Any:
    """The SDK's setting for `use`; an answer that a failed tool did not give never ends a turn."""
    if use.kind == "run_again":
        return "run_llm_again"

    def final(_: RunContextWrapper[Any], results: list[FunctionToolResult]) -> ToolsToFinalOutputResult:
        for result in results:
            is_meant = use.kind == "stop_on_first" or any(name in use.names for name in _names(result))
            if is_meant and not _has_failed(result):
                return ToolsToFinalOutputResult(is_final_output=True, final_output=_said(result.output))
        return ToolsToFinalOutputResult(is_final_output=False)

    return final


def _names(result: FunctionToolResult) -> Iterator[str]:
    """Under which a file may name a tool: its own, and, where the SDK knows its server, that of all its tools."""
    yield result.tool.name
    origin = getattr(result.run_item, "tool_origin", None)
    server = getattr(origin, "mcp_server_name", None)
    if server is not None:
        yield f"{server}{ALL}"


def _said(output: Any) -> Any:
    """An answer without what the SDK puts around that of a server."""
    is_wrapped = isinstance(output, dict) and output.keys() == {"type", "text"} and output["type"] == "text"
    return output["text"] if is_wrapped else output


def _has_failed(result: FunctionToolResult) -> bool:
    ledger = current_ledger.get()
    raw = None if result.run_item is None else result.run_item.raw_item
    call_id = raw.get("call_id") if isinstance(raw, dict) else getattr(raw, "call_id", None)
    return ledger is not None and call_id in ledger.tool_failures
