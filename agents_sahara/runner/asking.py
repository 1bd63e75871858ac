"""An agent is asked by another of its team as a tool, or judges a text: a run inside the run, of the same budget.

The agent that is asked sees the question and nothing else; what happens below is told as it happens, and what ends a
model call without an answer ends the whole run. Where a call of its own needs a person, the call that asked it waits
with it. A judge decides about a model call that is under way, which cannot wait: what it cannot say is refused.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from agents import Agent, RunContextWrapper, RunHooks, Runner, Tool

from agents_sahara.errors import LimitError, SaharaError
from agents_sahara.events import AgentStarted, HandedOff, RunEvent, ToolCalled, ToolReturned
from agents_sahara.guardrails.verdicts import NoVerdictError
from agents_sahara.runner.agents import RunAgents, TeamAgents, current_agents
from agents_sahara.runner.halting import Ended, below, current_below, halted
from agents_sahara.runner.hooks import together, traced
from agents_sahara.runner.outcome import error_of, path_of
from agents_sahara.runner.places import AgentWaits, Call, as_text
from agents_sahara.tools.callee import EndsRun, WaitsForPerson
from agents_sahara.tools.context import current_call, current_tools, is_unattended
from agents_sahara.tools.marking import ToolError
from agents_sahara.tracing.run import current_strand
from agents_sahara.usage.ledger import current_ledger, is_aside


def asker(agents: Callable[[], TeamAgents]) -> Callable[[str, str], Awaitable[str]]:
    """What asks the agent of a key."""

    async def ask(key: str, question: str) -> str:
        run = current_agents.get() or RunAgents(agents())
        upper, call = current_below.get(), current_call.get() or ""
        held = None if upper is None else upper.held.get(call)
        if upper is not None and held is not None and not held.is_decided:
            upper.waits[call] = held
            raise WaitsForPerson
        if upper is not None and held is not None:
            _trace_again(upper.calls[call])
        entered, inner = current_agents.set(run), is_aside.set(True)
        alone = is_unattended.set(is_unattended.get() or upper is None)
        try:
            return await _answered(run, key, question, held)
        finally:
            current_agents.reset(entered)
            is_aside.reset(inner)
            is_unattended.reset(alone)

    return ask


async def _answered(run: RunAgents, key: str, question: str, held: AgentWaits | None) -> str:
    """The agent's answer.

    Raises:
        ToolError: it has none, and its asker learns why.
        WaitsForPerson: it has none before a person decides.
        EndsRun: no model answered.
    """
    call = current_call.get()
    try:
        await _tell_begin(key, held)
        with below(held) as asked, traced("tool", run.name_of, call=call) as hooks:
            done = await Runner.run(
                run[key],
                question if held is None else held.state,
                max_turns=None,
                run_config=run.team.config,
                hooks=together(_Telling(run), hooks),
            )
    except Exception as error:
        raise _meaning(error) from error
    if not done.interruptions:
        return as_text(done.final_output)
    upper = current_below.get()
    if upper is None or call is None:
        # Calls with arguments that are no JSON come here: the SDK asks about them before the tool is reached.
        raise ToolError("it has no answer: it needs a person's approval, and nobody can be asked here.")
    upper.waits[call] = _place(done, key, run, asked.waits)
    strand = current_strand.get()
    if strand is not None:
        strand.tool_waits(call)
    raise WaitsForPerson


def _trace_again(call: Call) -> None:
    """The SDK tells of the beginning of a call once."""
    strand = current_strand.get()
    if strand is not None:
        strand.tool_called(call.agent, call.id or "", call.tool, call.arguments)


def _place(done: Ended, key: str, run: RunAgents, waits: dict[str, AgentWaits]) -> AgentWaits:
    return halted(done, key, path_of(key, done.new_items, run), run, waits)


async def _tell_begin(key: str, held: AgentWaits | None) -> None:
    await _tell(AgentStarted(key if held is None else held.path[-1]))
    await _tell_refused(() if held is None else held.refused)


async def _tell_refused(calls: Sequence[Call]) -> None:
    """Calls that are not made are told like others: the SDK tells nothing of them."""
    for call in calls:
        await _tell(ToolCalled(call.agent, call.tool, call.arguments))
        await _tell(ToolReturned(call.agent, call.tool, "a person refused it"))


async def judged(agents: TeamAgents, key: str, text: str) -> object:
    """What the agent `key` says of `text`: its calls count for the run, and it is not on its path.

    Raises:
        NoVerdictError: it says nothing, because a call of its own would have to wait for a person.
    """
    aside, alone, upper = is_aside.set(True), is_unattended.set(True), current_below.set(None)
    try:
        with traced("judge", lambda _: key) as hooks:
            done = await Runner.run(
                agents.called(key), text, max_turns=None, hooks=hooks, run_config=agents.config
            )
    finally:
        is_aside.reset(aside)
        is_unattended.reset(alone)
        current_below.reset(upper)
    if done.interruptions:
        tool = done.interruptions[0].tool_name
        raise NoVerdictError(
            f"the judge {key!r} wants to call {tool!r}, which would have to wait for a person"
        )
    return done.final_output


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
