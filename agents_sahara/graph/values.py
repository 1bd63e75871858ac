"""A checked team: agents, where their calls go, and who may hand off to whom.

Frozen and complete: every alias, default, variable and template of the file is resolved.
Knows nothing of YAML, of the SDK or of the network; `loader` makes it, `compiler` reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from agents_sahara.diagnostics.finding import Place
from agents_sahara.graph.flows import Flow, steps_of
from agents_sahara.graph.guards import Guardrail, Guards
from agents_sahara.graph.tools.agent import AskedAgent
from agents_sahara.graph.tools.servers import ALL
from agents_sahara.graph.tools.values import ToolNode, ToolUse
from agents_sahara.settings import Secret
from agents_sahara.source.nodes import Spot
from agents_sahara.trust.consent import Consent
from agents_sahara.trust.wants import Want
from agents_sahara.types import Budget, Json, JsonObject, Price

AUTO = "auto"
"""In place of a provider: those that serve the model, as the catalog says when it is first called."""

HistoryMode: TypeAlias = Literal["full", "no_tools", "summary", "last_message"]
"""What of the conversation an agent sees that takes over."""

StructuredOutput: TypeAlias = Literal["auto", "schema", "object", "prompt"]
"""How an answer that must fit a schema is asked for; `auto` goes down from `schema` as far as it must."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A provider that the file configures; without `base_url` it is a compute provider of the gateway."""

    name: str
    base_url: str | None
    """Another OpenAI-compatible endpoint. It never gets the Sahara key."""
    api_key_env: str | None
    """The environment variable whose value is this endpoint's key; None sends no credential."""
    place: Place = field(compare=False)
    """Where `base_url` stands, for messages about consent."""
    max_concurrency: int | None = None
    """Calls that may be under way at once; None is no limit."""
    history: Literal["full", "no_tools"] = "full"
    """`no_tools`: an agent without tools gets a history without tool messages."""
    strict_tools: bool = True
    """Whether tools may be sent with `strict`."""
    include_usage: bool = True
    """Whether streams may be asked for their usage."""
    structured_output: StructuredOutput = "auto"


@dataclass(frozen=True, slots=True)
class ModelTarget:
    """Which model of which provider answers an agent's calls, and with which settings."""

    provider: str
    model: str
    alias: str | None = None
    settings: Mapping[str, Json] = field(default_factory=dict)
    """Merged from defaults, alias and agent, the nearest level winning; names as in the file."""
    price: Price | None = None
    context: int | None = None
    """Tokens that the model's window holds, where the file says so."""
    model_spot: Spot | None = field(default=None, compare=False, repr=False)
    provider_spot: Spot | None = field(default=None, compare=False, repr=False)
    structured_output: StructuredOutput | None = None
    """What its alias says; None leaves it to its provider."""

    @property
    def model_place(self) -> Place | None:
        """Where the file names the model; None in a team that was not read from a file."""
        return None if self.model_spot is None else self.model_spot.place

    @property
    def provider_place(self) -> Place | None:
        """Where the file names the provider; None as above."""
        return None if self.provider_spot is None else self.provider_spot.place


@dataclass(frozen=True, slots=True)
class Fallback:
    """How hard one model call tries, over all members of its pool together; times in seconds."""

    attempts: int = 3
    deadline_s: float = 120.0
    attempt_timeout_s: float = 60.0
    """The most that one attempt at a whole answer may take."""
    first_token_s: float = 30.0
    """The most until a stream's first output."""
    idle_s: float = 30.0
    """The most between two pieces of a stream."""
    cooldown_s: float = 15.0
    """How long a member rests after it failed; doubles with each failure in a row."""


@dataclass(frozen=True, slots=True)
class HandoffEdge:
    """One agent may hand the conversation to another by calling a tool."""

    target: str
    """Key of the agent that takes over."""
    tool_name: str
    """ASCII, unique among the handoffs of its agent."""
    description: str
    """What the model reads about this tool."""
    enabled: bool = True
    input: JsonObject | None = None
    """JSON Schema of what the model hands over with; None for nothing."""
    history: HistoryMode = "full"
    """What of the conversation the target sees."""
    returns: bool = False
    """Whether control comes back with the target's answer."""


@dataclass(frozen=True, slots=True)
class AgentNode:
    """One agent with everything resolved."""

    key: str
    name: str
    description: str
    instructions: str
    target: ModelTarget
    """The preferred member of its pool."""
    handoffs: tuple[HandoffEdge, ...] = ()
    backups: tuple[ModelTarget, ...] = ()
    """Further members, in order of preference."""
    fallback: Fallback = Fallback()
    is_sticky: bool = False
    """Whether a conversation stays with the member that answered until that one fails."""
    guards: Guards = field(default_factory=Guards)
    output: JsonObject | None = None
    """The JSON Schema that its answers fit; None where they are plain text."""
    tools: tuple[ToolNode, ...] = ()
    """Beside its handoffs."""
    tool_use: ToolUse = field(default_factory=ToolUse)

    def judges(self) -> tuple[str, ...]:
        """Keys of the agents that its guardrails ask."""
        return tuple(one.judge for one in self.guardrails() if one.judge is not None)

    def guardrails(self) -> Iterator[Guardrail]:
        """Those that stand on it or on its tools."""
        for guards in (self.guards, *(tool.guards for tool in self.tools)):
            yield from (*guards.input, *guards.output)

    @property
    def tool_names(self) -> tuple[str, ...]:
        """All that its model may call, handoffs first."""
        return (
            *(edge.tool_name for edge in self.handoffs if edge.enabled),
            *(tool.name for tool in self.tools),
        )

    @property
    def has_unknown_tools(self) -> bool:
        """Whether some of them are known only when their server is there."""
        return any(tool.name.endswith(ALL) for tool in self.tools)

    def asked(self) -> Iterator[tuple[ToolNode, str]]:
        """Its tools that are agents, each with that agent's key."""
        for tool in self.tools:
            if isinstance(tool.does, AskedAgent):
                yield tool, tool.does.agent


