"""Check the messages of a chat request, and that every tool call has its answer behind it.

Knows OpenAI's message shapes; knows nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeGuard

from agents_sahara.emulator.refusals import RefusalError
from agents_sahara.types import Json, JsonObject

_INSTEAD_OF_CONTENT = ("tool_calls", "function_call", "refusal", "audio")
_PART_TYPES = ("text", "image_url", "input_audio", "file", "refusal")


def check_messages(value: Json) -> Sequence[JsonObject]:
    """The messages.

    Raises:
        RefusalError: 400, naming the message by its place.
    """
    if value is None:
        raise RefusalError(400, "Missing required parameter: 'messages'.", param="messages")
    if not is_list(value):
        raise RefusalError(400, "'messages' must be an array.", param="messages")
    if not value:
        raise RefusalError(400, "'messages' is empty: at least one is needed.", param="messages")
    checked = [_check_message(message, f"messages[{place}]") for place, message in enumerate(value)]
    _check_pairing(checked)
    return checked


def is_list(value: Json) -> TypeGuard[Sequence[Json]]:
    """Whether this JSON value is an array (a string is a sequence too)."""
    return isinstance(value, list)


def text_of(message: JsonObject) -> str:
    """The text of a message, its parts joined by line ends."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if not is_list(content):
        return ""
    texts = (part.get("text") for part in content if isinstance(part, Mapping))
    return "\n".join(text for text in texts if isinstance(text, str))


def _check_message(message: Json, where: str) -> JsonObject:
    if not isinstance(message, Mapping):
        raise _refuse(where, "must be an object")
    role = message.get("role")
    check = _CHECKS.get(role) if isinstance(role, str) else None
    if check is None:
        roles = ", ".join(_CHECKS)
        raise _refuse(f"{where}.role", f"{role!r} is not a role; the roles are {roles}")
    check(message, where)
    return message


def _check_plain(message: JsonObject, where: str) -> None:
    if message.get("content") is None:
        raise _refuse(f"{where}.content", f"is missing: a {message['role']} message has content")
    _check_content(message["content"], f"{where}.content")


def _check_assistant(message: JsonObject, where: str) -> None:
    content, calls = message.get("content"), message.get("tool_calls")
    if content is None and not any(message.get(key) for key in _INSTEAD_OF_CONTENT):
        raise _refuse(f"{where}.content", "is missing: only a message with tool_calls may leave it out")
    if content is not None:
        _check_content(content, f"{where}.content")
    if calls is not None:
        _check_calls(calls, f"{where}.tool_calls")


def _check_tool(message: JsonObject, where: str) -> None:
    _check_plain(message, where)
    if not isinstance(message.get("tool_call_id"), str):
        raise _refuse(f"{where}.tool_call_id", "must be a string")


def _check_function(message: JsonObject, where: str) -> None:
    if not isinstance(message.get("name"), str):
        raise _refuse(f"{where}.name", "must be a string")


_CHECKS: Mapping[str, Callable[[JsonObject, str], None]] = {
    "system": _check_plain,
    "developer": _check_plain,
    "user": _check_plain,
    "assistant": _check_assistant,
    "tool": _check_tool,
    "function": _check_function,
}


def _check_content(content: Json, where: str) -> None:
    if isinstance(content, str):
        return
    if not is_list(content):
        raise _refuse(where, "must be a string or an array of parts")
    for place, part in enumerate(content):
        kind = part.get("type") if isinstance(part, Mapping) else None
        if not isinstance(part, Mapping) or kind not in _PART_TYPES:
            raise _refuse(f"{where}[{place}].type", f"{kind!r} is not one of {', '.join(_PART_TYPES)}")
        if kind == "text" and not isinstance(part.get("text"), str):
            raise _refuse(f"{where}[{place}].text", "must be a string")


def _check_calls(calls: Json, where: str) -> None:
    if not is_list(calls) or not calls:
        raise _refuse(where, "must be an array with at least one call")
    for place, call in enumerate(calls):
        if not isinstance(call, Mapping) or not isinstance(call.get("id"), str):
            raise _refuse(f"{where}[{place}].id", "must be a string")
        function = call.get("function")
        if call.get("type", "function") != "function" or not isinstance(function, Mapping):
            raise _refuse(f"{where}[{place}].function", "must be an object")
        for key in ("name", "arguments"):
            if not isinstance(function.get(key), str):
                raise _refuse(f"{where}[{place}].function.{key}", "must be a string")


def _check_pairing(messages: Sequence[JsonObject]) -> None:
    """OpenAI refuses a call without an answer right behind it, and an answer without a call."""
    open_ids: set[str] = set()
    for place, message in enumerate(messages):
        if message["role"] == "tool":
            call_id = str(message["tool_call_id"])
            if call_id not in open_ids:
                raise _refuse(
                    f"messages[{place}].tool_call_id", f"{call_id!r} answers no preceding tool call"
                )
            open_ids.discard(call_id)
            continue
        _check_answered(open_ids, place)
        open_ids = _call_ids(message)
    _check_answered(open_ids, len(messages))


def _check_answered(open_ids: set[str], place: int) -> None:
    if open_ids:
        raise _refuse(
            f"messages[{place}]",
            "an assistant message with tool_calls must be followed by a tool message for each of them; "
            f"no answer to {', '.join(sorted(open_ids))}",
        )


def _call_ids(message: JsonObject) -> set[str]:
    calls = message.get("tool_calls")
    if message["role"] != "assistant" or not is_list(calls):
        return set()
    return {str(call["id"]) for call in calls if isinstance(call, Mapping)}


def _refuse(where: str, problem: str) -> RefusalError:
    return RefusalError(400, f"Invalid '{where}': {problem}.", param=where)
