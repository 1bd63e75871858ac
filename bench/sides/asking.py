"""One model call of an agent of the SDK, for sides that have such agents."""

from __future__ import annotations

from typing import Any

from agents import Agent, ItemHelpers, Model, ModelTracing


async def asked(agent: Agent[Any], message: str) -> str:
    """One call of an agent's model, as the SDK's Runner makes it, without tools and tracing."""
    assert isinstance(agent.model, Model)
    response = await agent.model.get_response(
        str(agent.instructions),
        message,
        agent.model_settings,
        tools=[],
        output_schema=None,
        handoffs=[],
        tracing=ModelTracing.DISABLED,
        previous_response_id=None,
        conversation_id=None,
        prompt=None,
    )
    return "".join(ItemHelpers.extract_text(item) or "" for item in response.output)
