"""What follows the answers of an agent's tools: another turn, or the end with one of them as the answer."""

from __future__ import annotations

from typing import Any

from agents import FunctionToolResult, RunContextWrapper, StopAtTools, ToolsToFinalOutputResult
from agents.agent import ToolsToFinalOutputFunction

from agents_sahara.graph.tools.values import ToolUse
from agents_sahara.usage.ledger import current_ledger

Behavior = str | StopAtTools | ToolsToFinalOutputFunction[Any]


def tool_use_behavior(use: ToolUse) -> Any:
    """The SDK's setting for `use`; an answer that a failed tool did not give never ends a turn."""
    if use.kind == "run_again":
        return "run_llm_again"

    def final(_: RunContextWrapper[Any], results: list[FunctionToolResult]) -> ToolsToFinalOutputResult:
        for result in results:
            is_meant = use.kind == "stop_on_first" or result.tool.name in use.names
            if is_meant and not _has_failed(result):
                return ToolsToFinalOutputResult(is_final_output=True, final_output=result.output)
        return ToolsToFinalOutputResult(is_final_output=False)

    return final


def _has_failed(result: FunctionToolResult) -> bool:
    ledger = current_ledger.get()
    raw = None if result.run_item is None else result.run_item.raw_item
    call_id = raw.get("call_id") if isinstance(raw, dict) else getattr(raw, "call_id", None)
    return ledger is not None and call_id in ledger.tool_failures
