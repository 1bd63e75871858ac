"""What happens in a run, as it happens, and what came of it.

The classes and their JSON (`--stream-json`, `--json`) are a versioned promise: keys are added, never changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from agents_sahara.errors import SaharaError
from agents_sahara.types import (
    Amount,
    Attempt,
    Json,
    JsonObject,
    LimitName,
    OnExceed,
    Stage,
    ToolCall,
    Usage,
    UsedPrice,
    amount_json,
)

VERSION = 1
"""Of `RunResult.to_json` and of every event's."""


@dataclass(frozen=True, slots=True)
class BudgetReached:
    """A limit of the run's budget was reached; the agent's next call is not an ordinary one."""

    agent: str
    """Key of the agent that wanted to call a model."""
    limit: LimitName
    allowed: Amount
    used: Amount
    on_exceed: OnExceed
    """What the team file says is to happen now."""
    handoff_to: str | None = None
    """Key of the agent that gives the last answer, where `on_exceed` is `handoff`."""
    edge: tuple[str, str] | None = None
    """Who handed off to whom, where `limit` is `handoffs_per_edge`."""

    def __str__(self) -> str:
        return f"{_shown(self.used)} of {_shown(self.allowed)} {self._noun} used"

    @property
    def _noun(self) -> str:
        if self.edge is not None:
            return f"handoffs from {self.edge[0]!r} to {self.edge[1]!r}"
        return _UNITS.get(self.limit) or self.limit.replace("_", " ")

    def facts(self) -> dict[str, Json]:
        """What a result says of it."""
        return {
            "agent": self.agent,
            "limit": self.limit,
            "allowed": amount_json(self.allowed),
            "used": amount_json(self.used),
            "on_exceed": self.on_exceed,
            "handoff_to": self.handoff_to,
            "edge": None if self.edge is None else {"from": self.edge[0], "to": self.edge[1]},
        }

    def to_json(self) -> dict[str, Json]:
        """One line of `--stream-json`."""
        return {"version": VERSION, "type": "budget_reached", **self.facts()}


@dataclass(frozen=True, slots=True)
class GuardrailTripped:
    """A guardrail refused a text; nobody has seen it, and no tool has run for it."""

    agent: str
    """Key of the agent that the text came to or from."""
    guardrail: str
    stage: Stage
    """What it looked at."""
    tool: str | None
    """Name of the tool, where it was about one."""
    reason: str
    """Why, without the text itself."""

    def facts(self) -> dict[str, Json]:
        """What a result says of it."""
        return {
            "agent": self.agent,
            "guardrail": self.guardrail,
            "stage": self.stage,
            "tool": self.tool,
            "reason": self.reason,
        }

    def to_json(self) -> dict[str, Json]:
        """One line of `--stream-json`."""
        return {"version": VERSION, "type": "guardrail_tripped", **self.facts()}


@dataclass(frozen=True, slots=True)
class ApprovalNeeded:
    """A tool call waits for a person; it is not made before one says yes."""

    id: str
    """By which `Team.resume` knows it; unique in its result."""
    agent: str
    """Key of the agent that asked for the tool."""
    tool: str
    arguments: str
    """JSON as the model wrote it, and perhaps none."""
    question: str
    """What to ask, on one line; from the team file where it says so. Values in it come from the model."""

    def facts(self) -> dict[str, Json]:
        """One of the `interruptions` of a result."""
        return {
            "id": self.id,
            "agent": self.agent,
            "tool": self.tool,
            "arguments": self.arguments,
            "question": self.question,
        }

    def to_json(self) -> dict[str, Json]:
        """One line of `--stream-json`."""
        return {"version": VERSION, "type": "approval_needed", **self.facts()}


@dataclass(frozen=True, slots=True)
class Warned:
    """The run goes on, but not quite as the team file says; the result has the same text in `warnings`."""

    message: str

    def to_json(self) -> dict[str, Json]:
        """One line of `--stream-json`."""
        return {"version": VERSION, "type": "warned", "message": self.message}


_UNITS = {"cost_usd": "USD", "time": "seconds"}


