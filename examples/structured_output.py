"""An answer that a program can use: JSON that fits a schema, validated, as a value."""

from __future__ import annotations

import asyncio

from agents_sahara import load_team

TEAM = """\
version: 1
agents:
  orders:
    instructions: Say what became of the order that the customer asks about.
    model: gpt-4o
    provider: openai
    output:
      schema:
        type: object
        required: [status, days]
        properties:
          status: {enum: [shipped, lost]}
          days: {type: integer, minimum: 1, description: Days since it was sent.}
"""


async def main() -> None:
    """Ask once and use the answer without reading any text."""
    async with load_team(TEAM) as team:
        result = await team.run("Where is order 77?")
    assert result.output["status"] in ("shipped", "lost")
    print(f"order 77 is {result.output['status']} since {result.output['days']} day")


if __name__ == "__main__":
    asyncio.run(main())
