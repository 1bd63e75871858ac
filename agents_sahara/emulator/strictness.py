"""What the strictest providers refuse of a conversation that others take, each in the words of one that does.

Bedrock's Converse: roles take turns, the user speaks last, no blank text, no tool messages without tools (AWS API
reference, "Converse"). Mistral: ids of nine letters and digits, no user behind a tool. Cerebras: no
`reasoning_content`. OpenAI: names of tools. Open models' templates: one system message, at the beginning. (All
checked 2026-11-28.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TypeAlias

from agents_sahara.emulator.chat_messages import is_list
from agents_sahara.emulator.refusals import RefusalError
from agents_sahara.types import Json, JsonObject

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_ID = re.compile(r"[a-zA-Z0-9]{9}")
_FIELDS = {"role", "content", "name", "tool_calls", "tool_call_id"}

_Findings: TypeAlias = "Iterator[tuple[str, str]]"
"""Where, and what is wrong there."""


def check_strictly(messages: Sequence[JsonObject], *, has_tools: bool) -> None:
    """Look at messages that are well formed.

    Raises:
        RefusalError: 400, one of the strictest providers would refuse them.
    """
    for check in _CHECKS:
        for where, problem in check(messages):
            raise RefusalError(400, problem, param=where)
    if not has_tools and any(message.get("tool_calls") for message in messages):
        message = "The toolConfig field must be defined when using toolUse and toolResult content blocks."
        raise RefusalError(400, message, param="tools")


def _fields(messages: Sequence[JsonObject]) -> _Findings:
    for place, message in enumerate(messages):
        for name in message.keys() - _FIELDS:
            where = f"messages.{place}.{message['role']}.{name}"
            yield where, f"{where}: property '{where}' is unsupported"
        if message["role"] not in ("system", "user", "assistant", "tool"):
            yield f"messages[{place}].role", f"Unexpected role '{message['role']}'"


def _calls(messages: Sequence[JsonObject]) -> _Findings:
    known: set[Json] = set()
    for place, message in enumerate(messages):
        for call in _list_of(message.get("tool_calls")):
            where, name = f"messages[{place}].tool_calls", _function(call)
            if not _NAME.fullmatch(name):
                yield where, f"Invalid '{where}[0].function.name': string does not match pattern."
            if not _ID.fullmatch(str(call["id"])):
                yield (
                    where,
                    f"Tool call id was {call['id']} but must be a-z, A-Z, 0-9, with a length of 9.",
                )
            if call["id"] in known:
                yield where, "tool_use ids must be unique"
            known.add(call["id"])


def _texts(messages: Sequence[JsonObject]) -> _Findings:
    for place, message in enumerate(messages):
        content = message.get("content")
        texts = [content] if isinstance(content, str) else [part.get("text") for part in _list_of(content)]
        if any(isinstance(text, str) and not text.strip() for text in texts):
            where = f"messages.{place}.content.0"
            yield where, f"The text field in the ContentBlock object at {where} is blank. Add text to it."


def _turns(messages: Sequence[JsonObject]) -> _Findings:
    roles = [str(message["role"]) for message in messages]
    spoken = roles[1:] if roles[0] == "system" else roles
    if "system" in spoken:
        yield "messages", "System message must be at the beginning."
    if spoken[:1] != ["user"]:
        yield "messages", "A conversation must start with a user message."
    if spoken[-1] == "assistant":
        yield "messages", "The last message must be a user message; prefilling is not supported."
    for before, after in pairwise(spoken):
        if (before, after) == ("tool", "user"):
            yield "messages", "Unexpected role 'user' after role 'tool'"
        if before == after != "tool":
            yield "messages", "A conversation must alternate between user and assistant roles."


def _list_of(value: Json) -> list[JsonObject]:
    return [one for one in value if isinstance(one, Mapping)] if is_list(value) else []


def _function(call: JsonObject) -> str:
    function = call.get("function")
    return str(function.get("name")) if isinstance(function, Mapping) else ""


_CHECKS: tuple[Callable[[Sequence[JsonObject]], _Findings], ...] = (_fields, _calls, _texts, _turns)
