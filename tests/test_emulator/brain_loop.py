"""The handoff protocol of the Agents SDK, in small: agents, their handoff tools, and the loop over `decide`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from agents_sahara.emulator.brain.decision import decide
from agents_sahara.emulator.brain.reply import Reply
from agents_sahara.types import Json

MOST_TURNS = 20


@dataclass(frozen=True, slots=True)
class Desk:
    """One agent of a team."""

    name: str
    instructions: str = "You are helpful."
    about: str = ""
    handoffs: tuple[str, ...] = ()
    tools: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one message."""

    path: tuple[str, ...]
    reply: Reply
    messages: list[Json] = field(default_factory=list)

    @property
    def text(self) -> str:
        return self.reply.text or ""


def handoff_tool(key: str, desk: Desk, *, by_sdk: bool = False, name: str | None = None) -> Json:
    """The tool of a handoff, described as this package does, or as the SDK does by itself."""
    if by_sdk:
        description = f"Handoff to the {desk.name} agent to handle the request. {desk.about}"
    else:
        description = f"Hand the conversation over to {desk.name}." + (
            f" {desk.about}." if desk.about else ""
        )
    parameters: Json = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    return {
        "type": "function",
        "function": {
            "name": name or f"transfer_to_{key}",
            "description": description,
            "parameters": parameters,
            "strict": True,
        },
    }


def body_for(
    team: Mapping[str, Desk], key: str, messages: list[Json], *, by_sdk: bool = False
) -> dict[str, Json]:
    """The request that the SDK makes for the agent `key`."""
    desk = team[key]
    tools: list[Json] = [handoff_tool(other, team[other], by_sdk=by_sdk) for other in desk.handoffs]
    system: Json = {"role": "system", "content": desk.instructions}
    body: dict[str, Json] = {"model": "gpt-4o", "messages": [system, *messages]}
    if tools or desk.tools:
        body["tools"] = [*desk.tools, *tools]
    return body


def run(
    team: Mapping[str, Desk],
    entry: str,
    message: str,
    *,
    before: list[Json] | None = None,
    by_sdk: bool = False,
) -> Run:
    """Send `message` to `entry` and follow the handoffs until somebody answers."""
    messages: list[Json] = [*(before or []), {"role": "user", "content": message}]
    path = [entry]
    for turn in range(MOST_TURNS):
        reply = decide(body_for(team, path[-1], messages, by_sdk=by_sdk))
        if not reply.tool_calls:
            messages.append({"role": "assistant", "content": reply.text})
            return Run(tuple(path), reply, messages)
        call = reply.tool_calls[0]
        key = call.name.removeprefix("transfer_to_")
        assert key in team[path[-1]].handoffs, f"{call.name} was not offered to {path[-1]}"
        messages += handed(call.name, team[key].name, f"call_{len(messages)}_{turn}", reply)
        path.append(key)
    raise AssertionError(f"no answer after {MOST_TURNS} turns: {path}")


def handed(tool: str, agent: str, call_id: str, reply: Reply) -> list[Json]:
    """The two messages that a handoff leaves in the conversation."""
    arguments = json.dumps(dict(reply.tool_calls[0].arguments))
    call: Json = {"id": call_id, "type": "function", "function": {"name": tool, "arguments": arguments}}
    return [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": call_id, "content": json.dumps({"assistant": agent})},
    ]
