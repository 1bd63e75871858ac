"""Check the tools that a chat request offers and the choice among them.

Knows OpenAI's function tools; knows nothing of HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from agents_sahara.emulator.chat_messages import is_list
from agents_sahara.emulator.refusals import RefusalError
from agents_sahara.types import Json, JsonObject

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def check_tools(tools: Json, choice: Json) -> Sequence[JsonObject]:
    """The tools, empty where none are offered.

    Raises:
        RefusalError: 400, naming the tool by its place.
    """
    if tools is not None and not is_list(tools):
        raise _refuse("tools", "must be an array")
    checked = [_check_tool(tool, f"tools[{place}]") for place, tool in enumerate(tools or ())]
    names = [tool_name(tool) for tool in checked]
    for place, name in enumerate(names):
        if name in names[:place]:
            raise _refuse(f"tools[{place}].function.name", f"{name!r} is offered twice")
    _check_choice(choice, names)
    return checked


def tool_name(tool: JsonObject) -> str:
    """The name of a checked tool."""
    function = tool["function"]
    assert isinstance(function, Mapping)
    return str(function["name"])


def _check_tool(tool: Json, where: str) -> JsonObject:
    if not isinstance(tool, Mapping):
        raise _refuse(where, "must be an object")
    if tool.get("type") != "function":
        raise _refuse(f"{where}.type", f"{tool.get('type')!r} is not served: tools are of type 'function'")
    function = tool.get("function")
    if not isinstance(function, Mapping):
        raise _refuse(f"{where}.function", "must be an object")
    name = function.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _refuse(f"{where}.function.name", f"{name!r} does not match ^[a-zA-Z0-9_-]{{1,64}}$")
    if not isinstance(function.get("description"), str | None):
        raise _refuse(f"{where}.function.description", "must be a string")
    if not isinstance(function.get("parameters"), Mapping | None):
        raise _refuse(f"{where}.function.parameters", "must be a JSON Schema object")
    return tool


def _check_choice(choice: Json, names: Sequence[str]) -> None:
    if choice is None or choice in ("none", "auto"):
        return
    if choice == "required":
        if not names:
            raise _refuse("tool_choice", "'required' is only allowed when 'tools' are offered")
        return
    function = choice.get("function") if isinstance(choice, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        raise _refuse("tool_choice", "must be 'none', 'auto', 'required' or a named function")
    if function["name"] not in names:
        raise _refuse("tool_choice", f"{function['name']!r} is not among the tools offered")


def _refuse(where: str, problem: str) -> RefusalError:
    return RefusalError(400, f"Invalid '{where}': {problem}.", param=where)
