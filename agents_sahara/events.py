"""What happens in a run, as it happens, and what came of it.

The classes and their JSON (`--stream-json`, `--json`) are a versioned promise: keys are added, never changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from agents_sahara.errors import SaharaError
from agents_sahara.types import Attempt, Json, Usage

VERSION = 1
"""Of `RunResult.to_json` and of every event's."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run gave."""

    output: str
    """The answer."""
    path: tuple[str, ...]
    """Keys of the agents that had control, in order; the last one answered."""
    last_agent: str
    usage: Usage
    cost_usd: Decimal | None
    """None where the price or the usage of any answered call is unknown."""
    attempts: tuple[Attempt, ...]
    """Every HTTP call to a model, failed ones too, in order."""
    trace_id: str
    """Unique for each run."""
    simulated: bool
    """Whether any part of the answer came from the local simulator instead of a model."""
    interruptions: tuple[()] = ()
    """Approvals that wait for a person; always empty in this version."""
    session: str | None = None
    """Id of the stored conversation; always None in this version."""

    def to_json(self) -> dict[str, Json]:
        """The object of `--json`."""
        return {
            "version": VERSION,
            "output": self.output,
            "path": list(self.path),
            "last_agent": self.last_agent,
            "usage": self.usage.to_json(),
            "cost_usd": None if self.cost_usd is None else str(self.cost_usd),
            "attempts": [attempt.to_json() for attempt in self.attempts],
            "interruptions": list(self.interruptions),
            "session": self.session,
            "trace_id": self.trace_id,
            "simulated": self.simulated,
        }


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run began."""

    team: str
    entry: str
    trace_id: str

    def to_json(self) -> dict[str, Json]:
        """One line of `--stream-json`."""
        return {
            "version": VERSION,
            "type": "run_started",
            "team": self.team,
            "entry": self.entry,
            "trace_id": self.trace_id,
        }


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
        return {
            "version": VERSION,
            "type": "tool_called",
            "agent": self.agent,
            "tool": self.tool,
            "arguments": self.arguments,
        }


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """A tool call got its answer, which the model sees next."""

    agent: str
    tool: str

    def to_json(self) -> dict[str, Json]:
        """One line of `--stream-json`."""
        return {"version": VERSION, "type": "tool_returned", "agent": self.agent, "tool": self.tool}


@dataclass(frozen=True, slots=True)
class HandedOff:
    """Control moved from one agent to another."""

    from_agent: str
    to_agent: str

    def to_json(self) -> dict[str, Json]:
        """One line of `--stream-json`."""
        return {
            "version": VERSION,
            "type": "handed_off",
            "from_agent": self.from_agent,
            "to_agent": self.to_agent,
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
    """A call goes on at another member of its pool, after the last one failed."""

    agent: str
    from_provider: str
    from_model: str
    to_provider: str
    to_model: str
    reason: str
    """The stable code of the failure."""

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
    | RunFinished
    | RunFailed
)
"""Any event of a run; the first is `RunStarted`, the last `RunFinished` or `RunFailed`."""
