"""Function tools, tool choice and answers of a given shape."""

from __future__ import annotations

import json
from collections.abc import Mapping

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents_sahara.emulator.brain.arguments import arguments_for
from agents_sahara.emulator.brain.decision import decide
from agents_sahara.emulator.brain.patterns import example_of
from agents_sahara.emulator.brain.reply import ToolCall
from agents_sahara.emulator.brain.schema import smallest
from agents_sahara.types import Json
from tests.test_emulator.brain_loop import Desk, handoff_tool


def function(name: str, about: str, properties: dict[str, Json], required: list[str] | None = None) -> Json:
    needed: Json = required if required is not None else list(properties)
    parameters: Json = {
        "type": "object",
        "properties": properties,
        "required": needed,
        "additionalProperties": False,
    }
    return {"type": "function", "function": {"name": name, "description": about, "parameters": parameters}}


WEATHER = function("get_weather", "Weather forecast for a city", {"city": {"type": "string"}})
ORDER = function("lookup_order", "Look up the status of an order", {"order_id": {"type": "integer"}})
REFUND = function(
    "refund", "Refund money for an order", {"order": {"type": "integer"}, "amount": {"type": "number"}}
)


def ask(message: str, *tools: Json, **more: Json) -> tuple[ToolCall, ...]:
    return decide(
        {"messages": [{"role": "user", "content": message}], "tools": list(tools), **more}
    ).tool_calls


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("What is the weather in Paris?", ToolCall("get_weather", {"city": "Paris"})),
        (
            "¿Qué tiempo hará, lluvia o sol, en Buenos Aires?",
            ToolCall("get_weather", {"city": "Buenos Aires"}),
        ),
        ("Where is my order 77?", ToolCall("lookup_order", {"order_id": 77})),
        ("¿Dónde está mi pedido 1234?", ToolCall("lookup_order", {"order_id": 1234})),
        ("I want a refund for order 77, 19.90 in all", ToolCall("refund", {"order": 77, "amount": 19.9})),
    ],
)
def test_a_tool_is_called_with_what_the_message_says(message: str, call: ToolCall) -> None:
    assert ask(message, WEATHER, ORDER, REFUND) == (call,)


@pytest.mark.parametrize(
    "message",
    ["Where is my order?", "Hello", "What is the weather like?", "My lucky number is 7", "Who was Napoleon?"],
)
def test_no_tool_is_called_without_its_arguments_or_off_its_topic(message: str) -> None:
    assert ask(message, WEATHER, ORDER) == ()


@pytest.mark.parametrize(
    ("schema", "message", "value"),
    [
        ({"type": "integer", "minimum": 10}, "between 3 and 12", 12),
        ({"type": "number"}, "it costs 12,50 euros", 12.5),
        ({"enum": ["low", "high", "very high"]}, "make it Very High", "very high"),
        ({"type": "string"}, 'call it "Blue Moon" please', "Blue Moon"),
        ({"type": "string", "format": "date"}, "on 2026-12-24 I leave", "2026-12-24"),
        ({"type": "string", "format": "email"}, "write to ana.b@example.org today", "ana.b@example.org"),
        ({"type": "string", "pattern": "^[A-Z]{2}-\\d{4}$"}, "ticket AB-1234 is open", "AB-1234"),
        ({"type": ["integer", "null"]}, "there are 5", 5),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "there are 5", 5),
        ({"type": "array", "items": {"type": "integer"}}, "take 9", [9]),
        ({"type": "boolean"}, "yes please", True),
        ({"type": "boolean"}, "no, thanks", False),
        ({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}, "take 9", {"n": 9}),
    ],
)
def test_values_are_read_by_schema(schema: Json, message: str, value: Json) -> None:
    found = arguments_for({"type": "object", "properties": {"x": schema}, "required": ["x"]}, message)
    assert found == {"x": value}


def test_one_value_fills_one_argument() -> None:
    schema: Json = {
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "required": ["a", "b"],
    }
    assert isinstance(schema, Mapping)
    assert arguments_for(schema, "add 2 and 3") == {"a": 2, "b": 3}
    assert arguments_for(schema, "add 2") is None


def test_a_tool_is_called_once_and_its_result_is_told() -> None:
    messages: list[Json] = [
        {"role": "user", "content": "¿Dónde está mi pedido 77?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "c", "type": "function", "function": {"name": "lookup_order", "arguments": "{}"}}
            ],
        },
        {"role": "tool", "tool_call_id": "c", "content": '{"status": "enviado", "days": 2}'},
    ]
    reply = decide({"messages": messages, "tools": [ORDER]})
    assert reply.tool_calls == ()
    assert reply.text == "Esto es lo que he encontrado: status: enviado; days: 2"


def test_tool_choice_is_obeyed() -> None:
    spanish = handoff_tool("spanish", Desk("Spanish agent"))
    assert ask("Hola, ¿qué tal?", spanish, tool_choice="none") == ()
    assert [call.name for call in ask("Hola, ¿qué tal?", ORDER, spanish, tool_choice="required")] == [
        "transfer_to_spanish"
    ]
    assert ask("Hello", ORDER, tool_choice="required") == (ToolCall("lookup_order", {"order_id": 0}),)
    named: Json = {"type": "function", "function": {"name": "get_weather"}}
    assert ask("Where is my order 77?", ORDER, WEATHER, tool_choice=named) == (
        ToolCall("get_weather", {"city": ""}),
    )


