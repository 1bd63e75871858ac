"""From what the SDK gives its model to a chat request: the one that the SDK's own chat model would make, sooner.

openai-agents 0.24 (checked 2026-11-28) converts the whole conversation and every tool anew for each call. Here a
message of plain text is taken as it is, and a tool is converted once; all else goes through the SDK's own converter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from agents import AgentOutputSchemaBase, FunctionTool, Handoff, ModelSettings, Tool, TResponseInputItem
from agents.models.chatcmpl_converter import Converter
from agents.models.chatcmpl_helpers import HEADERS, HEADERS_OVERRIDE
from agents.tool import ensure_function_tool_supports_responses_only_features
from agents.util._json import _to_dump_compatible as dumpable  # no public name; lists of what is to be sent
from openai import Omit

from agents_sahara.clients.encoding import Encoded

_ROLES = frozenset({"user", "assistant", "system", "developer"})

_AS_GIVEN = (
    "temperature", "top_p", "frequency_penalty", "presence_penalty", "max_tokens", "store", "verbosity",
    "top_logprobs", "prompt_cache_retention", "prompt_cache_options", "metadata",
)  # fmt: skip
"""Settings that the request has under the same name."""

_UNSHOWN = {"input_image": "a picture", "input_file": "a file", "input_audio": "a sound"}
"""What a tool may give that a chat request takes from users alone."""

_BACKEND = "Chat Completions-compatible models"
"""What the SDK's messages call what we ask."""

_MOST_TOOLS = 512
"""Tools of one agent whose conversion is kept."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the SDK gives its model for one call."""

    instructions: str | None
    items: str | Sequence[TResponseInputItem]
    settings: ModelSettings
    tools: Sequence[Tool]
    output: AgentOutputSchemaBase | None
    handoffs: Sequence[Handoff[Any, Any]]


def messages_of(asked: Asked, model: str, base_url: str) -> list[Any]:
    """The conversation as chat messages, after the instructions."""
    made: list[Any] = []
    if asked.instructions:
        made.append({"content": asked.instructions, "role": "system"})
    if isinstance(asked.items, str):
        made.append({"role": "user", "content": asked.items})
        return made
    made.extend(_messages(asked.items, model, base_url))
    return made


def _messages(items: Iterable[TResponseInputItem], model: str, base_url: str) -> Iterator[Any]:
    """Nothing that the converter keeps in mind outlives a plain message, so that what lies between two of them can
    be converted by itself."""
    others: list[TResponseInputItem] = []
    for item in items:
        said = _plain(item)
        if said is None:
            others.append(_told(item))
            continue
        if others:
            yield from _converted(others, model, base_url)
            others = []
        yield said
    if others:
        yield from _converted(others, model, base_url)


def _plain(item: object) -> dict[str, str] | None:
    """A text of a known role and nothing else, as a message."""
    if type(item) is not dict or len(item) != 2:
        return None
    role, content = item.get("role"), item.get("content")
    if type(content) is not str or type(role) is not str or role not in _ROLES:
        return None
    return {"role": role, "content": content}


def _told(item: Any) -> Any:
    """An answer of a tool in which what is no text is told; the converter would leave it out without a word."""
    if (
        type(item) is not dict
        or item.get("type") != "function_call_output"
        or type(item["output"]) is not list
    ):
        return item
    return {**item, "output": [_told_part(part) for part in item["output"]]}


def _told_part(part: Any) -> Any:
    what = _UNSHOWN.get(str(part.get("type"))) if isinstance(part, Mapping) else None
    return part if what is None else {"type": "input_text", "text": f"[{what}, which cannot be shown here]"}


def _converted(items: list[TResponseInputItem], model: str, base_url: str) -> list[Any]:
    return cast("list[Any]", dumpable(Converter.items_to_messages(items, model=model, base_url=base_url)))


