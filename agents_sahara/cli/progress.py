"""What a person may want to know about a run besides its answer, as lines on stderr."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from decimal import Decimal

from agents_sahara.cli.console import Console
from agents_sahara.events import (
    AttemptFailed,
    BudgetReached,
    GuardrailTripped,
    ProviderSwitched,
    RunResult,
    ToolReturned,
)
from agents_sahara.types import Attempt, Price, Spent, ToolCall, Usage

_MOST_NAMED = 3
_MOST_OF_ERROR = 300
"""Characters of what went wrong with a tool; the log has all of it."""


def tell_path(result: RunResult, console: Console) -> None:
    """Which agents had control, in order."""
    tell_lost_agent(result, console)
    console.note(" -> ".join(result.path))


def tell_lost_agent(result: RunResult, console: Console) -> None:
    """That a conversation could not go on with the agent that spoke last."""
    if result.lost_agent is not None:
        console.warn(
            f"the agent {result.lost_agent!r}, which spoke last, is no longer in the team: {result.path[0]!r} began"
        )


def tell_calls(result: RunResult, console: Console, *, told: Container[Attempt] = ()) -> None:
    """Each call that was not `told` as it failed, the usage, the cost, and whether a simulator answered."""
    for before, attempt in zip((None, *result.attempts), result.attempts, strict=False):
        if attempt in told:
            continue
        if before not in told and before is not None and _is_switch(before, attempt):
            console.note(
                _moved(before.agent, _target(before), _target(attempt), before.error or before.outcome)
            )
        console.note(_attempt_line(attempt))
    console.note(usage_line(result))
    console.detail(f"trace {result.trace_id}")
    if result.budget is not None:
        console.label(f"[wrapped up] {result.budget}: this is the best answer from what was known by then")
    if result.guardrail is not None:
        console.label(f"[refused] by the guardrail {result.guardrail.guardrail!r}: this is its reply")
    if result.simulated:
        console.label("[simulated] a local simulator gave this answer, not a model")


def tell_attempt_failed(event: AttemptFailed, console: Console) -> None:
    """One failed call, and when the next follows."""
    again = "" if event.retry_in_s is None else f"; next attempt {_when(event.retry_in_s)}"
    named = f"agent {event.attempt.agent!r}: {event.attempt.model!r} on {event.attempt.provider!r}"
    reason = event.message.removeprefix(named).lstrip(": ").removesuffix(".")
    console.warn(f"{_call(event.attempt)} failed after {event.attempt.seconds:.1f} s: {reason}{again}")


def tell_switch(event: ProviderSwitched, console: Console) -> None:
    """A call that goes on at another provider or model."""
    before, after = f"{event.from_model} on {event.from_provider}", f"{event.to_model} on {event.to_provider}"
    console.warn(_moved(event.agent, before, after, event.reason))


def tell_limit(event: BudgetReached, console: Console) -> None:
    """A limit of the budget, and what follows; a question is told by whoever asks it."""
    follows = {
        "stop": "the run ends",
        "wrap_up": "one last answer",
        "handoff": f"{event.handoff_to} answers last",
    }
    if event.on_exceed in follows:
        console.warn(f"{event.agent}: {event}: {follows[event.on_exceed]}")


def tell_refusal(event: GuardrailTripped, console: Console) -> None:
    """A text that a guardrail refused."""
    what = event.stage.replace("_", " ") if event.tool is None else f"{event.stage[5:]} of {event.tool}"
    console.warn(f"{event.agent}: {event.guardrail} refused the {what}: {event.reason}")


def tell_failed_tools(calls: Iterable[ToolCall], console: Console) -> None:
    """Calls of tools that gave no answer, alike ones once: the agent's may be worth less for it."""
    failed = (call for call in calls if call.outcome != "returned")
    lines = Counter(_failed_tool(call.agent, call.tool, call.error or call.outcome) for call in failed)
    for line, count in lines.items():
        console.warn(line if count == 1 else f"{line} ({count} times)")


def tell_failed_tool(event: ToolReturned, console: Console) -> None:
    """A call of a tool that gave no answer, as it happens."""
    if event.error is not None:
        console.warn(_failed_tool(event.agent, event.tool, event.error))


def _failed_tool(agent: str, tool: str, error: str) -> str:
    return f"{agent}: {tool} failed: {error.strip().removesuffix('.')[:_MOST_OF_ERROR]}"


def usage_line(spent: RunResult | Spent) -> str:
    """Requests, tokens and cost of a run, on one line."""
    if not spent.attempts:
        return "no request was made, and nothing was spent"
    return f"{_usage(spent.usage)}, cost {_cost(spent)}"


def _moved(agent: str, before: str, after: str, reason: str) -> str:
    return f"{agent}: moved from {before} to {after}: {reason}"


def _is_switch(before: Attempt, after: Attempt) -> bool:
    """Whether `after` is the same call as `before`, gone on elsewhere."""
    failed = before.outcome == "failed" and before.agent == after.agent
    return failed and (before.provider, before.model) != (after.provider, after.model)


def _when(seconds: float) -> str:
    return f"in {seconds:.1f} s" if seconds > 0 else "at once"


def _attempt_line(attempt: Attempt) -> str:
    if attempt.outcome != "answered":
        why = "" if attempt.error is None else f": {attempt.error}"
        return f"{_call(attempt)} {attempt.outcome} after {attempt.seconds:.1f} s{why}"
    other = attempt.answered_model not in (None, attempt.model)
    answered = f" (answered by {attempt.answered_model})" if other else ""
    return f"{_call(attempt)}{answered}, {attempt.seconds:.1f} s, {_tokens(attempt)}"


def _call(attempt: Attempt) -> str:
    return f"{attempt.agent}: {_target(attempt)}"


def _target(attempt: Attempt) -> str:
    return f"{attempt.model} on {attempt.provider}"


def _tokens(attempt: Attempt) -> str:
    if attempt.input_tokens is None or attempt.output_tokens is None:
        return "tokens unknown"
    return f"{attempt.input_tokens} + {attempt.output_tokens} tokens"


def _usage(usage: Usage) -> str:
    requests = "1 request" if usage.requests == 1 else f"{usage.requests} requests"
    failed = f", {usage.failed} failed" if usage.failed else ""
    return f"{requests}{failed}, {usage.input_tokens} tokens in, {usage.output_tokens} out"


def _cost(result: RunResult | Spent) -> str:
    """The cost and whose prices it was counted with; what is known of it, where that is not all."""
    costs = [one.cost_usd for one in result.attempts if one.is_billed]
    known = [cost for cost in costs if cost is not None]
    if not known:
        return "unknown"
    if result.cost_usd is None:
        unknown = dict.fromkeys(_target(one) for one in _unpriced(result.attempts))
        return f"unknown: at least {_usd(sum(known, Decimal(0)))}, without {_some(unknown)}"
    said = dict.fromkeys(_said_by(used.price) for used in result.prices)
    return f"{_usd(result.cost_usd)} (prices: {_some(said, '; ')})" if said else _usd(result.cost_usd)


def _unpriced(attempts: Iterable[Attempt]) -> Iterator[Attempt]:
    return (one for one in attempts if one.is_billed and one.cost_usd is None)


def _said_by(price: Price) -> str:
    return price.source if price.date is None else f"{price.source}, {price.date}"


def _some(texts: Iterable[str], between: str = ", ") -> str:
    first = list(texts)
    return between.join(first[:_MOST_NAMED]) + (f"{between}..." if len(first) > _MOST_NAMED else "")


def _usd(cost: Decimal) -> str:
    return f"{cost.normalize():f} USD"