def test_a_handoff_with_input_gets_it() -> None:
    tool: Json = {
        "type": "function",
        "function": {
            "name": "transfer_to_spanish",
            "description": "Handoff to the Spanish agent agent to handle the request. ",
            "parameters": {
                "type": "object",
                "properties": {"reason": {"type": "string"}},
                "required": ["reason"],
            },
        },
    }
    (call,) = ask("Hola, ¿qué tal?", tool)
    assert call.name == "transfer_to_spanish"
    assert isinstance(call.arguments["reason"], str)


def scalar_schemas() -> st.SearchStrategy[dict[str, Json]]:
    whole = st.integers(-50, 50)
    return st.one_of(
        st.builds(
            lambda low, more: {"type": "integer", "minimum": low, "maximum": low + more},
            whole,
            st.integers(0, 9),
        ),
        st.builds(lambda low: {"type": "integer", "exclusiveMinimum": low}, whole),
        st.builds(lambda high: {"type": "number", "exclusiveMaximum": high}, whole),
        st.builds(
            lambda step, low: {"type": "integer", "multipleOf": step, "minimum": low},
            st.integers(1, 9),
            whole,
        ),
        st.builds(lambda least: {"type": "string", "minLength": least}, st.integers(0, 20)),
        st.builds(
            lambda name: {"type": "string", "format": name},
            st.sampled_from(["date", "email", "uuid", "uri", "ipv4"]),
        ),
        st.builds(
            lambda pattern: {"type": "string", "pattern": pattern},
            st.sampled_from(
                [r"^[A-Z]{3}-\d{4}$", r"^\+?\d{6,}$", r"^(yes|no)$", r"^[^@\s]+@[^@\s]+$", r"\w+", r"^a.c?$"]
            ),
        ),
        st.builds(
            lambda values: {"enum": values},
            st.lists(st.one_of(st.text(max_size=4), whole, st.none()), min_size=1),
        ),
        st.builds(lambda value: {"const": value}, st.one_of(st.text(max_size=4), whole, st.booleans())),
        st.sampled_from(
            [{"type": "boolean"}, {"type": "null"}, {"type": ["string", "null"]}, {"$ref": "#/$defs/leaf"}]
        ),
    )


def nested(inner: st.SearchStrategy[dict[str, Json]]) -> st.SearchStrategy[dict[str, Json]]:
    properties = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), inner, max_size=4)
    return st.one_of(
        st.builds(
            lambda item, least: {"type": "array", "items": item, "minItems": least}, inner, st.integers(0, 3)
        ),
        st.builds(lambda options: {"anyOf": options}, st.lists(inner, min_size=1, max_size=3)),
        properties.map(
            lambda p: {"type": "object", "properties": p, "required": list(p), "additionalProperties": False}
        ),
        properties.map(lambda p: {"type": "object", "properties": p, "required": list(p)[:1]}),
        st.builds(
            lambda one, two: (
                {"allOf": [{"type": "object", "properties": one, "required": list(one)}, {"type": "object"}]}
                | ({"description": "x"} if two else {})
            ),
            properties,
            st.booleans(),
        ),
    )


@given(st.recursive(scalar_schemas(), nested, max_leaves=8))
@settings(max_examples=400, deadline=None)
def test_the_smallest_value_is_valid(schema: dict[str, Json]) -> None:
    root: dict[str, Json] = {"type": "object", "properties": {"value": schema}, "required": ["value"]}
    root["$defs"] = {"leaf": {"type": "integer", "minimum": 3}}
    jsonschema.validate(smallest(root), root, format_checker=jsonschema.FormatChecker())


def test_a_schema_that_holds_itself_ends() -> None:
    tree: Json = {
        "$ref": "#/$defs/node",
        "$defs": {
            "node": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
                    "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
                },
                "required": ["name", "next", "children"],
            }
        },
    }
    value = smallest(tree)
    assert isinstance(tree, dict)
    jsonschema.validate(value, tree)
    assert value == {"name": "", "next": None, "children": []}


@pytest.mark.parametrize(
    "pattern",
    [r"^\d{3}-[a-f]{2,4}$", r"^(?:ab|cd)+$", r"^[\w.-]+@x\.org$", r"^$", r"[^a-z]{2}", r"^v\d+(\.\d+)*$"],
)
def test_common_patterns_get_an_example(pattern: str) -> None:
    example = example_of(pattern)
    assert example is not None
    jsonschema.validate(example, {"pattern": pattern})


@pytest.mark.parametrize("pattern", ["(", "(?<!a)b(?=c)", "a{99999999}", "[z-a]"])
def test_patterns_beyond_reach_are_given_up(pattern: str) -> None:
    assert example_of(pattern) is None


def test_an_answer_has_the_shape_that_is_asked_for() -> None:
    schema: Json = {
        "type": "object",
        "properties": {"status": {"enum": ["shipped", "lost"]}},
        "required": ["status"],
    }
    shape: Json = {
        "type": "json_schema",
        "json_schema": {"name": "final_output", "schema": schema, "strict": True},
    }
    messages: Json = [{"role": "user", "content": "Where is my order?"}]
    assert json.loads(decide({"messages": messages, "response_format": shape}).text or "") == {
        "status": "shipped"
    }
    assert decide({"messages": messages, "response_format": {"type": "json_object"}}).text == "{}"
    assert decide({"messages": messages, "response_format": {"type": "text"}}).reason.startswith("answer:")
