"""The trace of one run: what the ledger and the SDK tell becomes records, in order, each in its span.

Counts nothing itself: attempts, limits and results are those of the ledger. Texts of people, models and tools are
left out unless the team asks for them, and a key is left out always.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from agents_sahara.errors import SaharaError
from agents_sahara.events import (
    AttemptFailed,
    BudgetReached,
    GuardrailTripped,
    ProviderSwitched,
    RunResult,
    Warned,
)
from agents_sahara.tracing.record import Record, Span
from agents_sahara.types import Attempt, Json

MOST_TEXT = 32_768
"""Characters that are kept of one text."""

MOST_RECORDS = 20_000
"""A run that goes on and on fills no disk: what comes after these is not told, but for its end."""

Part: TypeAlias = Literal["run", "judge", "tool", "step"]
"""What an agent is asked for: to run the team, to judge, as a tool of another, as a step of a workflow."""


class Sink(Protocol):
    """Where records go."""

    def write(self, record: Record) -> None:
        """Take one record; never raises."""
        ...


@dataclass(slots=True)
class RunTrace:
    """Tells the sinks what happens in one run."""

    trace_id: str
    sinks: Sequence[Sink]
    has_content: bool
    """Whether texts are told."""
    hide: Callable[[str], str]
    """Takes secrets out of a text."""
    root: Span = field(init=False)
    _zero: float = field(default_factory=lambda: time.time() - time.monotonic())
    _count: int = 0
    _is_over: bool = False

    def __post_init__(self) -> None:
        self.root = Span(None, self.now())

    def now(self) -> float:
        """Seconds since 1970, which go on evenly even where somebody sets the clock."""
        return self._zero + time.monotonic()

    def run_started(self, team: str, facts: Mapping[str, Json], given: object) -> None:
        """The run begins, or goes on, with what the caller gave."""
        self.root.name = team
        self._begin("run_started", self.root, {"team": team, **facts}, input=given)

    def run_finished(self, result: RunResult) -> None:
        """The run is done."""
        for needed in result.interruptions:
            asked = {"id": needed.id, "agent": needed.agent, "tool": needed.tool}
            words = {"arguments": needed.arguments, "question": needed.question}
            self.point("approval_needed", self.root, asked, **words)
        whole = result.to_json()
        facts = {name: value for name, value in whole.items() if name in _OF_RESULT}
        self._end("run_finished", self.root, facts, output=result.output)

    def run_failed(self, error: BaseException) -> None:
        """The run ended without an answer, or by a bug."""
        if not isinstance(error, SaharaError):
            facts: dict[str, Json] = {"error": {"code": "bug"}, "kind": type(error).__name__}
            self._end("run_failed", self.root, facts)
            return
        whole = error.to_json()
        told = {name: value for name, value in whole.items() if name in _OF_ERROR}
        spent = {name: value for name, value in whole.items() if name in ("path", "usage", "cost_usd")}
        self._end("run_failed", self.root, {"error": told, **spent}, message=error.message)

    def run_cancelled(self) -> None:
        """Whoever asked does not wait for the answer any more."""
        if not self._is_over:
            self._end("run_cancelled", self.root, {})

    def attempt(self, attempt: Attempt, failure: AttemptFailed | None = None) -> None:
        """A call of a model is over."""
        parent = self._here()
        span = Span(parent.id, max(parent.began, self.now() - attempt.seconds), attempt.model)
        facts = {name: value for name, value in attempt.to_json().items() if name != "seconds"}
        if failure is not None:
            facts["retry_in_s"] = failure.retry_in_s
        self._end("attempt", span, facts, message=None if failure is None else failure.message)

    def told(self, event: ProviderSwitched | BudgetReached | GuardrailTripped | Warned) -> None:
        """Something happened that is an event of the run too."""
        facts = {name: value for name, value in event.to_json().items() if name not in ("version", "type")}
        self.point(str(event.to_json()["type"]), self._here(), facts)

    def _here(self) -> Span:
        """The span that the current task is in."""
        strand = current_strand.get()
        return self.root if strand is None else strand.speaker

    def point(self, kind: str, parent: Span, facts: Mapping[str, Json], **content: object) -> None:
        """Something happened inside `parent` that takes no time."""
        whole = self._whole(facts, content)
        self._write(Record(kind, self.trace_id, max(parent.began, self.now()), None, parent.id, whole))

    def begin(self, kind: str, parent: Span, name: str, facts: Mapping[str, Json], **content: object) -> Span:
        """A new span inside `parent`."""
        span = Span(parent.id, max(parent.began, self.now()), name)
        self._begin(kind, span, facts, **content)
        return span

    def end(self, kind: str, span: Span, facts: Mapping[str, Json], **content: object) -> None:
        """The span is over."""
        self._end(kind, span, facts, **content)

    def _begin(self, kind: str, span: Span, facts: Mapping[str, Json], **content: object) -> None:
        whole = self._whole(facts, content)
        self._write(Record(kind, self.trace_id, span.began, span.id, span.parent, whole))

    def _end(self, kind: str, span: Span, facts: Mapping[str, Json], **content: object) -> None:
        ended = max(span.began, self.now())
        whole = self._whole(facts, content)
        self._write(Record(kind, self.trace_id, ended, span.id, span.parent, whole, span.began))

    def _whole(self, facts: Mapping[str, Json], content: Mapping[str, object]) -> dict[str, Json]:
        told = {name: self._hidden(value) for name, value in facts.items()}
        if self.has_content:
            told |= {name: self._hidden(plain(value)) for name, value in content.items() if value is not None}
        return told

    def _hidden(self, value: Json) -> Json:
        if isinstance(value, str):
            return self.hide(value) if len(value) > _LEAST_SECRET else value
        if isinstance(value, Mapping):
            return {self.hide(name): self._hidden(part) for name, part in value.items()}
        return [self._hidden(part) for part in value] if isinstance(value, Sequence) else value

    def _write(self, record: Record) -> None:
        self._count += 1
        is_end = record.span == self.root.id and record.began is not None
        self._is_over = self._is_over or is_end
        if self._count == MOST_RECORDS and not is_end:
            record = Record("trace_cut", self.trace_id, record.time, None, self.root.id, {})
        if self._count <= MOST_RECORDS or is_end:
            for sink in self.sinks:
                sink.write(record)


_OF_RESULT = ("path", "last_agent", "usage", "cost_usd", "session", "simulated", "budget", "guardrail")
"""What a result says without words of others."""
_OF_ERROR = ("code", "where", "agent", "provider", "model", "status", "retryable")
"""What an error says without words of others: its message may quote a gateway."""
_LEAST_SECRET = 5
_MOST_DEPTH = 32


def plain(value: object, depth: int = 0) -> Json:
    """`value` as JSON can say it: long texts are cut, and what JSON does not know is named by its type."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    if isinstance(value, str):
        left_out = len(value) - MOST_TEXT
        return value if left_out <= 0 else f"{value[:MOST_TEXT]}... ({left_out} more characters)"
    if depth < _MOST_DEPTH:
        if isinstance(value, Mapping):
            return {str(name)[:MOST_TEXT]: plain(part, depth + 1) for name, part in value.items()}
        if isinstance(value, Iterable) and not isinstance(value, bytes):
            return [plain(part, depth + 1) for part in value]
    return type(value).__name__


