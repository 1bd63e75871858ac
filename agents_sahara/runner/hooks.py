"""What the SDK tells of one of its runs, for the trace: who has control, which tools work, what models are asked.

The same for whole and for streamed runs. Costs nothing where nothing is traced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from agents import Agent, ModelResponse, RunContextWrapper, RunHooks, Tool, TResponseInputItem
from agents.tool_context import ToolContext

from agents_sahara.tracing.run import Part, Strand, inner_strand
from agents_sahara.usage.ledger import current_ledger

KeyOf: TypeAlias = Callable[[Agent[Any]], str]


@contextmanager
def traced(part: Part, key_of: KeyOf, *, call: str | None = None) -> Iterator[RunHooks[Any] | None]:
    """Hooks for one run of the SDK, asked for as `part`; None where nothing is traced.

    `call` is the id of the tool call that it is done for.
    """
    with inner_strand(part, call=call) as strand:
        yield None if strand is None else _Hooks(strand, key_of)


class _Hooks(RunHooks[Any]):
    def __init__(self, strand: Strand, key_of: KeyOf) -> None:
        self._strand = strand
        self._key = key_of

    async def on_agent_start(self, context: object, agent: Agent[Any]) -> None:
        self._strand.agent_started(self._key(agent))

    async def on_agent_end(self, context: object, agent: Agent[Any], output: object) -> None:
        self._strand.agent_finished(output)

    async def on_handoff(self, context: object, from_agent: Agent[Any], to_agent: Agent[Any]) -> None:
        facts = {"from_agent": self._key(from_agent), "to_agent": self._key(to_agent)}
        if facts["from_agent"] != facts["to_agent"]:  # else the handoff was refused
            self._strand.point("handed_off", facts)

    async def on_tool_start(self, context: RunContextWrapper[Any], agent: Agent[Any], tool: Tool) -> None:
        if isinstance(context, ToolContext):
            key, call = self._key(agent), context.tool_call_id
            self._strand.tool_called(key, call, tool.name, context.tool_arguments)

    async def on_tool_end(
        self, context: RunContextWrapper[Any], agent: Agent[Any], tool: Tool, result: object
    ) -> None:
        if isinstance(context, ToolContext):
            ledger, call = current_ledger.get(), context.tool_call_id
            has_failed = ledger is not None and call in ledger.tool_failures
            self._strand.tool_returned(call, result, has_failed=has_failed)

    async def on_llm_start(
        self,
        context: object,
        agent: Agent[Any],
        system_prompt: str | None,
        input_items: list[TResponseInputItem],
    ) -> None:
        if self._strand.trace.has_content:
            facts = {"agent": self._key(agent)}
            self._strand.point("model_asked", facts, instructions=system_prompt, input=input_items)

    async def on_llm_end(self, context: object, agent: Agent[Any], response: ModelResponse) -> None:
        if self._strand.trace.has_content:
            output = [item.model_dump(exclude_unset=True) for item in response.output]
            self._strand.point("model_answered", {"agent": self._key(agent)}, output=output)


def together(first: RunHooks[Any], second: RunHooks[Any] | None) -> RunHooks[Any]:
    """Both are told of everything, one after the other: the SDK takes one."""
    return first if second is None else _Both((first, second))


class _Both(RunHooks[Any]):
    def __init__(self, hooks: tuple[RunHooks[Any], ...]) -> None:
        self._hooks = hooks

    async def on_agent_start(self, context: Any, agent: Any) -> None:
        for hooks in self._hooks:
            await hooks.on_agent_start(context, agent)

    async def on_agent_end(self, context: Any, agent: Any, output: object) -> None:
        for hooks in self._hooks:
            await hooks.on_agent_end(context, agent, output)

    async def on_handoff(self, context: Any, from_agent: Any, to_agent: Any) -> None:
        for hooks in self._hooks:
            await hooks.on_handoff(context, from_agent=from_agent, to_agent=to_agent)

    async def on_tool_start(self, context: Any, agent: Any, tool: Tool) -> None:
        for hooks in self._hooks:
            await hooks.on_tool_start(context, agent, tool)

    async def on_tool_end(self, context: Any, agent: Any, tool: Tool, result: object) -> None:
        for hooks in self._hooks:
            await hooks.on_tool_end(context, agent, tool, result)

    async def on_llm_start(
        self, context: Any, agent: Any, system_prompt: str | None, input_items: list[TResponseInputItem]
    ) -> None:
        for hooks in self._hooks:
            await hooks.on_llm_start(context, agent, system_prompt, input_items)

    async def on_llm_end(self, context: Any, agent: Any, response: ModelResponse) -> None:
        for hooks in self._hooks:
            await hooks.on_llm_end(context, agent, response)
