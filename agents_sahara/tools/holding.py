"""A call of a tool that has begun and cannot end before a person decides: the SDK's run waits on it.

The SDK lets a run wait behind a tool's start for its own agent tools alone, by what they leave under their call; this
leaves the same, so that calls beside it end, are kept, and are not made again (openai-agents 0.24, checked
2026-11-28: `agents.agent_tool_state`, which is no public name; tests/test_runner/test_asked_waits.py tells if it
changes). What the tool itself had under way is kept by whoever asked it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, cast

from agents import Agent, RunContextWrapper, RunResult, RunState, ToolApprovalItem
from agents.agent_tool_state import (
    drop_agent_tool_run_result,
    get_agent_tool_state_scope,
    record_agent_tool_run_result,
)
from agents.tool_context import ToolContext

from agents_sahara.tools.callee import WaitsForPerson

Invoke: TypeAlias = Callable[[ToolContext[Any], str], Awaitable[Any]]


class _Held:
    """Stands where the SDK's own agent tools leave a run of theirs: a call waits, and is called again on resuming."""

    def __init__(self, item: ToolApprovalItem) -> None:
        self.interruptions = [item]
        self._context: RunContextWrapper[Any] = RunContextWrapper(context=None)
        self._context.approve_tool(item)

    def to_state(self) -> _Held:
        """What the SDK reads decisions from."""
        return self


def holding(invoke: Invoke) -> Invoke:
    """`invoke`, which may say that the call waits instead of answering."""

    async def held(context: ToolContext[Any], arguments: str) -> Any:
        call, scope = context.tool_call, get_agent_tool_state_scope(context)
        if call is None:
            return await invoke(context, arguments)
        try:
            answer = await invoke(context, arguments)
        except WaitsForPerson:
            copied = call.model_copy(deep=True)  # the call itself would never be let go
            agent = cast("Agent[Any]", context.agent)
            item = ToolApprovalItem(agent=agent, raw_item=copied, tool_name=context.tool_name)
            _leave(item, call, scope)
            return ""
        drop_agent_tool_run_result(call, scope_id=scope)
        return answer

    return held


def let_go_on(state: RunState[Any, Any], item: ToolApprovalItem) -> bool:
    """Have the call of `item` called again when `state` goes on; False where the state has no such call."""
    response = state._last_processed_response  # noqa: SLF001  openai-agents 0.24 has no public name for it
    for run in () if response is None else response.functions:
        if run.tool_call.call_id == item.call_id:
            _leave(item, run.tool_call, state._agent_tool_state_scope_id)  # noqa: SLF001  as above
            state.approve(item)
            return True
    return False


def _leave(item: ToolApprovalItem, call: Any, scope: str | None) -> None:
    record_agent_tool_run_result(call, cast("RunResult", _Held(item)), scope_id=scope)
