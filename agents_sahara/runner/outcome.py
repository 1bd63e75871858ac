"""From what the SDK gives back, or raises, to our results and errors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import cast

from agents import (
    HandoffOutputItem,
    ModelBehaviorError,
    ModelRefusalError,
    RunItem,
    UserError,
)

from agents_sahara.clients.transport import tls_context
from agents_sahara.compiler import OutputSchema
from agents_sahara.errors import GuardrailError, MisfitError, SaharaError, SettingsError, UnusableAnswerError
from agents_sahara.events import RunResult
from agents_sahara.routing.fitting import Fitting, MisfitJsonError
from agents_sahara.runner.agents import RunAgents
from agents_sahara.runner.plan import Plan
from agents_sahara.types import Attempt, Json
from agents_sahara.usage.ledger import Ledger


def path_of(entry: str, items: Iterable[RunItem], agents: RunAgents) -> tuple[str, ...]:
    """Keys of the agents that had control, in order."""
    made = (item for item in items if isinstance(item, HandoffOutputItem))
    moves = ((agents.key_of(item.source_agent), agents.key_of(item.target_agent)) for item in made)
    return (entry, *(target for source, target in moves if source != target))  # else the handoff was refused


def output_of(item: HandoffOutputItem) -> object:
    """What the tool message of a handoff says."""
    return item.raw_item.get("output") if isinstance(item.raw_item, dict) else None


def result_of(output: Json, path: tuple[str, ...], ledger: Ledger, trace_id: str) -> RunResult:
    """The result of a run that ended with `output`."""
    return RunResult(
        output=output,
        path=path,
        last_agent=path[-1],
        usage=ledger.usage(),
        cost_usd=ledger.cost_usd(),
        prices=ledger.used_prices(),
        attempts=tuple(ledger.attempts),
        trace_id=trace_id,
        simulated=ledger.is_simulated,
        budget=None if ledger.spending is None else ledger.spending.decided,
        tool_calls=tuple(ledger.tool_calls),
        warnings=tuple(ledger.warnings),
    )


def reply_of(failure: SaharaError, ledger: Ledger, plan: Plan) -> RunResult | None:
    """The result of a run that a guardrail ended with a reply; None where `failure` is no such end.

    Of a stored conversation it is no turn: what was refused is not said again to any model.
    """
    if not isinstance(failure, GuardrailError) or failure.reply is None:
        return None
    begun = () if plan.is_workflow else (ledger.entry or plan.entry,)
    path = tuple(ledger.path) or begun
    path = path if path[-1:] == (failure.agent,) else (*path, str(failure.agent))
    session = None if plan.talk is None else plan.talk.key.id
    replied = result_of(failure.reply, path, ledger, plan.trace_id)
    return replace(replied, guardrail=ledger.refused, session=session)


def answer_of(output: object, key: str, agents: RunAgents) -> Json:
    """What the SDK gave, as the agent `key` gives answers: text, or a value that fits.

    The SDK does not judge the answer of a tool that ends a run (openai-agents 0.24, checked 2026-11-28).

    Raises:
        MisfitError: it does not fit the agent's output schema.
    """
    wanted = agents[key].output_type
    if not isinstance(wanted, OutputSchema):
        return str(output)
    try:
        return _fitting(wanted.shape.fitting, cast("Json", output))
    except MisfitJsonError as reason:
        problem = f"agent {key!r}: the answer does not fit the agent's output schema: {reason}"
    raise MisfitError(problem, agent=key)


def _fitting(fitting: Fitting, output: Json) -> Json:
    """A value that fits: `output` itself, or what it says as JSON, as tools give it."""
    try:
        fitting.judge(output)
    except MisfitJsonError:
        if not isinstance(output, str):
            raise
        return fitting.read(output)[1]
    return output


def _certificates_problem() -> SaharaError | None:
    """The SDK loads the trusted certificates too, for a trace exporter that is never used; it says no more than
    "No such file" (openai-agents 0.24, checked 2026-11-22)."""
    try:
        tls_context()
    except SettingsError as problem:
        return problem
    return None


def error_of(error: Exception, attempts: Sequence[Attempt] = ()) -> SaharaError | None:
    """What an exception of the SDK's run means to the user, or None where it is a bug.

    Where it is about an answer, the last of `attempts` gave it.
    """
    failure = _meaning_of(error)
    if isinstance(failure, UnusableAnswerError) and failure.provider is None and attempts:
        last = attempts[-1]
        failure.agent, failure.provider, failure.model = last.agent, last.provider, last.model
        failure.where = f"{last.model} on {last.provider}"
    return failure


def _meaning_of(error: Exception) -> SaharaError | None:
    if isinstance(error, SaharaError):
        return error
    if isinstance(error, UserError) and isinstance(error.__cause__, SaharaError):  # raised inside of a tool
        return error.__cause__
    if isinstance(error, ModelRefusalError):
        return UnusableAnswerError(
            "the model refused to answer", mend="change the message or the instructions"
        )
    if isinstance(error, ModelBehaviorError):
        return UnusableAnswerError(f"the model gave an answer that cannot be used: {error}", mend="try again")
    if isinstance(error, OSError):
        return _certificates_problem()
    if isinstance(error, RecursionError):  # what json.loads says of a tool call's arguments
        return UnusableAnswerError("the model gave an answer that is nested too deep", mend="try again")
    return None
