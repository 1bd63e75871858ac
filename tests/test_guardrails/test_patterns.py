"""Patterns: a text is judged as it is and as it looks, and no text can hold the process up."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents_sahara.graph.guards import Guardrail
from agents_sahara.guardrails.patterns import MOST_TEXT, TIMEOUT_S, UndecidedPatternError, matches
from agents_sahara.guardrails.texts import cleaned, words_of_user
from agents_sahara.guardrails.verdicts import Court, NoVerdictError, refusal
from agents_sahara.runner.loop_thread import run_here

CARDS = Guardrail("cards", deny=r"\b(?:\d[ -]?){13,16}\b")


def _refusal(guardrail: Guardrail, text: str) -> str | None:
    async def nobody(_key: str, _text: str) -> object:
        raise AssertionError("no judge is needed")

    return run_here(refusal(guardrail, text, Court(nobody)))


def _moved(text: str, by: int) -> str:
    """`text` in the digits of another block: full width, or mathematical bold."""
    return "".join(chr(ord(character) + by) if character.isdigit() else character for character in text)


@pytest.mark.parametrize(
    "text",
    [
        "my card is 4111 1111 1111 1111",
        "4111-1111-1111-1111",
        _moved("4111 1111 1111 1111", 0xFEE0),
        "4111\u200b1111\u200b1111\u200b1111",
        "4111\u00ad1111\u20601111\ufeff1111",
        "41\u202e11111111\u202c111111",
        "4\ufe0f111 1111 1111 1111",
        _moved("4111111111111111", 0x1D7CE - 0x30),
        "①".join(["4111", "111", "111", "111"]),
    ],
)
def test_a_denied_text_is_refused_however_it_is_dressed_up(text: str) -> None:
    assert _refusal(CARDS, text) == "it matches what is denied"


def test_other_texts_pass() -> None:
    assert _refusal(CARDS, "order 77 of 2026-11-28, please") is None


def test_a_text_must_be_allowed_as_it_is_and_as_it_looks() -> None:
    plain = Guardrail("plain", allow=r"^[a-z ]+$")
    assert _refusal(plain, "only letters") is None
    assert _refusal(plain, "only letters!") == "it does not match what is allowed"
    assert _refusal(plain, "only\u200bletters") == "it does not match what is allowed"
    assert _refusal(Guardrail("any", allow="\u200b"), "a\u200bb") == "it does not match what is allowed"


def test_characters_are_counted_as_they_are() -> None:
    short = Guardrail("short", most=5)
    assert _refusal(short, "12345") is None
    assert _refusal(short, "1234\u200b5") == "it has more than 5 characters"


@pytest.mark.parametrize(
    ("pattern", "text"),
    [(r"(a+)+$", "a" * 50_000 + "!"), (r"(x+x+)+y", "x" * 50_000), (r".*a.*b.*c.*d$", "a" * MOST_TEXT)],
)
def test_a_pattern_that_never_ends_refuses_soon(pattern: str, text: str) -> None:
    begun = time.process_time()
    with pytest.raises(NoVerdictError, match=r"no answer within 0\.25 seconds"):
        _refusal(Guardrail("slow", deny=pattern), text)
    assert time.process_time() - begun < 4 * TIMEOUT_S


def test_a_text_that_is_too_long_for_a_pattern_is_refused() -> None:
    with pytest.raises(UndecidedPatternError, match="200,000"):
        matches("a", "b" * (MOST_TEXT + 1))


@given(st.text(max_size=200))
def test_cleaning_is_done_after_once(text: str) -> None:
    assert cleaned(cleaned(text)) == cleaned(text)


def test_what_the_user_said_this_time_is_judged() -> None:
    said = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "earlier"},
        {"role": "assistant", "content": "yes"},
        {"role": "user", "content": "now"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "this"}, {"type": "image_url", "image_url": {}}],
        },
        {"role": "assistant", "content": None, "tool_calls": []},
        {"role": "tool", "content": "result", "tool_call_id": "1"},
    ]
    assert words_of_user(said) == "now\nthis"
    assert words_of_user([said[0], {"role": "assistant", "content": "summed up"}]) == "summed up"
    assert words_of_user([said[0]]) == ""