@dataclass(slots=True)
class Strand:
    """One run of the SDK inside a run of ours: who speaks in it now."""

    trace: RunTrace
    above: Span
    """What it is done for."""
    part: Part = "run"
    agent: Span | None = None
    tools: dict[str, Span] = field(default_factory=dict)
    """Tools that are at work, by call id."""

    @property
    def speaker(self) -> Span:
        """The span in which things happen now."""
        return self.above if self.agent is None else self.agent

    def point(self, kind: str, facts: Mapping[str, Json], **content: object) -> None:
        """Something happened that takes no time."""
        self.trace.point(kind, self.speaker, facts, **content)

    def agent_started(self, key: str) -> None:
        """An agent takes control, or goes on."""
        if self.agent is not None and self.agent.name == key:
            return
        self.agent_finished()
        self.agent = self.trace.begin("agent_started", self.above, key, {"agent": key, "part": self.part})

    def agent_finished(self, output: object = None) -> None:
        """Whoever has control gives it up."""
        if self.agent is not None:
            self.trace.end("agent_finished", self.agent, {"agent": self.agent.name}, output=output)
            self.agent = None

    def tool_called(self, agent: str, call: str, tool: str, arguments: str) -> None:
        """A tool begins to work for an agent."""
        facts = {"agent": agent, "tool": tool, "call_id": call}
        self.tools[call] = self.trace.begin("tool_called", self.speaker, tool, facts, arguments=arguments)

    def tool_returned(self, call: str, result: object, *, has_failed: bool = False) -> None:
        """A tool is done, or could not do it."""
        self._tool_ended(call, "failed" if has_failed else "returned", result)

    def tool_waits(self, call: str) -> None:
        """A tool has begun and cannot end before a person decides; it begins again then."""
        self._tool_ended(call, "waits", None)

    def _tool_ended(self, call: str, outcome: str, result: object) -> None:
        span = self.tools.pop(call, None)
        if span is not None:
            facts = {"tool": span.name, "call_id": call, "outcome": outcome}
            self.trace.end("tool_returned", span, facts, result=result)

    def close(self) -> None:
        """Whatever is open here ends with the strand."""
        for call in tuple(self.tools):
            self.tool_returned(call, None, has_failed=True)
        self.agent_finished()


current_strand: ContextVar[Strand | None] = ContextVar("agents_sahara_strand", default=None)
"""Where the current task is in the trace of its run; None where nothing is traced."""


@contextmanager
def workflow_strand(key: str) -> Iterator[None]:
    """A workflow works for the current task."""
    outer = current_strand.get()
    if outer is None:
        yield
        return
    facts: dict[str, Json] = {"workflow": key}
    span = outer.trace.begin("workflow_started", outer.speaker, key, facts)
    token = current_strand.set(Strand(outer.trace, span, "step"))
    try:
        yield
    finally:
        current_strand.reset(token)
        outer.trace.end("workflow_finished", span, facts)


@contextmanager
def inner_strand(part: Part, *, call: str | None = None) -> Iterator[Strand | None]:
    """A run of the SDK for the current task; it is done for the tool call `call`, if there is one."""
    outer = current_strand.get()
    if outer is None:
        yield None
        return
    above = outer.tools.get(call or "", outer.speaker)
    strand = Strand(outer.trace, above, part)
    token = current_strand.set(strand)
    try:
        yield strand
    finally:
        strand.close()
        current_strand.reset(token)
