"""Control that goes back by itself: an agent that has it by a handoff with `return` answers, and hands it back.

The tool of the way back is in the SDK's agent, so that its runner makes the move; no model is ever offered it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat import ChatCompletionMessageFunctionToolCall as ToolCall

from agents_sahara.routing.call_ids import call_ids
from agents_sahara.routing.history import view_of
from agents_sahara.routing.sound import sound

_OF_TOOLS = ("tools", "tool_choice", "parallel_tool_calls")


@dataclass(frozen=True, slots=True)
class Handing:
    """What the handoffs of a team have beyond the SDK's."""

    tools: frozenset[str]
    """Names of all handoff tools of the team."""
    return_tool: str
    """Name of the tool by which control goes back."""
    inside: frozenset[str] = frozenset()
    """Keys of the agents that may have to give it back."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as its agent is to see it."""

    request: Mapping[str, Any]
    return_to: str | None = None
    """Key of the agent that gets the answer; None where the user does."""
    taken: frozenset[str] = frozenset()
    """Ids of all calls of the conversation, those that the agent does not see among them."""


def seen_by(handing: Handing | None, request: Mapping[str, Any]) -> Seen:
    """`request` with what the handoffs before let through, and without the way back; sound in any case."""
    messages = sound(request["messages"])
    if messages is not request["messages"]:
        request = {**request, "messages": messages}
    if handing is None:
        return Seen(request)
    view = view_of(request["messages"], handing.tools)
    made = {**request, "messages": view.messages}
    tools = request.get("tools")
    if isinstance(tools, list):
        made["tools"] = [tool for tool in tools if tool["function"]["name"] != handing.return_tool]
        if not made["tools"]:
            made = {name: value for name, value in made.items() if name not in _OF_TOOLS}
    return Seen(made, view.return_to, frozenset(call_ids(request["messages"])))


def given_by_tool(
    messages: Sequence[Mapping[str, Any]], is_end: Callable[[str, str], bool], handoffs: Collection[str]
) -> str | None:
    """The answer of a tool that was just called and ends its agent's turn; `is_end` is asked by its name and call.

    Calls beside one of `handoffs` are those of the agent that had control before.
    """
    results: dict[str, str] = {}
    for message in reversed(messages):
        if message["role"] != "tool":
            calls = message.get("tool_calls") or ()
            if any(call["function"]["name"] in handoffs for call in calls):
                return None
            ended = (call["id"] for call in calls if is_end(call["function"]["name"], call["id"]))
            return next((results[call_id] for call_id in ended if call_id in results), None)
        results[message["tool_call_id"]] = str(message["content"])
    return None


def answer_with(text: str, model: str) -> ChatCompletion:
    """An answer that no model was asked for."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    return ChatCompletion.model_validate(
        {"id": "", "object": "chat.completion", "created": 0, "model": model, "choices": [choice]}
    )


def hand_back(answer: ChatCompletion, tool: str, key: str) -> None:
    """Make of a whole answer one that also gives control back to the agent `key`."""
    choice = answer.choices[0]
    choice.message.tool_calls = [ToolCall.model_validate(_call(tool, key))]
    choice.finish_reason = "tool_calls"


def hand_back_in_parts(
    parts: Iterable[ChatCompletionChunk], tool: str, key: str
) -> Iterator[ChatCompletionChunk]:
    """The same for an answer in parts."""
    call = {"index": 0, **_call(tool, key)}
    is_made = False
    for part in parts:
        ends = [choice for choice in part.choices or () if choice.finish_reason]
        if ends and not is_made:
            is_made = True
            choice = {"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": None}
            yield ChatCompletionChunk.model_validate(
                {
                    "id": part.id,
                    "object": part.object,
                    "created": 0,
                    "model": part.model or "",
                    "choices": [choice],
                }
            )
        for choice_at_end in ends:
            choice_at_end.finish_reason = "tool_calls"
        yield part


def _call(tool: str, key: str) -> dict[str, Any]:
    arguments = json.dumps({"agent": key})
    return {
        "id": f"call_{uuid4().hex}",
        "type": "function",
        "function": {"name": tool, "arguments": arguments},
    }
