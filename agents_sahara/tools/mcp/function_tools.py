"""The tools of a server as tools of the SDK: what a model reads of them, and what it gets."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from agents import FunctionTool
from agents.tool_context import ToolContext

from agents_sahara.tools.mcp.answers import answer_text
from agents_sahara.tools.mcp.offers import Offer
from agents_sahara.tools.mcp.problems import CallError
from agents_sahara.tools.mcp.servers import Servers
from agents_sahara.tools.strict import strict_schema

_MOST_NAME = 64
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_-]")


def shown_name(prefix: str, name: str) -> str:
    """The name as the model sees it: ASCII letters, digits, `_` and `-`, at most 64, as chat completions want it."""
    return _NOT_IN_NAMES.sub("_", prefix + name)[:_MOST_NAME]


def function_tool(servers: Servers, key: str, offer: Offer, name: str, limit_s: float) -> FunctionTool:
    """One tool of the server `key`; each call ends within `limit_s`, with a text for the model whatever happens."""
    strict = strict_schema(offer.schema)

    async def invoke(_context: ToolContext[Any], arguments: str) -> str:
        said = _arguments(arguments)
        if said is None:
            return "The call was not made: its arguments are no JSON object."
        try:
            return answer_text(await servers.call(key, offer, said, limit_s))
        except CallError as error:
            return str(error)

    return FunctionTool(
        name=name,
        description=offer.description,
        params_json_schema=strict or _open_schema(offer.schema),
        on_invoke_tool=invoke,
        strict_json_schema=strict is not None,
    )


def _open_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema as it is, with what chat completions want of every function."""
    return {"type": "object", "properties": {}, **schema}


def _arguments(text: str) -> dict[str, Any] | None:
    try:
        said = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None
