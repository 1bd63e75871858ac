"""Small shared types: what JSON can hold, what a call cost, what was counted.

Knows nothing of YAML, the SDK or the network.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"
"""A value that JSON can say."""

JsonObject: TypeAlias = Mapping[str, Json]
"""A JSON object."""


TEAM_FILE = "team file"
"""The source of a price for which the file names none."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a model's tokens cost, in USD per million tokens."""

    input: Decimal
    """Tokens that the provider has cached count as much: the least that they could cost is not known."""
    output: Decimal
    source: str = TEAM_FILE
    """Who says so: a web address, a list of prices, or the team file alone."""
    date: dt.date | None = None
    """When it was so, where that is known."""

    def cost_usd(self, input_tokens: int, output_tokens: int) -> Decimal:
        """USD for these tokens."""
        return (self.input * input_tokens + self.output * output_tokens) / 1_000_000

    def to_json(self) -> dict[str, Json]:
        """Every field by name; money as a decimal string."""
        return {
            "input": str(self.input),
            "output": str(self.output),
            "source": self.source,
            "date": None if self.date is None else self.date.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class UsedPrice:
    """The price that the calls of one model were counted with."""

    provider: str
    model: str
    price: Price

    def to_json(self) -> dict[str, Json]:
        """The pair and its price, in one object."""
        return {"provider": self.provider, "model": self.model, **self.price.to_json()}


@dataclass(frozen=True, slots=True)
class Tokens:
    """Requests that were answered and the tokens that the gateway reported for them."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def total_tokens(self) -> int:
        """Input and output together."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(
            self.requests + other.requests,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
        )

    def to_json(self) -> dict[str, Json]:
        """The four counts by name."""
        return _counts(self)


def _counts(tokens: Tokens) -> dict[str, Json]:
    return {
        "requests": tokens.requests,
        "input_tokens": tokens.input_tokens,
        "output_tokens": tokens.output_tokens,
        "total_tokens": tokens.total_tokens,
    }


@dataclass(frozen=True, slots=True)
class Share(Tokens):
    """`Tokens` of one agent, provider or model, and what came of its calls."""

    failed: int = 0
    """Requests that failed; they are not among `requests`."""
    cost_usd: Decimal | None = None
    """None where the price or the usage of any billed call is unknown."""

    def to_json(self) -> dict[str, Json]:
        """Every field by name; money as a decimal string."""
        cost = None if self.cost_usd is None else str(self.cost_usd)
        return {**_counts(self), "failed": self.failed, "cost_usd": cost}


@dataclass(frozen=True, slots=True)
class Usage(Tokens):
    """`Tokens` of a whole run, and the shares of its agents by key, of its models and of its providers."""

    by_agent: Mapping[str, Share] = field(default_factory=dict)
    by_model: Mapping[str, Share] = field(default_factory=dict)
    by_provider: Mapping[str, Share] = field(default_factory=dict)
    failed: int = 0
    """Requests that failed; they are not among `requests`."""

    def to_json(self) -> dict[str, Json]:
        """The counts, then one object a breakdown."""
        parts = {"by_agent": self.by_agent, "by_model": self.by_model, "by_provider": self.by_provider}
        return {**_counts(self), "failed": self.failed} | {
            name: {key: tokens.to_json() for key, tokens in part.items()} for name, part in parts.items()
        }


Stage: TypeAlias = Literal["input", "output", "tool_input", "tool_output"]
"""What a guardrail looked at."""

WhyNot: TypeAlias = Literal["unknown", "used", "expired", "other_team", "changed", "moved_on"]
"""Why no run goes on with a token: there is none, it was used, it waited too long, it is another team's, or the file
of the team or the conversation is not what it was."""

LimitName: TypeAlias = Literal[
    "turns", "model_calls", "tool_calls", "tokens", "cost_usd", "time", "handoffs_per_edge"
]
"""A limit of a budget by its name in the team file."""

Amount: TypeAlias = int | float | Decimal
"""A count, seconds, or USD."""


def amount_json(amount: Amount) -> Json:
    """`amount` for JSON: money as a decimal string."""
    return str(amount) if isinstance(amount, Decimal) else amount


