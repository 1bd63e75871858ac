"""What a person may want to know about a run besides its answer, as lines on stderr."""

from __future__ import annotations

from collections.abc import Container
from decimal import Decimal

from agents_sahara.cli.console import Console
from agents_sahara.events import AttemptFailed, ProviderSwitched, RunResult
from agents_sahara.types import Attempt, Usage


def tell_path(result: RunResult, console: Console) -> None:
    """Which agents had control, in order."""
    console.note(" -> ".join(result.path))


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
    console.note(f"{_usage(result.usage)}, cost {_cost(result.cost_usd)}")
    console.detail(f"trace {result.trace_id}")
    if result.simulated:
        console.label("[simulated] a local simulator gave this answer, not a model")


def tell_attempt_failed(event: AttemptFailed, console: Console) -> None:
    """One failed call, and whether another follows."""
    again = "no further attempt" if event.retry_in_s is None else f"next attempt {_when(event.retry_in_s)}"
    named = f"agent {event.attempt.agent!r}: {event.attempt.model!r} on {event.attempt.provider!r}"
    reason = event.message.removeprefix(named).lstrip(": ").removesuffix(".")
    console.warn(f"{_call(event.attempt)} failed after {event.attempt.seconds:.1f} s: {reason}; {again}")


def tell_switch(event: ProviderSwitched, console: Console) -> None:
    """A call that goes on at another provider or model."""
    before, after = f"{event.from_model} on {event.from_provider}", f"{event.to_model} on {event.to_provider}"
    console.warn(_moved(event.agent, before, after, event.reason))


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
        return (
            f"{_call(attempt)} {attempt.outcome} after {attempt.seconds:.1f} s: {attempt.error or 'unknown'}"
        )
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
    return f"{requests}, {usage.input_tokens} tokens in, {usage.output_tokens} out"


def _cost(cost_usd: Decimal | None) -> str:
    return "unknown" if cost_usd is None else f"{cost_usd:f} USD"
