"""What settings put into a chat request; plain values, nothing of the SDK."""

from __future__ import annotations

from collections.abc import Mapping

from agents_sahara.graph.values import AgentNode
from agents_sahara.types import Json

_OF_TOOLS = ("tool_choice", "parallel_tool_calls")


def usable(node: AgentNode, settings: Mapping[str, Json]) -> dict[str, Json]:
    """Settings without those that choose among tools where there are none.

    Chat completions refuse them there, and a default of the whole team must not break its specialists.
    """
    has_tools = bool(node.tool_names)
    return {name: value for name, value in settings.items() if has_tools or name not in _OF_TOOLS}


def request_fields(settings: Mapping[str, Json]) -> dict[str, Json]:
    """What settings put into a chat request, as the SDK's chat model does it for the first member of a pool."""
    fields = dict(settings)
    reasoning = fields.pop("reasoning", None)
    if isinstance(reasoning, Mapping):
        fields["reasoning_effort"] = reasoning["effort"]
    if "top_logprobs" in fields:
        fields["logprobs"] = True
    choice = fields.get("tool_choice")
    if isinstance(choice, str) and choice not in ("auto", "required", "none"):
        fields["tool_choice"] = {"type": "function", "function": {"name": choice}}
    return fields
