"""An agent that asks another one and answers itself: the handoff returns, with what it was asked for."""

from __future__ import annotations

import asyncio

from agents_sahara import load_team
from agents_sahara.events import HandedOff, RunFinished

TEAM = """\
version: 1
entry: front
agents:
  front:
    instructions: Answer the customer. Ask the orders desk what you do not know.
    model: gpt-4o
    provider: openai
    handoffs:
      - agent: orders
        when: delivery or order status
        return: true
        history: last_message
        input:
          type: object
          required: [order]
          properties: {order: {type: integer, description: Number of the order.}}
  orders:
    description: Knows orders and delivery
    instructions: Say in one sentence what became of the order.
    model: deepseek-ai/DeepSeek-V3
    provider: together
"""


async def main() -> None:
    """Ask once; show each move, and what was handed over and given back."""
    async with load_team(TEAM) as team:
        async for event in team.stream("What is the delivery status of order 77?"):
            if isinstance(event, HandedOff) and event.answer is None:
                print(f"{event.from_agent} asks {event.to_agent} about {event.input}")
            elif isinstance(event, HandedOff):
                print(f"{event.from_agent} says: {event.answer}")
            elif isinstance(event, RunFinished):
                print(" -> ".join(event.result.path))
                print(event.result.output)


if __name__ == "__main__":
    asyncio.run(main())
