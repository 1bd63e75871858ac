from __future__ import annotations

import json

import pytest

from agents_sahara.emulator.brain.reply import ToolCall
from agents_sahara.emulator.repair import Repaired, repair
from agents_sahara.types import JsonObject


def tool(name: str, **properties: str) -> JsonObject:
    schema: JsonObject = {
        "type": "object",
        "properties": {key: {"type": kind} for key, kind in properties.items()},
    }
    return {"type": "function", "function": {"name": name, "parameters": schema}}


TOOLS = [tool("lookup", id="integer"), tool("transfer_to_billing")]
LOOKUP = ToolCall("lookup", {"id": 7})
WRITTEN = {"name": "lookup", "arguments": {"id": 7}}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(WRITTEN),
        json.dumps(WRITTEN, indent=2) + "\n",
        json.dumps([WRITTEN]),
        json.dumps({"name": "lookup", "parameters": {"id": 7}}),
        json.dumps({"name": "lookup", "arguments": '{"id": 7}'}),
        json.dumps({"type": "function", "function": WRITTEN}),
        json.dumps({"function": "lookup", "arguments": {"id": 7}}),
        json.dumps({"tool_calls": [{"id": "1", "type": "function", "function": WRITTEN}]}),
        json.dumps({"tool": "lookup", "args": {"id": 7}}),
        json.dumps({"name": "lookup", "arguments": {"id": 7, "invented": True}}),
        f"<tool_call>\n{json.dumps(WRITTEN)}\n</tool_call>",
        f"<tool_call>{json.dumps(WRITTEN)}",
        f"```json\n{json.dumps(WRITTEN)}\n```",
        f"[TOOL_CALLS] {json.dumps([WRITTEN])}",
        f"<|python_tag|>{json.dumps(WRITTEN)}",
        f"<think>\nThey want order 7.\n</think>\n\n{json.dumps(WRITTEN)}",
        '<function=lookup>{"id": 7}</function>',
        "<tool_call>\n<function=lookup>\n<parameter=id>\n7\n</parameter>\n</function>\n</tool_call>",
        "lookup(id=7)",
        "[lookup(id=7)]",
        "```tool_code\nlookup(id=7)\n```",
    ],
)
def test_a_call_written_as_text_is_a_call(text: str) -> None:
    assert repair(text, TOOLS) == Repaired((LOOKUP,), None)


def test_several_calls_and_the_words_beside_them_are_kept() -> None:
    other = json.dumps({"name": "transfer_to_billing", "arguments": {}})
    text = f"Let me look.\n<tool_call>{json.dumps(WRITTEN)}</tool_call>\n<tool_call>{other}</tool_call>"
    calls = (LOOKUP, ToolCall("transfer_to_billing", {}))
    assert repair(text, TOOLS) == Repaired(calls, "Let me look.")
    assert repair(f"{json.dumps(WRITTEN)}\n{other}", TOOLS) == Repaired(calls, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello there.",
        "I would call lookup(id=7) here.",
        '{"answer": 42}',
        '{"name": "James", "arguments": {}}',
        '{"name": "lookup", "arguments": [7]}',
        '{"name": "lookup", "argu',
        "[]",
        "null",
        "```python\nprint(7)\n```",
        "lookup(7)",
        "lookup(id=__import__('os').getpid())",
        "lookup(id=open)",
        '<tool_call>{"name": "rm"}</tool_call>',
        "<function=rm></function>",
        "<function=lookup>seven</function>",
        "<think>lookup(id=7)</think>",
        "[" * 5000,
        "lookup(" * 500,
        "x" * 200_000,
    ],
)
def test_everything_else_stays_an_answer(text: str) -> None:
    assert repair(text, TOOLS) is None


def test_nothing_is_a_call_where_no_tool_is_offered() -> None:
    assert repair(json.dumps(WRITTEN), []) is None


def test_arguments_are_kept_where_the_schema_lets_in_any() -> None:
    free: JsonObject = {
        "type": "function",
        "function": {"name": "lookup", "parameters": {"type": "object", "additionalProperties": True}},
    }
    bare: JsonObject = {"type": "function", "function": {"name": "lookup"}}
    assert repair(json.dumps(WRITTEN), [free]) == Repaired((LOOKUP,), None)
    assert repair(json.dumps(WRITTEN), [bare]) == Repaired((ToolCall("lookup", {}),), None)