@dataclass(frozen=True, slots=True)
class SessionStore:
    """Where the conversations of a team are kept; without a word in the file, in a file of the user's own."""

    kind: Literal["sqlite", "memory", "postgresql", "redis"] = "sqlite"
    file: str | None = None
    """The file of SQLite, as the team file or the environment says; None is one in the user's state folder."""
    url: Secret | None = None
    """The address of a server; it may hold a password."""
    is_operators_path: bool = False
    """Whether the environment gave the file's path, which then may lie anywhere."""
    keep_turns: int | None = None
    """How many turns of a conversation are kept, the latest ones; None keeps all."""
    want: Want | None = field(default=None, compare=False, repr=False)
    """The host of a server that is not this machine, for the operator to allow."""


@dataclass(frozen=True, slots=True)
class Tracing:
    """Where the traces of runs go, and how much they tell."""

    file: str | None = None
    """A folder below the team file's, with a slash at its end, or a file there; None writes none."""
    otel: bool = False
    """Whether OpenTelemetry is told."""
    content: bool = False
    """Whether they hold what people, models and tools say."""


@dataclass(frozen=True, slots=True)
class AgentGraph:
    """A whole team, ready to be compiled."""

    name: str
    description: str
    entry: str
    """Key of the agent or the workflow that gets the message."""
    agents: Mapping[str, AgentNode]
    """By key, in the order of the file."""
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    """By provider name: only those that the file configures."""
    folder: Path | None = None
    """Where the file lies; None for a team given as text."""
    budget: Budget = field(default_factory=Budget)
    """What each of its runs may spend."""
    session: SessionStore = field(default_factory=SessionStore)
    """Where its conversations are kept."""
    tracing: Tracing = Tracing()
    workflows: Mapping[str, Flow] = field(default_factory=dict)
    """Fixed orders of agents by key; none has the key of an agent."""
    variables: tuple[str, ...] = ()
    """Names of the environment's variables that the file reads, those that hold keys too."""
    consent: Consent = field(default_factory=Consent)
    """What the operator allowed when the team was loaded; nothing, where nobody was asked."""

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Every (provider, model) that the team names, once each, in the order of the file."""
        pairs = ((member.provider, member.model) for member in self._members())
        return tuple(pair for pair in dict.fromkeys(pairs) if pair[0] != AUTO)

    def open_models(self) -> tuple[str, ...]:
        """Every model id that leaves its provider to the catalog."""
        return tuple(dict.fromkeys(one.model for one in self._members() if one.provider == AUTO))

    def _members(self) -> Iterator[ModelTarget]:
        return (member for node in self.agents.values() for member in (node.target, *node.backups))

    def wants(self) -> Iterator[Want]:
        """What the team asks of its operator."""
        for name in self.endpoints:
            yield from self.endpoint_wants(name)
        if self.session.want is not None:
            yield self.session.want
        tools = {id(tool): tool for node in self.agents.values() for tool in node.tools}
        yield from dict.fromkeys(want for tool in tools.values() for want in tool.wants())
        for guardrail in self.guardrails():
            yield from guardrail.wants()

    def endpoint_wants(self, provider: str) -> Iterator[Want]:
        """What it asks of its operator for one provider: nothing where that is one of the gateway's."""
        endpoint = self.endpoints.get(provider)
        host = None if endpoint is None or endpoint.base_url is None else urlsplit(endpoint.base_url).hostname
        if endpoint is not None and host is not None:
            yield Want("endpoint", host, f"the provider {provider!r}", endpoint.place)

    def guardrails(self) -> Iterator[Guardrail]:
        """Every guardrail that stands somewhere, once each."""
        found = (one for node in self.agents.values() for one in node.guardrails())
        yield from {one.name: one for one in found}.values()

    def reached(self, start: str) -> Iterator[str]:
        """Keys of the agents that a run which begins at `start` can come to, by whatever way."""
        found, waiting = {start}, [start, *filter(None, [self.budget.handoff_to])]
        while waiting:
            node = self.agents.get(key := waiting.pop())
            if node is None:
                waiting += set(steps_of(self.workflows[key])) - found if key in self.workflows else ()
                continue
            yield key
            handed = (edge.target for edge in node.handoffs if edge.enabled)
            for target in (*handed, *(asked for _, asked in node.asked()), *node.judges()):
                if target not in found:
                    found.add(target)
                    waiting.append(target)

    def edges(self) -> Iterator[tuple[AgentNode, HandoffEdge]]:
        """Every handoff with the agent that it starts from."""
        for node in self.agents.values():
            for edge in node.handoffs:
                yield node, edge
