"""From a checked graph to agents of the OpenAI Agents SDK: the only place that knows both wings.

Every agent carries an explicit model and every handoff an explicit tool name: the SDK's defaults would pick a
model of OpenAI's, and fold different names into one tool (openai-agents 0.24, checked 2026-11-22).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents import Agent, Handoff, ModelSettings, OpenAIChatCompletionsModel, handoff
from openai.types.shared import Reasoning

from agents_sahara.clients.pool import ClientPool, OwnEndpoint
from agents_sahara.graph.values import AgentGraph, AgentNode, HandoffEdge
from agents_sahara.retry import Clock, RetryPolicy
from agents_sahara.routing.calls import Caller
from agents_sahara.routing.client import guarded_client
from agents_sahara.routing.tries import Route
from agents_sahara.settings import Settings

_BODY_ONLY = ("seed", "stop")
"""Settings that the chat request has and `ModelSettings` has no field for."""

_OF_TOOLS = ("tool_choice", "parallel_tool_calls")


def open_pool(graph: AgentGraph, settings: Settings) -> ClientPool:
    """The clients that the graph's providers need; nothing is opened yet."""
    own = {
        name: OwnEndpoint(endpoint.base_url, endpoint.api_key_env)
        for name, endpoint in graph.endpoints.items()
        if endpoint.base_url is not None
    }
    return ClientPool(settings, own)


def compile_agents(
    graph: AgentGraph, pool: ClientPool, base_url: str, *, policy: RetryPolicy, clock: Clock
) -> dict[str, Agent[Any]]:
    """SDK agents by key, in the graph's order; cycles of handoffs are closed at the end."""
    agents: dict[str, Agent[Any]] = {}
    for key, node in graph.agents.items():
        route = Route(key, node.target.provider, node.target.model, node.target.price)
        caller = Caller(route, pool, policy, clock)
        agents[key] = Agent(
            name=node.name,
            handoff_description=node.description or None,
            instructions=node.instructions,
            model=OpenAIChatCompletionsModel(node.target.model, guarded_client(caller, base_url)),
            model_settings=model_settings(node),
        )
    for key, node in graph.agents.items():
        agents[key].handoffs = _handoffs(node, agents)
    return agents


def _handoffs(node: AgentNode, agents: Mapping[str, Agent[Any]]) -> list[Agent[Any] | Handoff[Any, Any]]:
    return [_handoff(edge, agents[edge.target]) for edge in node.handoffs]


def _handoff(edge: HandoffEdge, target: Agent[Any]) -> Handoff[Any, Agent[Any]]:
    return handoff(
        target,
        tool_name_override=edge.tool_name,
        tool_description_override=edge.description,
        is_enabled=edge.enabled,
    )


def model_settings(node: AgentNode) -> ModelSettings:
    """The SDK's settings for an agent's; usage is always asked for, also of streams.

    What chooses among tools is left out where there are none: chat completions refuse it there, and a default of
    the whole team must not break its specialists.
    """
    has_tools = any(edge.enabled for edge in node.handoffs)
    settings = {
        name: value for name, value in node.target.settings.items() if has_tools or name not in _OF_TOOLS
    }
    fields: dict[str, Any] = {name: value for name, value in settings.items() if name not in _BODY_ONLY}
    body_only = {name: settings[name] for name in _BODY_ONLY if name in settings}
    if "reasoning" in fields:
        fields["reasoning"] = Reasoning(**fields["reasoning"])
    return ModelSettings(include_usage=True, extra_args=body_only or None, **fields)