class Tools:
    """The tools of one agent as its requests have them: each is converted once, and all are encoded once."""

    def __init__(self) -> None:
        self._made: dict[int, _Made] = {}
        """By the identity of the tool, which is kept with it."""
        self._last: Encoded | None = None

    def offered(self, tools: Sequence[Tool], handoffs: Sequence[Handoff[Any, Any]]) -> Encoded | None:
        """What a request says of them; None for none.

        Raises:
            UserError: a tool cannot be offered in a chat request.
        """
        if not tools and not handoffs:
            return None
        if len(self._made) > _MOST_TOOLS:
            self._made.clear()
        made = [self._of(tool) for tool in (*tools, *handoffs)]
        last = self._last
        if last is None or len(last) != len(made) or any(map(_is_other, last, made)):
            last = self._last = Encoded(made)
        return last

    def _of(self, tool: Tool | Handoff[Any, Any]) -> Any:
        if isinstance(tool, FunctionTool):
            ensure_function_tool_supports_responses_only_features(tool, backend_name=_BACKEND)
        facts = _facts(tool)
        known = self._made.get(id(tool))
        if known is not None and known.tool is tool and facts is not None and known.facts == facts:
            return known.param
        convert: Any = (
            Converter.convert_handoff_tool if isinstance(tool, Handoff) else Converter.tool_to_openai
        )
        param = dumpable([convert(tool)])[0]
        if facts is not None:
            self._made[id(tool)] = _Made(tool, facts, param)
        return param


@dataclass(frozen=True, slots=True)
class _Made:
    tool: object
    facts: tuple[object, ...]
    param: Any


def _is_other(one: object, other: object) -> bool:
    return one is not other


def _facts(tool: Tool | Handoff[Any, Any]) -> tuple[object, ...] | None:
    """What a request says of a tool, where the next one may say something else; a schema by its identity."""
    if isinstance(tool, Handoff):
        return tool.tool_name, tool.tool_description, id(tool.input_json_schema), tool.strict_json_schema
    if isinstance(tool, FunctionTool):
        return tool.name, tool.description, id(tool.params_json_schema), tool.strict_json_schema
    return None


def request_of(
    asked: Asked, model: str, messages: list[Any], tools: Tools, *, is_stream: bool
) -> dict[str, Any]:
    """The request.

    Raises:
        UserError: a chat request cannot say it.
        TypeError: `extra_args` names a field that is set already.
    """
    settings = asked.settings
    request: dict[str, Any] = {"model": model, "messages": messages}
    offered = tools.offered(asked.tools, asked.handoffs)
    if offered is not None:
        request["tools"] = offered
        if settings.parallel_tool_calls is not None:
            request["parallel_tool_calls"] = settings.parallel_tool_calls
    for name in _AS_GIVEN:
        if (value := getattr(settings, name)) is not None:
            request[name] = value
    choice = Converter.convert_tool_choice(settings.tool_choice)
    if not isinstance(choice, Omit):
        request["tool_choice"] = choice
    form = Converter.convert_response_format(asked.output)
    if not isinstance(form, Omit):
        request["response_format"] = form
    if settings.reasoning is not None and settings.reasoning.effort is not None:
        request["reasoning_effort"] = settings.reasoning.effort
    if is_stream:
        request["stream"] = True
        if settings.include_usage is not None:
            request["stream_options"] = {"include_usage": settings.include_usage}
    return request | _extras(settings, request)


def _extras(settings: ModelSettings, request: dict[str, Any]) -> dict[str, Any]:
    own = settings.extra_args or {}
    extras: dict[str, Any] = {
        "extra_headers": {**HEADERS, **(settings.extra_headers or {}), **(HEADERS_OVERRIDE.get() or {})},
        "extra_query": settings.extra_query,
        "extra_body": settings.extra_body,
    }
    if settings.top_logprobs is not None and "logprobs" not in own:
        extras["logprobs"] = True
    twice = sorted(name for name in own if name in request or name in extras)
    if twice:
        names = ", ".join(map(repr, twice))
        raise TypeError(
            f"chat.completions.create() got multiple values for keyword argument{'s' if twice[1:] else ''} {names}"
        )
    return extras | own
