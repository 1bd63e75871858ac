"""The book-keeping of a budget, as arithmetic with a clock of its own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents_sahara.types import Budget, Price
from agents_sahara.usage.budget import Call, Spending, estimated, size_of

EDGE = ("a", "b")


def _spending(**limits: Any) -> Spending:
    return Spending(Budget(**limits), lambda: 0.0)


def _limit(spending: Spending, *, is_new: bool = True) -> str | None:
    reached = spending.over("a", is_new=is_new)
    return None if reached is None else reached.limit


def _one(spending: Spending, tokens: int = 1, *, is_new: bool = True) -> None:
    call = Call({})
    spending.take(call, is_new=is_new)
    spending.settle(call, tokens, None)


@given(st.integers(1, 50), st.sampled_from(["turns", "model_calls", "tokens"]))
def test_each_count_allows_exactly_what_it_says(allowed: int, name: str) -> None:
    spending = _spending(**{name: allowed})
    is_new = name == "turns"
    for _ in range(allowed):
        assert _limit(spending, is_new=is_new) is None
        _one(spending, is_new=is_new)
    assert _limit(spending, is_new=is_new) == name


def test_repeats_are_calls_and_no_turns() -> None:
    spending = _spending(turns=1, model_calls=3)
    _one(spending)
    assert _limit(spending, is_new=False) is None
    assert _limit(spending) == "turns"
    _one(spending, is_new=False)
    _one(spending, is_new=False)
    assert _limit(spending, is_new=False) == "model_calls"


def test_three_calls_a_turn_are_allowed_where_the_file_does_not_say() -> None:
    assert Budget().most_model_calls == 60
    assert Budget(turns=5).most_model_calls == 60
    assert Budget(turns=100).most_model_calls == 300
    assert Budget(turns=100, model_calls=7).most_model_calls == 7


def test_tools_and_handoffs_are_judged_when_they_are_over() -> None:
    spending = _spending(tool_calls=2, handoffs_per_edge=2)
    spending.tools_called(2)
    spending.handed_off(EDGE)
    spending.handed_off(EDGE)
    spending.handed_off(("b", "a"))
    assert _limit(spending) is None
    spending.handed_off(EDGE)
    reached = spending.over("b", is_new=True)
    assert reached is not None
    assert (reached.limit, reached.allowed, reached.used, reached.edge) == ("handoffs_per_edge", 2, 3, EDGE)
    assert str(reached) == "3 of 2 handoffs from 'a' to 'b' used"
    spending.grant("handoffs_per_edge")
    assert _limit(spending) is None
    spending.tools_called(1)
    assert _limit(spending) == "tool_calls"


def test_requests_that_are_under_way_count_for_others() -> None:
    price = Price(Decimal(1_000_000), Decimal(0))
    spending = _spending(model_calls=3, tokens=1000)
    first = Call({"messages": [{"role": "user", "content": "x" * 3500}]}, price)
    spending.take(first, is_new=True)
    assert _limit(spending) == "tokens"
    spending.settle(first, 5, None)
    assert _limit(spending) is None
    costly = _spending(cost_usd=Decimal(500))
    costly.take(first, is_new=True)
    assert _limit(costly) == "cost_usd"
    costly.not_made(first)
    assert _limit(costly) is None


def test_time_counts_from_the_start_and_not_while_a_person_is_asked() -> None:
    moment = [1000.0]
    spending = Spending(Budget(time_s=90.0), lambda: moment[0])
    moment[0] += 89
    assert _limit(spending) is None
    assert spending.ends == 1090
    moment[0] += 1
    assert _limit(spending) == "time"
    moment[0] += 500
    spending.grant("time", paused_s=500)
    assert _limit(spending) is None
    moment[0] += 90
    assert _limit(spending) == "time"


@pytest.mark.parametrize(
    ("limit", "start", "told"),
    [
        ("turns", Budget(turns=2000), "0 of 2,000 turns used"),
        ("cost_usd", Budget(cost_usd=Decimal("0.25")), "0 of 0.25 USD used"),
        ("time", Budget(time_s=90.0), "0 of 90 seconds used"),
        ("tool_calls", Budget(), "0 of 100 tool calls used"),
    ],
)
def test_a_limit_is_told_in_words(limit: Any, start: Budget, told: str) -> None:
    assert str(Spending(start, lambda: 0.0).at("a", limit)) == told


def test_what_was_decided_stays_decided() -> None:
    spending = _spending(turns=1)
    _one(spending)
    spending.decided = spending.over("a", is_new=True)
    spending.grant("turns")
    assert _limit(spending, is_new=False) == "turns"


@given(
    st.recursive(
        st.text() | st.none() | st.integers(), lambda part: st.lists(part) | st.dictionaries(st.text(), part)
    )
)
def test_any_request_has_a_size(value: object) -> None:
    assert size_of(value) >= 0
    assert size_of([value, "abc"]) == size_of(value) + 3


def test_a_token_is_taken_for_three_and_a_half_bytes() -> None:
    assert estimated(size_of("x" * 3500)) == 1000
    assert estimated(size_of({"content": "é" * 3})) == round((6 + 7) / 3.5)
