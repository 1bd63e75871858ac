"""From a checked graph to agents of the OpenAI Agents SDK: the only place that knows both wings.

Every agent carries an explicit model and every handoff an explicit tool name: the SDK's defaults would pick a
model of OpenAI's, and fold different names into one tool (openai-agents 0.24, checked 2026-11-22).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any, Protocol

from agents import (
    Agent,
    AgentOutputSchemaBase,
    Handoff,
    ModelBehaviorError,
    ModelSettings,
)
from openai.types.shared import Reasoning

from agents_sahara.clients.early import EarlyRequest
from agents_sahara.clients.pool import ClientPool, OwnEndpoint
from agents_sahara.compiler.handoffs import Targets, handoff, way_back
from agents_sahara.graph.handoffs import default_tool_name
from agents_sahara.graph.requests import request_fields, usable
from agents_sahara.graph.tools.values import ToolUse
from agents_sahara.graph.values import AUTO, AgentGraph, AgentNode, Endpoint, HandoffEdge, ModelTarget
from agents_sahara.guardrails.verdicts import Court
from agents_sahara.guardrails.watch import Watch
from agents_sahara.pricing import price_of
from agents_sahara.retry import Clock, RetryPolicy
from agents_sahara.routing.calls import Caller
from agents_sahara.routing.client import Answering
from agents_sahara.routing.fitting import Fitting, MisfitJsonError
from agents_sahara.routing.handing import Handing
from agents_sahara.routing.health import Pair
from agents_sahara.routing.ladder import OutputShape, can_be_strict
from agents_sahara.routing.pool import Member, Pool
from agents_sahara.routing.roster import Roster
from agents_sahara.routing.sdk_model import SaharaModel
from agents_sahara.routing.traits import Traits
from agents_sahara.routing.tries import RoutingState
from agents_sahara.settings import Settings
from agents_sahara.tools.toolbox import Toolbox
from agents_sahara.tools.using import tool_use_behavior
from agents_sahara.usage.ledger import is_budget_reached

_BODY_ONLY = ("seed", "stop")
"""Settings that the chat request has and `ModelSettings` has no field for."""

_WAY_OUT = "Hand the conversation over for its last answer."
"""Never read by a model: the tool is offered only where no model is asked."""


def open_roster(graph: AgentGraph, settings: Settings, clock: Clock) -> Roster:
    """Whoever asks the catalog for the team; nothing is asked yet."""
    own = [name for name, endpoint in graph.endpoints.items() if endpoint.base_url is not None]
    return Roster.of_gateway(settings, own=own, now=clock.now)


def open_pool(graph: AgentGraph, settings: Settings, early: EarlyRequest | None = None) -> ClientPool:
    """The clients that the graph's providers need; nothing is opened yet, but for an `early` request."""
    own = {
        name: OwnEndpoint(endpoint.base_url, endpoint.api_key_env)
        for name, endpoint in graph.endpoints.items()
        if endpoint.base_url is not None
    }
    places = {
        name: endpoint.max_concurrency
        for name, endpoint in graph.endpoints.items()
        if endpoint.max_concurrency is not None
    }
    return ClientPool(settings, own, places, early)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What all agents of a team share."""

    clients: ClientPool
    base_url: str
    state: RoutingState
    policy: RetryPolicy | None = None
    """For every agent, in place of what the file says."""
    roster: Roster | None = None
    """Who finds the providers of models that name none."""
    toolbox: Toolbox | None = None
    """Where the agents' tools come from; None for a team without any."""
    court: Court = field(default_factory=Court)
    """Whom guardrails ask."""


class OutputSchema(AgentOutputSchemaBase):
    """What the SDK knows of an agent whose answers fit a schema of the team file."""

    def __init__(self, shape: OutputShape) -> None:
        self.shape = shape

    def is_plain_text(self) -> bool:
        """Never."""
        return False

    def name(self) -> str:
        """What the SDK's messages call it."""
        return "output"

    def json_schema(self) -> dict[str, Any]:
        """As the file has it."""
        return dict(self.shape.fitting.schema)

    def is_strict_json_schema(self) -> bool:
        """Whether a provider may enforce it without changing what it means."""
        return self.shape.is_strict

    def validate_json(self, json_str: str) -> Any:
        """The value of an answer.

        Raises:
            ModelBehaviorError: it does not fit; within our calls, that was found before.
        """
        try:
            return self.shape.fitting.read(json_str)[1]
        except MisfitJsonError as reason:
            problem = f"the answer does not fit the agent's output schema: {reason}"
        raise ModelBehaviorError(problem)


class Company(Targets, Protocol):
    """How an agent finds the others that it has to do with."""

    @property
    def handing(self) -> Handing | None:
        """What the team's handoffs have beyond the SDK's; None where that is nothing."""
        ...


def compile_agent(node: AgentNode, graph: AgentGraph, wiring: Wiring, company: Company) -> Agent[Any]:
    """The SDK's agent of one node; the others are not made before they are called."""
    way_out = _way_out(node, graph)
    made = _agent(node, graph, wiring, way_out, company)
    if wiring.toolbox is not None:
        made.tools = wiring.toolbox.tools_of(node)
        made.mcp_servers = wiring.toolbox.servers_of(node)
        made.tool_use_behavior = tool_use_behavior(_use_by_sdk(node, company.handing))
    made.handoffs = _handoffs(node, graph, company, way_out)
    return made