OnExceed: TypeAlias = Literal["stop", "wrap_up", "ask", "handoff"]
"""What happens where a limit is reached: an error, one last answer, a question, or another agent's last answer."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What one run may spend, whatever its agents do."""

    turns: int = 20
    """Answers that agents may ask of models."""
    model_calls: int | None = None
    """HTTP requests to models, repeats and failed ones included: each may be billed. None is three a turn, and at
    least 60."""
    tool_calls: int = 100
    """Tools that models may ask for; handoffs are none."""
    tokens: int = 1_000_000
    """Input and output together."""
    cost_usd: Decimal = Decimal(10)
    """Of the calls whose price is known."""
    time_s: float = 600.0
    handoffs_per_edge: int = 10
    """Times that one agent may hand off to the same other agent."""
    on_exceed: OnExceed = "stop"
    handoff_to: str | None = None
    """Key of the agent that answers last, where `on_exceed` is `handoff`."""

    @property
    def most_model_calls(self) -> int:
        """`model_calls`, or what holds where it is not said."""
        return max(60, 3 * self.turns) if self.model_calls is None else self.model_calls

    def to_json(self) -> dict[str, Json]:
        """Every limit by its name in the team file; money as a decimal string."""
        return {
            "turns": self.turns,
            "model_calls": self.most_model_calls,
            "tool_calls": self.tool_calls,
            "tokens": self.tokens,
            "cost_usd": str(self.cost_usd),
            "time": self.time_s,
            "handoffs_per_edge": self.handoffs_per_edge,
            "on_exceed": {"handoff": self.handoff_to} if self.on_exceed == "handoff" else self.on_exceed,
        }


SessionFault: TypeAlias = Literal[
    "locked",
    "full",
    "read_only",
    "corrupt",
    "newer",
    "foreign",
    "conflict",
    "unusable",
    "unreachable",
    "not_installed",
]
"""What is wrong with a store of conversations, for programs."""


Outcome: TypeAlias = Literal["answered", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One HTTP call to a model: what was asked of whom, and what came back."""

    agent: str
    provider: str
    model: str
    """The id that was asked for."""
    answered_model: str | None
    """The id that the gateway said had answered; often a dated form of `model`."""
    outcome: Outcome
    error: str | None
    """The stable code of the error (`server_error`, ...) where the outcome is not `answered`."""
    seconds: float
    input_tokens: int | None
    """None where the gateway reported no usage."""
    output_tokens: int | None
    cost_usd: Decimal | None
    """None where no price or no usage is known: unknown is never zero."""

    @property
    def is_billed(self) -> bool:
        """Whether tokens were used up: by an answer, or, as far as the gateway told, by one that was no good."""
        return self.outcome == "answered" or self.input_tokens is not None or self.output_tokens is not None

    def to_json(self) -> dict[str, Json]:
        """Every field by name; money as a decimal string."""
        return {
            "agent": self.agent,
            "provider": self.provider,
            "model": self.model,
            "answered_model": self.answered_model,
            "outcome": self.outcome,
            "error": self.error,
            "seconds": round(self.seconds, 6),
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cost_usd": None if self.cost_usd is None else str(self.cost_usd),
        }


ToolOutcome: TypeAlias = Literal["returned", "failed", "timed_out"]


@dataclass(frozen=True, slots=True)
class ToolChange:
    """A tool of a server (MCP) of which the server says other things than when it was accepted."""

    tool: str
    """Its name at the server."""
    before: str | None
    """The beginning of what was said of it; empty where that is not remembered, None where the tool is new."""
    now: str | None
    """What is said of it; None where it is gone."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call of a tool and what came of it; what was said and answered is not in it."""

    agent: str
    """Key of the agent that called."""
    tool: str
    """Its name as the model sees it."""
    outcome: ToolOutcome
    error: str | None
    """What went wrong, in a few words, where the outcome is not `returned`."""
    seconds: float

    def to_json(self) -> dict[str, Json]:
        """Every field by name."""
        return {
            "agent": self.agent,
            "tool": self.tool,
            "outcome": self.outcome,
            "error": self.error,
            "seconds": round(self.seconds, 6),
        }


@dataclass(frozen=True, slots=True)
class Spent:
    """What a run had spent when it ended, with an answer or without."""

    path: tuple[str, ...]
    """Keys of the agents that had control, in order."""
    usage: Usage
    """As the gateway reported it, also for answers that were no good."""
    cost_usd: Decimal | None
    attempts: tuple[Attempt, ...]
    """Every HTTP call to a model, failed and cancelled ones too, in order."""
    prices: tuple[UsedPrice, ...] = ()
    """What the answered calls were counted with."""
    tool_calls: tuple[ToolCall, ...] = ()
    """Every call of a tool, in the order in which they ended."""

    def to_json(self) -> dict[str, Json]:
        """The keys that a result has too."""
        return {
            "path": list(self.path),
            "usage": self.usage.to_json(),
            "cost_usd": None if self.cost_usd is None else str(self.cost_usd),
            "attempts": [attempt.to_json() for attempt in self.attempts],
            "tool_calls": [call.to_json() for call in self.tool_calls],
        }
