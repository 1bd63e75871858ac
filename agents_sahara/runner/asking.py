"""An agent asks another of its team as a tool: a run inside the run, under the same budget and ledger.

The agent that is asked sees the question and nothing else; what happens below is told as it happens, and what ends a
model call without an answer ends the whole run.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from agents import Agent, RunContextWrapper, RunHooks, Runner, Tool

from agents_sahara.errors import LimitError, SaharaError
from agents_sahara.events import AgentStarted, HandedOff, RunEvent, ToolCalled, ToolReturned
from agents_sahara.runner.agents import RunAgents, TeamAgents, current_agents
from agents_sahara.runner.hooks import together, traced
from agents_sahara.runner.outcome import error_of
from agents_sahara.tools.callee import EndsRun
from agents_sahara.tools.context import current_call, current_tools
from agents_sahara.tools.marking import ToolError
from agents_sahara.usage.ledger import current_ledger, is_aside


def asker(agents: Callable[[], TeamAgents]) -> Callable[[str, str], Awaitable[str]]:
    """What asks the agent of a key."""

    async def ask(key: str, question: str) -> str:
        run = current_agents.get() or RunAgents(agents())
        token, inner = current_agents.set(run), is_aside.set(True)
        try:
            await _tell(AgentStarted(key))
            with traced("tool", run.name_of, call=current_call.get()) as hooks:
                done = await Runner.run(
                    run[key],
                    question,
                    max_turns=None,
                    run_config=run.team.config,
                    hooks=together(_Telling(run), hooks),
                )
        except Exception as error:
            raise _meaning(error) from error
        finally:
            current_agents.reset(token)
            is_aside.reset(inner)
        if done.interruptions:  # its arguments are no JSON: the SDK asks before the tool is reached
            raise ToolError("it has no answer: it needs a person's approval, and nobody can be asked here.")
        answer: object = done.final_output
        return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)

    return ask


def _meaning(error: Exception) -> Exception:
    """A limit at which the run has one more answer is the asker's to tell; all else ends the run."""
    ledger = current_ledger.get()
    failure = error_of(error, () if ledger is None else ledger.attempts) or error
    spending = None if ledger is None else ledger.spending
    if isinstance(failure, LimitError) and spending is not None and spending.decided is None:
        return ToolError(f"it has no answer, because a limit of the run is reached: {failure.limit}.")
    return EndsRun(failure) if isinstance(failure, SaharaError) else failure


async def _tell(event: RunEvent) -> None:
    run = current_tools.get()
    if run is not None and run.tell is not None:
        await run.tell(event)


class _Telling(RunHooks[Any]):
    """Tells what the agents below do."""

    def __init__(self, agents: RunAgents) -> None:
        self._agents = agents

    async def on_handoff(
        self,
        context: RunContextWrapper[Any],  # noqa: ARG002  the SDK gives it by name
        from_agent: Agent[Any],
        to_agent: Agent[Any],
    ) -> None:
        source, target = self._agents.key_of(from_agent), self._agents.key_of(to_agent)
        if source != target:  # else the handoff was refused
            await _tell(HandedOff(source, target))
            await _tell(AgentStarted(target))

    async def on_tool_start(self, context: RunContextWrapper[Any], agent: Any, tool: Tool) -> None:
        arguments = str(getattr(context, "tool_arguments", ""))
        await _tell(ToolCalled(self._agents.key_of(agent), tool.name, arguments))

    async def on_tool_end(
        self,
        context: RunContextWrapper[Any],
        agent: Any,
        tool: Tool,
        result: object,  # noqa: ARG002  the SDK gives it
    ) -> None:
        ledger = current_ledger.get()
        call_id = str(getattr(context, "tool_call_id", ""))
        error = None if ledger is None else ledger.tool_failures.get(call_id)
        await _tell(ToolReturned(self._agents.key_of(agent), tool.name, error))
