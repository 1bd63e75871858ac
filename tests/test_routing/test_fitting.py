"""What counts as an answer that fits a schema: read strictly, judged by all of its rules, refused in plain words."""

from __future__ import annotations

import json
import time

import pytest

from agents_sahara.routing.fitting import Fitting, MisfitJsonError
from agents_sahara.routing.ladder import can_be_strict
from agents_sahara.types import Json, JsonObject

ORDER: JsonObject = {
    "type": "object",
    "required": ["status"],
    "properties": {
        "status": {"enum": ["shipped", "lost"]},
        "note": {"type": "string"},
        "n": {"type": "integer"},
    },
}
LOST = '{"status": "lost"}'


@pytest.mark.parametrize(
    "text",
    [
        LOST,
        f"  {LOST}\n",
        f"```json\n{LOST}\n```",
        f"```\n{LOST}\n```",
        f"Here it is:\n```json\r\n{LOST}\r\n```\nAnything else?",
        f'<think>The user wants {{"status": "shipped"}}?</think>\n{LOST}',
        f"\ufeff{LOST}",
    ],
)
def test_an_answer_may_stand_in_a_fence_and_behind_thoughts(text: str) -> None:
    assert Fitting(ORDER).read(text) == (LOST, {"status": "lost"})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"status": "lost", "n": 123456789012345678901234567890}', 123456789012345678901234567890),
        ('{"status": "lost", "n": 1.0}', 1.0),
        ('{"status": "lost", "n": -0}', 0),
        ('{"status": "lost", "n": 1e3}', 1000.0),
    ],
)
def test_numbers_keep_their_digits(text: str, value: Json) -> None:
    read = Fitting(ORDER).read(text)[1]
    assert isinstance(read, dict)
    assert read["n"] == value


def test_text_of_any_script_is_kept() -> None:
    text = json.dumps({"status": "lost", "note": "Où? 在哪里 😀 \u202e"}, ensure_ascii=False)
    assert Fitting(ORDER).read(text) == (text, json.loads(text))
    assert Fitting(ORDER).read('{"status": "lost", "note": "\\ud83d\\ude00"}')[1] == {
        "status": "lost",
        "note": "😀",
    }


def test_a_fence_inside_of_json_is_a_part_of_it() -> None:
    text = json.dumps({"status": "lost", "note": "```json\n{}\n```"})
    assert Fitting(ORDER).read(text)[0] == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Your order is lost.", "it is not JSON: Expecting value (line 1, column 1)"),
        (f"It is {LOST}", "it is not JSON: Expecting value (line 1, column 1)"),
        (
            f"```json\n{LOST}\n```\nor\n```json\n{LOST}\n```",
            "it is not JSON: Expecting value (line 1, column 1)",
        ),
        (f"{LOST}{LOST}", "it is not JSON: Extra data (line 1, column 19)"),
        ('{"status": "lost", "n": NaN}', "it is not JSON: NaN is no number"),
        ('{"status": "lost", "n": -Infinity}', "it is not JSON: -Infinity is no number"),
        ('{"status": "lost", "n": 1e999}', "the JSON holds a number that is too large"),
        ('{"status": "lost", "n": ' + "9" * 5000 + "}", "the JSON holds a number with too many digits"),
        ('{"status": "lost", "status": "lost"}', "the JSON has a name twice in one object"),
        ('{"status": "lost", "note": "\\ud83d"}', "the JSON holds half a character (a lone surrogate)"),
        ("[" * 100_000, "the JSON is nested too deep"),
        ('{"status": "sunk"}', '\'status\' is none of ["shipped", "lost"]'),
        ("{}", "it lacks 'status'"),
        ("[]", "it is not of type object"),
        ('{"status": "lost", "n": true}', "'n' is not of type integer"),
        (
            '{"status": "lost", "n": 1.5, "note": 3}',
            "'note' is not of type string; 'n' is not of type integer",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_plain_words(text: str, reason: str) -> None:
    with pytest.raises(MisfitJsonError) as caught:
        Fitting(ORDER).read(text)
    assert str(caught.value) == reason


def test_a_reason_never_holds_what_the_model_wrote() -> None:
    schema: JsonObject = {
        "properties": {"a": {"type": "string", "maxLength": 3, "pattern": "^x"}, "b": {"const": 1}}
    }
    with pytest.raises(MisfitJsonError) as caught:
        Fitting(schema).read('{"a": "secret words", "b": "secret too"}')
    assert str(caught.value) == "'a' breaks `maxLength`: 3; 'a' breaks `pattern`: \"^x\"; 'b' is not 1"


def test_alternatives_references_and_formats_are_judged() -> None:
    schema: JsonObject = {
        "type": "array",
        "items": {"$ref": "#/$defs/Day"},
        "uniqueItems": True,
        "$defs": {"Day": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}},
    }
    assert Fitting(schema).read('["2026-11-28", null]')[1] == ["2026-11-28", None]
    for text in ('["2026-13-28"]', "[null, null]", "[1]"):
        with pytest.raises(MisfitJsonError):
            Fitting(schema).read(text)


def test_a_pattern_that_could_take_for_ever_does_not() -> None:
    began = time.process_time()
    with pytest.raises(MisfitJsonError):
        Fitting({"type": "string", "pattern": "^(a+)+$"}).read(json.dumps("a" * 5000 + "b"))
    assert time.process_time() - began < 5
    assert Fitting({"type": "string", "pattern": "^(?=.*[0-9]).+$"}).read('"a1"')[1] == "a1"
    with pytest.raises(MisfitJsonError):
        Fitting({"type": "string", "pattern": "^(?=a)(a|aa)+$"}).read(json.dumps("a" * 100 + "b"))


CLOSED: JsonObject = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"type": "string", "enum": ["shipped", "lost"]}},
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("change", "is_strict"),
    [
        ({}, True),
        ({"additionalProperties": True}, False),
        ({"required": []}, False),
        ({"type": ["object", "null"]}, False),
        ({"properties": {"status": {"enum": ["shipped"]}}}, False),
        ({"properties": {"status": {"type": "string", "minLength": 1}}}, False),
        ({"properties": {"status": {"type": "array", "items": {"type": "object"}}}}, False),
        ({"properties": {"status": {"type": "array"}}}, False),
        ({"properties": {"status": {"anyOf": [CLOSED, {"type": "null"}]}}}, True),
        ({"properties": {"status": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"type": "object"}}}, False),
        ({"properties": {"status": True}}, False),
    ],
)
def test_only_a_schema_that_means_the_same_is_sent_as_strict(change: JsonObject, is_strict: bool) -> None:
    assert can_be_strict({**CLOSED, **change}) is is_strict
