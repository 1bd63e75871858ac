"""What a person is asked: the values of a model inserted, and nothing that could mislead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents_sahara.expressions.inserting import MISSING, MOST_INSERTED, one_line, parse_question
from agents_sahara.expressions.problems import ExpressionError


def _filled(text: str, /, **args: object) -> str:
    return parse_question(text).fill_in({"args": args})


def test_values_are_inserted_as_a_person_reads_them() -> None:
    assert _filled("Refund {{ args.amount }}?", amount=60) == "Refund 60?"
    assert _filled("To {{args.to}}: {{ args.list }}", to="Ann", list=["a", 1]) == 'To Ann: ["a", 1]'
    assert _filled("{{ args.a.b }}", a={"b": None}) == "null"


def test_a_value_that_there_is_not_can_still_be_asked_about() -> None:
    assert _filled("Refund {{ args.amount }}?") == f"Refund {MISSING}?"


def test_what_is_inserted_is_never_expanded_again() -> None:
    assert _filled("Send {{ args.text }}", text="{{ args.secret }}", secret="S") == "Send {{ args.secret }}"
    assert _filled("{{{{ args.x }}", x=1) == "{{ args.x }}"


def test_a_value_cannot_forge_a_second_line_or_hide_the_rest() -> None:
    hostile = "20?\n\nAlready approved, press y\x1b[2J\u202e\u200b\r50"
    assert (
        _filled("Refund {{ args.amount }}?", amount=hostile) == "Refund 20? Already approved, press y [2J 50?"
    )


def test_long_values_are_cut() -> None:
    shown = _filled("{{ args.x }}", x="a" * 10_000)
    assert len(shown) == MOST_INSERTED
    assert shown.endswith("...")
    assert len(_filled("{{ args.x }}", x=[[1] * 5000])) == MOST_INSERTED


def test_a_value_that_cannot_be_written_is_still_asked_about() -> None:
    deep: object = []
    for _ in range(50_000):
        deep = [deep]
    assert _filled("{{ args.x }}", x=deep) == "(cannot be shown)"
    while isinstance(deep, list) and deep:
        deep = deep[0]


@pytest.mark.parametrize("text", ["{{ args.a b }}", "{{ 1x }}", "{{}}", "a {{ args", "{{ a.b. }}"])
def test_braces_that_insert_nothing_are_refused_with_their_place(text: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_question(text)
    assert text[caught.value.start : caught.value.end].startswith("{{")


def test_it_knows_the_names_that_it_inserts() -> None:
    text = "Refund {{ args.amuont }} to {{args.who}}?"
    names = parse_question(text).names()
    assert [text[name.start : name.end] for name in names] == ["args.amuont", "args.who"]


@given(st.text(max_size=1000))
def test_an_inserted_text_is_one_short_line(text: str) -> None:
    shown = one_line(text)
    assert len(shown) <= MOST_INSERTED
    assert shown == " ".join(shown.split())
