"""Characters that come in two halves are shown whole; half a character is never shown, sent or acted on."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Raw, Rule, Say
from agents_sahara.errors import BadRequestError, UnusableAnswerError
from agents_sahara.retry import RetryPolicy
from agents_sahara.routing.halves import Halves
from agents_sahara.routing.shape import is_whole_call
from tests.test_routing.asking import BOTH, SSE, Asked, ask, plain, streamed
from tests.test_routing.pooling import ON_FIRST, SECOND, WAYS, ask_pool, pooled

ONCE = RetryPolicy(attempts=1)


def _units(text: str) -> list[str]:
    """Each unit of UTF-16 alone, as JavaScript cuts a text."""
    data = text.encode("utf-16-le")
    return [data[at : at + 2].decode("utf-16-le", "surrogatepass") for at in range(0, len(data), 2)]


def _stream(*texts: str) -> Raw:
    parts = [{"index": 0, "delta": {"content": text}} for text in texts]
    parts.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    return Raw("".join(f"data: {json.dumps({'choices': [part]})}\n\n" for part in parts), content_type=SSE)


def _whole(message: dict[str, object]) -> Raw:
    return Raw(json.dumps({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}))


@given(st.text())
def test_a_text_that_was_cut_between_any_of_its_units_is_the_same_text(text: str) -> None:
    halves = Halves()
    assert "".join(map(halves.join, _units(text))) == text
    assert not halves.is_open


@pytest.mark.parametrize("parts", [("\udc00",), ("a\ud800b",), ("\ud83d", "x"), ("\ud83d", "\ud83d\ude00")])
def test_half_a_character_alone_is_refused(parts: tuple[str, ...]) -> None:
    halves = Halves()
    with pytest.raises(UnicodeDecodeError):
        [*map(halves.join, parts)]


def test_a_streamed_character_in_two_halves_is_shown_as_one(gateway: LocalGateway) -> None:
    asked = ask(gateway, [Rule(_stream(*_units("Fine 😀.")))], how=streamed)
    assert asked.text == "Fine 😀."


@pytest.mark.parametrize("texts", [("Fine ", "\ud83d"), ("Fine ", "\ud83d", "!")])
def test_a_stream_with_half_a_character_is_an_error(gateway: LocalGateway, texts: tuple[str, ...]) -> None:
    asked = ask(gateway, [Rule(_stream(*texts))], how=streamed)
    assert isinstance(asked.error, UnusableAnswerError)
    assert asked.error.partial_text == "Fine "


@WAYS
def test_another_member_answers_in_place_of_half_a_character(gateway: LocalGateway, way: str) -> None:
    odd = Rule(_whole({"content": "\ud83d"}), ON_FIRST)
    assert ask_pool(gateway, pooled(SECOND), [odd, Rule(Say("Fine."))], way)[:2] == (
        "Fine.",
        ["together", "lepton"],
    )


def test_halves_in_two_parts_of_a_plain_answer_are_joined(gateway: LocalGateway) -> None:
    parts = [{"type": "text", "text": half} for half in ("\ud83d", "\ude00")]
    assert ask(gateway, [Rule(_whole({"content": parts}))]).text == "😀"


@pytest.mark.parametrize("arguments", ['{"a": "\\ud800"}', '{"a": "\ud800"}', '{"\\udc00": 1}'])
def test_a_call_with_half_a_character_is_not_whole(arguments: str) -> None:
    assert not is_whole_call(arguments)
    assert is_whole_call('{"a": "\\ud83d\\ude00"}')


@BOTH
def test_half_a_character_in_what_the_gateway_says_can_be_printed(gateway: LocalGateway, how: object) -> None:
    refusal = Rule(Raw('{"error": {"message": "no \\ud800 here"}}', status=400))
    asked: Asked = ask(gateway, [refusal], how=plain if how is plain else streamed, policy=ONCE)
    assert isinstance(asked.error, BadRequestError)
    assert "no ? here" in asked.error.message
    assert asked.error.message.encode()