def _shown(amount: Amount) -> str:
    if isinstance(amount, int):
        return f"{amount:,}"
    return f"{amount:.4g}" if isinstance(amount, float) else f"{amount:f}"


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run gave."""

    output: Any  # a union would make every reader of a plain team narrow it
    """The answer: its text, or where the agent has an output schema, the value that fits it."""
    path: tuple[str, ...]
    """Keys of the agents that had control, in order; the last one answered."""
    last_agent: str
    usage: Usage
    cost_usd: Decimal | None
    """None where the price or the usage of any billed call is unknown."""
    attempts: tuple[Attempt, ...]
    """Every HTTP call to a model, failed ones too, in order."""
    trace_id: str
    """Unique for each run."""
    simulated: bool
    """Whether any part of the answer came from the local simulator instead of a model."""
    interruptions: tuple[ApprovalNeeded, ...] = ()
    """Tool calls that wait for a person; while there are any, there is no answer and `output` is empty."""
    session: str | None = None
    """Id of the stored conversation; None where nothing is kept."""
    prices: tuple[UsedPrice, ...] = ()
    """What the answered calls were counted with; a model without a price is not among them."""
    budget: BudgetReached | None = None
    """The limit that was reached, where this is only the best answer from what was known by then."""
    guardrail: GuardrailTripped | None = None
    """The guardrail that ended the run, where `output` is its reply and no agent's answer."""
    redelivered: bool = False
    """Whether this is the stored answer to a message that had come before: no model was asked for it."""
    lost_agent: str | None = None
    """Key of the agent that spoke last in the conversation, where the team no longer has it: the entry began."""
    warnings: tuple[str, ...] = ()
    """What was not quite as the team file says, such as a server of tools that was not there."""

    token: str | None = None
    """With which `Team.resume` goes on, in any process; whoever has it can decide. None without interruptions."""
    tool_calls: tuple[ToolCall, ...] = ()
    """Every call of a tool, also by agents that were asked, in the order in which they ended; handoffs are none."""

    def to_json(self) -> dict[str, Json]:
        """The object of `--json`."""
        return {
            "version": VERSION,
            "output": self.output,
            "path": list(self.path),
            "last_agent": self.last_agent,
            "usage": self.usage.to_json(),
            "cost_usd": None if self.cost_usd is None else str(self.cost_usd),
            "prices": [used.to_json() for used in self.prices],
            "attempts": [attempt.to_json() for attempt in self.attempts],
            "interruptions": [one.facts() for one in self.interruptions],
            "token": self.token,
            "session": self.session,
            "trace_id": self.trace_id,
            "simulated": self.simulated,
            "budget": None if self.budget is None else self.budget.facts(),
            "guardrail": None if self.guardrail is None else self.guardrail.facts(),
            "redelivered": self.redelivered,
            "lost_agent": self.lost_agent,
            "tool_calls": [call.to_json() for call in self.tool_calls],
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run began."""

    team: str
    entry: str
    """Key of the agent that begins: in a stored conversation, the one that spoke last."""
    trace_id: str
    session: str | None = None
    """Id of the stored conversation; None where nothing is kept."""

    def to_json(self) -> dict[str, Json]:
        """One line of `--stream-json`."""
        run = {"entry": self.entry, "trace_id": self.trace_id, "session": self.session}
        return {"version": VERSION, "type": "run_started", "team": self.team, **run}


@dataclass(frozen=True, slots=True)
class AgentStarted:
    """An agent took control."""

    agent: str

    def to_json(self) -> dict[str, Json]:
        """One line of `--stream-json`."""
        return {"version": VERSION, "type": "agent_started", "agent": self.agent}


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of an agent's text."""

    agent: str
    text: str

    def to_json(self) -> dict[str, Json]:
        """One line of `--stream-json`."""
        return {"version": VERSION, "type": "text_delta", "agent": self.agent, "text": self.text}


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """A model asked for a tool; handoffs are `HandedOff` instead."""

    agent: str
    tool: str
    arguments: str
    """JSON as the model wrote it."""

    def to_json(self) -> dict[str, Json]:
        """One line of `--stream-json`."""
        facts = {"agent": self.agent, "tool": self.tool, "arguments": self.arguments}
        return {"version": VERSION, "type": "tool_called", **facts}


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """A tool call got its answer, which the model sees next."""

    agent: str
    tool: str
    error: str | None = None
    """What went wrong, in a few words; None where nothing did."""

    def to_json(self) -> dict[str, Json]:
        """One line of `--stream-json`."""
        return {
            "version": VERSION,
            "type": "tool_returned",
            "agent": self.agent,
            "tool": self.tool,
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class HandedOff:
    """Control moved from one agent to another."""

    from_agent: str
    to_agent: str
    input: JsonObject | None = None
    """What the model handed over with, where the handoff asks for something."""
    answer: str | None = None
    """The answer that control comes back with; None where this is no return of it."""

    def to_json(self) -> dict[str, Json]:
        """One line of `--stream-json`."""
        return {
            "version": VERSION,
            "type": "handed_off",
            "from_agent": self.from_agent,
            "to_agent": self.to_agent,
            "input": self.input,
            "answer": self.answer,
        }


@dataclass(frozen=True, slots=True)
class AttemptFailed:
    """One HTTP call to a model failed."""

    attempt: Attempt
    message: str
    retry_in_s: float | None
    """Seconds until the next attempt; None where there is none."""

    def to_json(self) -> dict[str, Json]:
        """One line of `--stream-json`."""
        return {
            "version": VERSION,
            "type": "attempt_failed",
            "attempt": self.attempt.to_json(),
            "message": self.message,
            "retry_in_s": self.retry_in_s,
        }


@dataclass(frozen=True, slots=True)
class ProviderSwitched:
    """A call goes on at another member of its pool, after the one before failed or could not be asked."""

    agent: str
    from_provider: str
    from_model: str
    to_provider: str
    to_model: str
    reason: str
    """The stable code of the failure; `busy`, `settings` or `catalog` where nothing was asked of the first."""

    def to_json(self) -> dict[str, Json]:
        """One line of `--stream-json`."""
        return {
            "version": VERSION,
            "type": "provider_switched",
            "agent": self.agent,
            "from": {"provider": self.from_provider, "model": self.from_model},
            "to": {"provider": self.to_provider, "model": self.to_model},
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run is done; nothing follows."""

    result: RunResult

    def to_json(self) -> dict[str, Json]:
        """One line of `--stream-json`."""
        return {"version": VERSION, "type": "run_finished", "result": self.result.to_json()}


@dataclass(frozen=True, slots=True)
class RunFailed:
    """The run ended without an answer; the stream raises `error` next."""

    error: SaharaError

    def to_json(self) -> dict[str, Json]:
        """One line of `--stream-json`."""
        return {"version": VERSION, "type": "run_failed", "error": self.error.to_json()}


RunEvent: TypeAlias = (
    RunStarted
    | AgentStarted
    | TextDelta
    | ToolCalled
    | ToolReturned
    | HandedOff
    | AttemptFailed
    | ProviderSwitched
    | BudgetReached
    | GuardrailTripped
    | ApprovalNeeded
    | Warned
    | RunFinished
    | RunFailed
)
"""Any event of a run; the first is `RunStarted`, the last `RunFinished` or `RunFailed`."""
