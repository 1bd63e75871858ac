"""Teams that the tests of several rooms share, made by hand so that they need no loader."""

from __future__ import annotations

from agents_sahara.graph.values import AgentGraph, AgentNode, Endpoint, HandoffEdge, ModelTarget
from agents_sahara.types import Json, Price

GPT = ModelTarget("openai", "gpt-4o", price=None)
DEEPSEEK = ModelTarget("together", "deepseek-ai/DeepSeek-V3")


def edge(target: str, description: str = "", *, enabled: bool = True) -> HandoffEdge:
    """A handoff to `target` under its default name."""
    return HandoffEdge(target, f"transfer_to_{target}", description or f"Hand off to {target}", enabled)


def node(key: str, *handoffs: HandoffEdge, target: ModelTarget = GPT, instructions: str = "") -> AgentNode:
    """An agent called like its key."""
    return AgentNode(key, key, f"Knows {key}", instructions or f"You are the {key} desk.", target, handoffs)


def graph(*nodes: AgentNode, endpoints: dict[str, Endpoint] | None = None) -> AgentGraph:
    """A team whose entry is its first agent."""
    return AgentGraph("team", "", nodes[0].key, {made.key: made for made in nodes}, endpoints or {})


def solo(*, price: Price | None = None, settings: dict[str, Json] | None = None) -> AgentGraph:
    """One agent on gpt-4o."""
    return graph(node("solo", target=ModelTarget("openai", "gpt-4o", None, settings or {}, price)))


def triage() -> AgentGraph:
    """The API documentation's multi-agent example."""
    return graph(
        AgentNode(
            "triage",
            "Triage agent",
            "",
            "Handoff to the appropriate agent based on the language of the request.",
            GPT,
            (
                edge("spanish", "Hand off to Spanish agent. Speaks Spanish"),
                edge("english", "Hand off to English agent. Speaks English"),
            ),
        ),
        AgentNode(
            "spanish",
            "Spanish agent",
            "Speaks Spanish",
            "You only speak Spanish. Your name is James",
            DEEPSEEK,
        ),
        AgentNode(
            "english",
            "English agent",
            "Speaks English",
            "You only speak English. Your name is Jesse",
            DEEPSEEK,
        ),
    )
