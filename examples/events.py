"""Watch a run as it happens: who speaks, what they say piece by piece, and what it took."""

from __future__ import annotations

import asyncio
from pathlib import Path

from agents_sahara import load_team
from agents_sahara.events import AgentStarted, HandedOff, RunFinished, TextDelta

TEAM = Path(__file__).parent.parent / "configs" / "language_triage.yaml"


async def main() -> None:
    text, handoffs, outputs = "", [], []
    async with load_team(TEAM) as team:
        async for event in team.stream("Hello, what is your name?"):
            match event:
                case AgentStarted():
                    print(f"[{event.agent}]")
                case HandedOff():
                    handoffs.append((event.from_agent, event.to_agent))
                case TextDelta():
                    print(event.text, end="", flush=True)
                    text += event.text
                case RunFinished():
                    print(f"\n{event.result.usage.total_tokens} tokens")
                    outputs.append(event.result.output)
                case _:  # the start, tool calls, failed attempts
                    print(event.to_json())

    assert handoffs == [("triage", "english")]
    assert "Jesse" in text
    assert outputs == [text]


if __name__ == "__main__":
    asyncio.run(main())
