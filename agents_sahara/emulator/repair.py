"""Find tool calls that a model wrote as text, and turn them into calls of tools that were offered.

Small models behind llama.cpp, Ollama or vLLM often answer `{"name": ..., "arguments": ...}` as content (for
example llama.cpp issue 12279, read 2026-11-22). Only the whole text counts as a call, never a part of prose, apart
from marked blocks; the name must be an offered tool; arguments that its schema does not know are dropped.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from agents_sahara.emulator.brain.reply import ToolCall
from agents_sahara.emulator.chat_tools import tool_name
from agents_sahara.types import Json, JsonObject

_TAGGED = re.compile(r"<(tool_call|function_call|tool)>\s*(.*?)\s*(?:</\1>|\Z)", re.DOTALL)
_NAMED = re.compile(
    r"(?:<tool_call>\s*)?<function=([\w-]+)>\s*(.*?)\s*</function>(?:\s*</tool_call>)?", re.DOTALL
)
_PARAMETER = re.compile(r"<parameter=([\w-]+)>\n?(.*?)\n?</parameter>", re.DOTALL)
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>\s*", re.DOTALL)
_FENCED = re.compile(r"```(?:json|tool_code|tool_call|python)?[ \t]*\n(.*?)\n?```", re.DOTALL)
_MARK = re.compile(r"\A\s*(?:\[TOOL_CALLS\]|<\|python_tag\|>)\s*")
_PYTHON_CALL = re.compile(r"\[?\s*[A-Za-z_]\w*\(")
_MOST_PYTHON = 10_000
_MOST_CHARACTERS = 100_000
"""Longer text is no tool call."""


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a text really was."""

    calls: tuple[ToolCall, ...]
    text: str | None
    """What was said beside the calls."""


def repair(text: str, tools: Sequence[JsonObject]) -> Repaired | None:
    """The calls that `text` stands for; None where it is an answer in words."""
    offered = {tool_name(tool): _properties(tool) for tool in tools}
    if not offered or len(text) > _MOST_CHARACTERS:
        return None
    for written, beside in _candidates(_THOUGHT.sub("", text)):
        calls = [call for block in written for call in _calls(block, offered)]
        if calls and len(calls) >= len(written):
            return Repaired(tuple(calls), beside or None)
    return None


def _candidates(text: str) -> Iterator[tuple[list[str], str]]:
    """The ways to read a text: the blocks that may be calls, and what stands beside them."""
    named = [_named_call(match) for match in _NAMED.finditer(text)]
    if named:
        yield named, _NAMED.sub("", text).strip()
    for marked, group in ((_TAGGED, 2), (_FENCED, 1)):
        blocks = [match[group] for match in marked.finditer(text)]
        if blocks:
            yield blocks, marked.sub("", text).strip()
    yield [_MARK.sub("", text).strip()], ""


def _named_call(match: re.Match[str]) -> str:
    """`<function=name>` with a JSON object or `<parameter=...>` marks in it, as Llama and Qwen write, as JSON."""
    name, inside = match[1], match[2]
    marked = {found[1]: _decoded(found[2]) for found in _PARAMETER.finditer(inside)}
    return json.dumps({"name": name, "arguments": marked or inside})


def _calls(block: str, offered: Mapping[str, frozenset[str] | None]) -> list[ToolCall]:
    """The calls in a block; none unless all of them are of offered tools."""
    values = _values(block)
    calls = [_call(value, offered) for value in values]
    whole = [call for call in calls if call is not None]
    return whole if len(whole) == len(values) else []


def _values(block: str) -> list[Json]:
    """The JSON values of a block: one, a list of them, or one a line; else a call written as Python."""
    try:
        value: Json = json.loads(block)
    except (ValueError, RecursionError):
        return _values_by_line(block) or _python(block)
    if isinstance(value, Mapping) and isinstance(value.get("tool_calls"), list):
        value = value["tool_calls"]
    return [*value] if isinstance(value, list) else [value]


def _values_by_line(block: str) -> list[Json]:
    lines = [line for line in block.splitlines() if line.strip()]
    try:
        return [json.loads(line) for line in lines] if len(lines) > 1 else []
    except (ValueError, RecursionError):
        return []


def _call(value: Json, offered: Mapping[str, frozenset[str] | None]) -> ToolCall | None:
    if not isinstance(value, Mapping):
        return None
    function = value.get("function")
    if isinstance(function, Mapping):
        value = function
    name = function if isinstance(function, str) else value.get("name", value.get("tool"))
    if not isinstance(name, str) or name not in offered:
        return None
    arguments = value.get("arguments", value.get("parameters", value.get("args", {})))
    if isinstance(arguments, str):
        arguments = _decoded(arguments or "{}")
    if arguments is None:
        arguments = {}
    return ToolCall(name, _known(arguments, offered[name])) if isinstance(arguments, Mapping) else None


def _decoded(text: str) -> Json:
    """The JSON value that `text` is, or the text itself."""
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value


def _python(block: str) -> list[Json]:
    """`name(key="value")`, or a list of such calls, read as literals and never run."""
    if len(block) > _MOST_PYTHON or not _PYTHON_CALL.match(block):
        return []
    try:
        tree = ast.parse(block, mode="eval").body
        nodes = tree.elts if isinstance(tree, ast.List) else [tree]
        return [_literal_call(node) for node in nodes]
    except (SyntaxError, ValueError, RecursionError, MemoryError, TypeError):
        return []


def _literal_call(node: ast.expr) -> Json:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.args:
        raise ValueError("not a call by keywords")
    arguments = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in node.keywords}
    plain: Json = json.loads(json.dumps({"name": node.func.id, "arguments": arguments}))
    return plain


def _known(arguments: JsonObject, properties: frozenset[str] | None) -> JsonObject:
    if properties is None:
        return arguments
    return {name: value for name, value in arguments.items() if name in properties}


def _properties(tool: JsonObject) -> frozenset[str] | None:
    """Names that the tool's schema knows; None where it lets in any."""
    function = tool["function"]
    schema = function.get("parameters") if isinstance(function, Mapping) else None
    if not isinstance(schema, Mapping):
        return frozenset()
    properties, others = schema.get("properties"), schema.get("additionalProperties")
    if others is True or isinstance(others, Mapping) or (properties is None and others is not False):
        return None
    return frozenset(properties) if isinstance(properties, Mapping) else frozenset()