def _use_by_sdk(node: AgentNode, handing: Handing | None) -> ToolUse:
    """What the SDK does after a tool; where control may have to go back, whoever answers the calls ends the turn."""
    return ToolUse() if handing is not None and node.key in handing.inside else node.tool_use


def _last_tool(node: AgentNode, handing: Handing | None) -> Callable[[str], bool] | None:
    use = node.tool_use
    if use.kind == "run_again" or _use_by_sdk(node, handing) is use:
        return None
    names = {tool.name for tool in node.tools} if use.kind == "stop_on_first" else set(use.names)
    return names.__contains__


def _way_out(node: AgentNode, graph: AgentGraph) -> HandoffEdge | None:
    """The handoff by which the budget, where it is used up, moves control to the agent that answers last.

    None where the file has it already, or the agent is that one.
    """
    target = graph.budget.handoff_to
    enabled = [edge for edge in node.handoffs if edge.enabled]
    if target is None or target == node.key or any(_is_way_out(edge, target) for edge in enabled):
        return None
    taken = {edge.tool_name for edge in enabled}
    usual = default_tool_name(target) or "transfer_at_limit"
    names = (usual, *(f"transfer_at_limit_{number}" for number in range(1, len(taken) + 2)))
    return HandoffEdge(target, next(name for name in names if name not in taken), _WAY_OUT)


def _is_way_out(edge: HandoffEdge, target: str) -> bool:
    """Whether it leads there for good, and without a word of the model."""
    return edge.target == target and edge.input is None and not edge.returns


def _agent(
    node: AgentNode, graph: AgentGraph, wiring: Wiring, way_out: HandoffEdge | None, company: Company
) -> Agent[Any]:
    policy = wiring.policy or RetryPolicy(**asdict(node.fallback))
    pool = _pool(node, graph, way_out, company.handing)
    caller: Answering = Caller(pool, wiring.clients, policy, wiring.state, wiring.roster)
    if node.guards.input or node.guards.output:
        caller = Watch(node.key, node.guards, caller, wiring.court)
    return Agent(
        name=node.name,
        handoff_description=node.description or None,
        instructions=node.instructions,
        model=SaharaModel(node.target.model, caller, wiring.base_url),
        model_settings=model_settings(node),
        output_type=None if pool.output is None else OutputSchema(pool.output),
    )


def _pool(node: AgentNode, graph: AgentGraph, way_out: HandoffEdge | None, handing: Handing | None) -> Pool:
    members = tuple(_member(node, target, graph) for target in (node.target, *node.backups))
    edges = [edge for edge in (way_out, *node.handoffs) if edge is not None and edge.enabled]
    return Pool(
        node.key,
        members,
        node.is_sticky,
        {edge.tool_name: edge.target for edge in edges},
        {
            edge.tool_name: (edge.target, graph.agents[edge.target].name)
            for edge in node.handoffs
            if edge.enabled
        },
        {
            Pair(target.provider, target.model): partial(_member_at, node, target, graph)
            for target in (node.target, *node.backups)
            if target.provider == AUTO
        },
        None if node.output is None else OutputShape(Fitting(node.output), can_be_strict(node.output)),
        handing,
        _last_tool(node, handing),
    )


def _member_at(node: AgentNode, target: ModelTarget, graph: AgentGraph, provider: str) -> Member:
    """`target` at the provider that the catalog names."""
    return _member(node, replace(target, provider=provider), graph)


def _member(node: AgentNode, target: ModelTarget, graph: AgentGraph) -> Member:
    endpoint = graph.endpoints.get(target.provider)
    is_listed = endpoint is None or endpoint.base_url is None
    return Member(
        Pair(target.provider, target.model),
        price_of(target.provider, target.model, target.price, is_listed=is_listed),
        target.context,
        request_fields(usable(node, target.settings)),
        Traits() if endpoint is None else _traits(endpoint),
        target.structured_output or ("auto" if endpoint is None else endpoint.structured_output),
    )


def _traits(endpoint: Endpoint) -> Traits:
    return Traits(endpoint.history, endpoint.strict_tools, endpoint.include_usage)


def _handoffs(
    node: AgentNode, graph: AgentGraph, company: Company, way_out: HandoffEdge | None
) -> list[Agent[Any] | Handoff[Any, Any]]:
    handing = company.handing
    handoffs: list[Agent[Any] | Handoff[Any, Any]] = []
    for edge in node.handoffs:
        made = handoff(node, edge, graph, company, handing)
        made.is_enabled = edge.enabled
        handoffs.append(made)
    if way_out is not None:
        made = handoff(node, way_out, graph, company, handing)
        made.is_enabled = lambda *_: is_budget_reached(node.key)
        handoffs.append(made)
    if handing is not None and node.key in handing.inside:
        handoffs.append(way_back(graph, company, handing))
    return handoffs


def model_settings(node: AgentNode) -> ModelSettings:
    """The SDK's settings for an agent's; usage is always asked for, also of streams."""
    settings = usable(node, node.target.settings)
    fields: dict[str, Any] = {name: value for name, value in settings.items() if name not in _BODY_ONLY}
    body_only = {name: settings[name] for name in _BODY_ONLY if name in settings}
    if "reasoning" in fields:
        fields["reasoning"] = Reasoning(**fields["reasoning"])
    return ModelSettings(include_usage=True, extra_args=body_only or None, **fields)
