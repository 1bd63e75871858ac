"""What reading a team file gives: one frozen value a part, each with the node it was read from.

A field is None where its key is missing, and also where its value was refused; `says` tells the two apart.
Parts compare by identity, as the nodes in them do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from agents_sahara.diagnostics.finding import Place
from agents_sahara.spec.parts import Part
from agents_sahara.spec.tools.values import HttpSpec, SchemaSpec
from agents_sahara.types import Json


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VarSpec(Part):
    """A variable of `vars`, before `${...}` is filled in."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProviderSpec(Part):
    """An entry of `providers`, before `${...}` is filled in."""

    base_url: str | None = None
    api_key_env: str | None = None
    max_concurrency: int | None = None
    history: str | None = None
    strict_tools: bool | None = None
    include_usage: bool | None = None
    structured_output: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PriceSpec(Part):
    """USD per million tokens, who says so, and when."""

    input: Decimal | None = None
    output: Decimal | None = None
    source: str | None = None
    date: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SettingsSpec(Part):
    """Settings of model calls, by name."""

    values: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MemberSpec(Part):
    """One (provider, model) pair of a pool."""

    provider: str | None = None
    model: str | None = None
    settings: SettingsSpec | None = None
    price: PriceSpec | None = None
    context: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FallbackSpec(Part):
    """How hard one model call tries; times in seconds."""

    attempts: int | None = None
    deadline: float | None = None
    attempt_timeout: float | None = None
    first_token: float | None = None
    idle: float | None = None
    cooldown: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AliasSpec(Part):
    """An entry of `models`: one pair, or a pool of them."""

    provider: str | None = None
    model: str | None = None
    pool: tuple[MemberSpec, ...] | None = None
    settings: SettingsSpec | None = None
    price: PriceSpec | None = None
    fallback: FallbackSpec | None = None
    sticky: str | None = None
    structured_output: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BackupSpec(Part):
    """One item of a `fallback` list."""

    alias: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelSpec(Part):
    """A `model:` key: a name that is an alias or an id, or a mapping that says which."""

    name: str | None = None
    """The short form."""
    use: str | None = None
    id: str | None = None
    provider: str | None = None
    settings: SettingsSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DefaultsSpec(Part):
    """What holds for each agent that does not say otherwise."""

    model: ModelSpec | None = None
    provider: str | None = None
    settings: SettingsSpec | None = None
    fallback: tuple[BackupSpec, ...] | None = None
    guardrails: GuardsSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InstructionsSpec(Part):
    """The instructions themselves, or the file that has them."""

    text: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OutputSpec(Part):
    """What an agent's answers must be."""

    schema: SchemaSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HandoffSpec(Part):
    """One handoff, short or in full."""

    agent: str | None = None
    when: str | None = None
    tool_name: str | None = None
    description: str | None = None
    enabled: bool | None = None
    input: SchemaSpec | None = None
    history: str | None = None
    returns: bool | None = None

    @property
    def target_place(self) -> Place:
        """Where the target's key stands."""
        return self.place_of("agent")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GuardrailSpec(Part):
    """An entry of `guardrails`: what a text must not be, or must be."""

    deny_pattern: str | None = None
    allow_pattern: str | None = None
    max_chars: int | None = None
    agent: str | None = None
    python: str | None = None
    when: str | None = None
    reply: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GuardSpec(Part):
    """The name of a guardrail, where it is to hold."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GuardsSpec(Part):
    """Which guardrails hold before, and which behind."""

    input: tuple[GuardSpec, ...] | None = None
    output: tuple[GuardSpec, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ToolSpec(Part):
    """An entry of `tools`, or an agent in an agent's list; exactly one of the kinds is there in a good one."""

    python: str | None = None
    http: HttpSpec | None = None
    openapi: str | None = None
    operations: tuple[str, ...] | None = None
    server: str | None = None
    credentials: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
    mcp: Part | None = None
    required: bool | None = None
    agent: str | None = None
    tool_name: str | None = None
    description: str | None = None
    timeout: float | None = None
    max_chars: int | None = None
    approval: ApprovalSpec | None = None
    guardrails: GuardsSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ToolRefSpec(Part):
    """An entry of `tools`, named in an agent's list."""

    tool: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ToolUseSpec(Part):
    """What follows a tool's answer: a word, or the tools whose answers end the turn."""

    word: str | None = None
    stop_at: tuple[ToolRefSpec, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExemptSpec(Part):
    """The name of a tool that needs no approval."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ApprovalSpec(Part):
    """`approval` of a tool: a word, or what it depends on."""

    word: str | None = None
    when: str | None = None
    ask: str | None = None
    exempt: tuple[ExemptSpec, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AgentSpec(Part):
    """An entry of `agents`."""

    name: str | None = None
    description: str | None = None
    instructions: InstructionsSpec | None = None
    model: ModelSpec | None = None
    provider: str | None = None
    settings: SettingsSpec | None = None
    fallback: tuple[BackupSpec, ...] | None = None
    handoffs: tuple[HandoffSpec, ...] | None = None
    guardrails: GuardsSpec | None = None
    output: OutputSpec | None = None
    tools: tuple[ToolRefSpec | ToolSpec, ...] | None = None
    tool_use: ToolUseSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OnExceedSpec(Part):
    """What happens at a limit: a word, or the agent that answers last."""

    word: str | None = None
    handoff: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BudgetSpec(Part):
    """What one run may spend; time in seconds."""

    turns: int | None = None
    model_calls: int | None = None
    tool_calls: int | None = None
    tokens: int | None = None
    cost_usd: Decimal | None = None
    time: float | None = None
    handoffs_per_edge: int | None = None
    on_exceed: OnExceedSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SessionSpec(Part):
    """Where conversations are kept, before `${...}` is filled in, and how many turns of each."""

    store: str | None = None
    keep_turns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TracingSpec(Part):
    """Where traces go, and how much they tell."""

    file: str | None = None
    otel: bool | None = None
    content: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StepSpec(Part):
    """The key of an agent or a workflow, where it is to work."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlowSpec(Part):
    """Steps in an order: an entry of `workflows`, or a step with steps of its own."""

    sequence: tuple[StepSpec | FlowSpec, ...] | None = None
    parallel: tuple[StepSpec | FlowSpec, ...] | None = None
    loop: LoopSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LoopSpec(Part):
    """A step that is taken again."""

    agent: str | None = None
    sequence: tuple[StepSpec | FlowSpec, ...] | None = None
    parallel: tuple[StepSpec | FlowSpec, ...] | None = None
    until: str | None = None
    max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TeamSpec(Part):
    """A whole file, its layers merged."""

    version: int | None = None
    name: str | None = None
    description: str | None = None
    entry: str | None = None
    include: tuple[str, ...] | None = None
    vars: Mapping[str, VarSpec] | None = None
    providers: Mapping[str, ProviderSpec] | None = None
    models: Mapping[str, AliasSpec] | None = None
    defaults: DefaultsSpec | None = None
    profiles: Mapping[str, TeamSpec] | None = None
    agents: Mapping[str, AgentSpec] | None = None
    guardrails: Mapping[str, GuardrailSpec] | None = None
    tools: Mapping[str, ToolSpec] | None = None
    budget: BudgetSpec | None = None
    session: SessionSpec | None = None
    tracing: TracingSpec | None = None
    workflows: Mapping[str, FlowSpec] | None = None
