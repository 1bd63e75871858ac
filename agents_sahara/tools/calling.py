"""One call of a tool, whatever its kind: its time, its size, what the model learns and what the operator learns.

A failure is never told to the model in the words of an exception, and never hidden from the operator: it stands in
the result, in the events and in the log.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from agents import FunctionTool, ToolErrorFormatterArgs
from agents.tool_context import ToolContext as SdkContext

from agents_sahara.graph.tools.agent import AskedAgent
from agents_sahara.graph.tools.values import ToolNode
from agents_sahara.tools.callee import Callee, EndsRun, WaitsForPerson
from agents_sahara.tools.context import ToolContext, ToolRun, current_call, current_tools
from agents_sahara.tools.hiding import hidden, traceback_of
from agents_sahara.tools.holding import holding
from agents_sahara.tools.marking import ToolError
from agents_sahara.tools.results import as_text
from agents_sahara.tools.strict import strict_schema
from agents_sahara.tools.threads import EndedError
from agents_sahara.types import ToolCall, ToolOutcome
from agents_sahara.usage.ledger import current_ledger

_log = logging.getLogger("agents_sahara.tools")
_log.addHandler(logging.NullHandler())  # a program that sets up no log gets no lines on its stderr


Shut: TypeAlias = Callable[[str, ToolNode, FunctionTool], None]
"""Lets a tool of an agent be called only through its approval and its guardrails."""


def function_tool(
    agent: str, node: ToolNode, callee: Callee, limit_s: float | None, shut: Shut
) -> FunctionTool:
    """The SDK's tool for `callee`, as the agent of the key `agent` has it; `shut` adds its gate."""
    strict = strict_schema(callee.schema)

    async def invoke(sdk: SdkContext[Any], arguments: str) -> str:
        run = current_tools.get() or ToolRun("")
        context = ToolContext(agent, node.name, sdk.tool_call_id, run.run_id, run.session)
        token = current_call.set(context.call_id)
        try:
            return await _called(node, callee, arguments, context, limit_s)
        finally:
            current_call.reset(token)

    made = FunctionTool(
        name=node.name,
        description=node.description or callee.description,
        params_json_schema=strict or {"type": "object", "properties": {}, **callee.schema},
        on_invoke_tool=invoke,
        strict_json_schema=strict is not None,
    )
    shut(agent, node, made)
    if isinstance(node.does, AskedAgent):
        made.on_invoke_tool = holding(made.on_invoke_tool)
    return made


def note_unknown(args: ToolErrorFormatterArgs[Any]) -> None:
    """The operator learns of a call of a tool that the agent does not have; the model gets the SDK's own words."""
    ledger = current_ledger.get()
    if args.kind != "tool_not_found" or ledger is None:
        return
    agent = ledger.callers.get(args.call_id, "")
    ledger.tool_calls.append(ToolCall(agent, args.tool_name, "failed", _UNKNOWN, 0.0))
    ledger.tool_failures[args.call_id] = _UNKNOWN


_UNKNOWN = "the agent has no such tool"


async def _called(
    node: ToolNode,
    callee: Callee,
    arguments: str,
    context: ToolContext,
    limit_s: float | None,
) -> str:
    began = time.monotonic()
    end: _End | None = _End("failed", "cancelled")
    try:
        async with asyncio.timeout(limit_s) as limit:
            answer = as_text(await callee.call(_parsed(arguments), context), node.max_chars)
        end = _End("returned")
    except WaitsForPerson:
        end = None
        raise
    except EndsRun as whole:
        end = _End("failed", str(whole))
        raise whole.cause from None
    except Exception as failure:  # noqa: BLE001  a tool may raise anything, and none of it ends the run
        is_late = limit_s is not None and isinstance(failure, TimeoutError) and limit.expired()
        end = _late(limit_s or 0) if is_late else _failed(failure)
        told = (node.name, context.agent, end.error, traceback_of(failure))
        _log.warning("the tool %s of agent %s failed: %s\n%s", *told)
        return as_text(f"The tool {node.name} {end.told}", node.max_chars)
    else:
        return answer
    finally:
        if end is not None:
            _note(node, context, end, time.monotonic() - began)


def _note(node: ToolNode, context: ToolContext, end: _End, seconds: float) -> None:
    ledger = current_ledger.get()
    if ledger is None:
        return
    ledger.tool_calls.append(ToolCall(context.agent, node.name, end.outcome, end.error, seconds))
    if end.error is not None:
        ledger.tool_failures[context.call_id] = end.error


@dataclass(frozen=True, slots=True)
class _End:
    """How a call ended."""

    outcome: ToolOutcome
    error: str | None = None
    """For the operator."""
    told: str = ""
    """For the model, behind the tool's name."""


def _late(limit_s: float) -> _End:
    return _End("timed_out", f"no answer within {limit_s:g} seconds", "gave no answer in time.")


def _failed(failure: Exception) -> _End:
    if isinstance(failure, ToolError):
        said = hidden(str(failure))
        return _End("failed", said, f"failed: {said}")
    name = str(failure) if isinstance(failure, EndedError) else type(failure).__name__
    return _End("failed", name, "failed.")


def _parsed(arguments: str) -> Mapping[str, Any]:
    try:
        said = json.loads(arguments) if arguments.strip() else {}
    except (ValueError, RecursionError):
        said = None
    if said is None and arguments.strip() == "null":
        return {}
    if not isinstance(said, dict):
        raise ToolError("The arguments do not fit: they must be one JSON object.")
    return said
