"""A team as JSON, for programs: the shape is a versioned promise (`schemas/graph.schema.json`)."""

from __future__ import annotations

from collections.abc import Mapping

from agents_sahara.cli.drawing.distance import distances
from agents_sahara.cli.machine import json_text
from agents_sahara.graph.flows import Flow, flow_json, steps_of
from agents_sahara.graph.guards import Guards
from agents_sahara.graph.tools.values import ToolNode, ToolUse
from agents_sahara.graph.values import AgentGraph, AgentNode, HandoffEdge
from agents_sahara.types import Json, UsedPrice

VERSION = 1


def draw_json(graph: AgentGraph) -> str:
    """The whole team as one object; every name exactly as in the file."""
    reached = distances(graph)
    return json_text(
        {
            "version": VERSION,
            "name": graph.name,
            "description": graph.description,
            "entry": graph.entry,
            "budget": graph.budget.to_json(),
            "agents": [_agent(node, is_reachable=node.key in reached) for node in graph.agents.values()],
            "edges": [*_handoffs(graph), *_questions(graph), *_steps(graph)],
            "workflows": [{"key": key, **_flow(flow)} for key, flow in graph.workflows.items()],
            "tools": _tools(graph),
            "prices": [used.to_json() for used in _prices(graph)],
        }
    )


def _agent(node: AgentNode, *, is_reachable: bool) -> Json:
    return {
        "key": node.key,
        "name": node.name,
        "description": node.description,
        "provider": node.target.provider,
        "model": node.target.model,
        "alias": node.target.alias,
        "backups": [{"provider": member.provider, "model": member.model} for member in node.backups],
        "tools": [tool.name for tool in node.tools],
        "tool_use": _tool_use(node.tool_use),
        "guardrails": _guards(node.guards),
        "output": node.output,
        "reachable": is_reachable,
    }


def _prices(graph: AgentGraph) -> list[UsedPrice]:
    """What the file says of prices: what an extra knows is looked up only when a model is called."""
    members = (member for node in graph.agents.values() for member in (node.target, *node.backups))
    said = (UsedPrice(one.provider, one.model, one.price) for one in members if one.price is not None)
    return list(dict.fromkeys(said))


def _tools(graph: AgentGraph) -> list[Json]:
    found: dict[int, tuple[ToolNode, list[Json]]] = {}
    for node in graph.agents.values():
        for tool in node.tools:
            found.setdefault(id(tool), (tool, []))[1].append(node.key)
    return [
        {
            "key": tool.key,
            "name": tool.name,
            "kind": tool.does.kind,
            "description": tool.description,
            "agents": keys,
            "approval": None if tool.approval is None else tool.approval.to_json(),
            "guardrails": _guards(tool.guards),
            **tool.does.to_json(),
        }
        for tool, keys in found.values()
    ]


def _guards(guards: Guards) -> Json:
    return {
        "input": [guard.name for guard in guards.input],
        "output": [guard.name for guard in guards.output],
    }


def _tool_use(use: ToolUse) -> Json:
    return {"stop_at": list(use.names)} if use.kind == "stop_at" else use.kind


def _handoffs(graph: AgentGraph) -> list[Json]:
    return [_edge(node, edge) for node, edge in graph.edges()]


def _questions(graph: AgentGraph) -> list[Json]:
    return [
        {
            "from": node.key,
            "to": asked,
            "kind": "tool",
            "tool_name": tool.name,
            "description": tool.description,
            "enabled": True,
        }
        for node in graph.agents.values()
        for tool, asked in node.asked()
    ]


def _steps(graph: AgentGraph) -> list[Json]:
    return [
        {"from": key, "to": step, "kind": "step", "tool_name": None, "description": "", "enabled": True}
        for key, flow in graph.workflows.items()
        for step in dict.fromkeys(steps_of(flow))
    ]


def _flow(flow: Flow) -> dict[str, Json]:
    said = flow_json(flow)
    return dict(said) if isinstance(said, Mapping) else {}


def _edge(node: AgentNode, edge: HandoffEdge) -> Json:
    return {
        "from": node.key,
        "to": edge.target,
        "kind": "handoff",
        "tool_name": edge.tool_name,
        "description": edge.description,
        "enabled": edge.enabled,
        "input": edge.input,
        "history": edge.history,
        "return": edge.returns,
    }
