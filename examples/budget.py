"""A budget: at its limit the agent in control gives its best answer so far, and the result says so."""

from __future__ import annotations

import asyncio
from pathlib import Path

from agents_sahara import load_team

TRIAGE = Path(__file__).parent.parent / "configs" / "language_triage.yaml"
BUDGET = "budget: {turns: 1, tokens: 60000, time: 90s, on_exceed: wrap_up}\n"
"""One turn is enough to hand off and too little to answer."""


async def main() -> None:
    """Ask once; the second agent is over the budget when it gets control."""
    async with load_team(BUDGET + TRIAGE.read_text("utf-8")) as team:
        result = await team.run("Hola, ¿Cómo te llamas?")
    print(result.output)
    assert result.budget is not None
    print(f"a last answer, by {result.budget.agent!r}: {result.budget}")


if __name__ == "__main__":
    asyncio.run(main())
