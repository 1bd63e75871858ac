"""Rest, probes and the budget of extra calls, under a clock that the test turns."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents_sahara.errors import GatewayError, NotFoundError, RateLimitError, ServerError, UnusableAnswerError
from agents_sahara.routing.health import MOST_REST_S, Health, Pair

A, B, C = Pair("together", "a"), Pair("lepton", "b"), Pair("openai", "c")


class Hand:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.time = 100.0

    def now(self) -> float:
        return self.time


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def health(hand: Hand) -> Health:
    return Health(hand.now)


def test_a_failed_member_rests_and_is_passed_over(health: Health, hand: Hand) -> None:
    assert health.first([A, B]) == A
    health.failed(A, ServerError("x"), 15.0)
    assert health.other([B]) == B
    assert health.first([A, B]) == B
    hand.time += 14.9
    assert health.first([A, B]) == B
    hand.time += 0.2
    assert health.first([A, B]) == A


def test_rest_doubles_with_each_failure_in_a_row_and_has_an_end(health: Health, hand: Hand) -> None:
    rests = []
    for _ in range(7):
        health.failed(A, ServerError("x"), 15.0)
        began = hand.time
        while health.first([A, B]) == B:
            hand.time += 1.0
        rests.append(hand.time - began)
    assert rests == [15.0, 30.0, 60.0, 120.0, 240.0, 300.0, 300.0]
    health.answered(A, hand.time)
    hand.time += 300.0
    health.failed(A, ServerError("x"), 15.0)
    hand.time += 15.0
    assert health.first([A, B]) == A


def _rest_s(health: Health, hand: Hand) -> float:
    """How long A, which has just failed, is passed over."""
    began = hand.time
    while health.first([A, B]) == B:
        hand.time += 1.0
    return hand.time - began


def test_a_member_that_fails_between_answers_rests_longer_each_time(health: Health, hand: Hand) -> None:
    rests = []
    for well_s in (0.0, 14.0, 29.0, 60.0, 14.0):
        hand.time += well_s
        health.failed(A, ServerError("x"), 15.0)
        rests.append(_rest_s(health, hand))
        health.answered(A, hand.time)
    assert rests == [15.0, 30.0, 60.0, 15.0, 30.0]


def test_calls_that_fail_while_a_member_rests_already_do_not_make_its_rest_longer(
    health: Health, hand: Hand
) -> None:
    for _ in range(50):
        health.failed(A, ServerError("x"), 15.0)
        hand.time += 0.125
    assert _rest_s(health, hand) == 9.0
    health.failed(A, ServerError("x"), 15.0)
    health.failed(A, RateLimitError("x", retry_after_s=90.0), 15.0)
    assert _rest_s(health, hand) == 90.0


def test_an_answer_to_a_call_that_began_before_the_rest_does_not_end_it(health: Health, hand: Hand) -> None:
    began = hand.time
    hand.time += 1.0
    health.failed(A, ServerError("x"), 15.0)
    hand.time += 1.0
    health.answered(A, began)
    assert health.first([A, B]) == B
    health.answered(A, hand.time)
    assert health.first([A, B]) == A


def test_only_one_call_probes_a_member_whose_rest_is_over(health: Health, hand: Hand) -> None:
    health.failed(A, ServerError("x"), 15.0)
    hand.time += 15.0
    assert [health.first([A, B]) for _ in range(20)] == [A, *[B] * 19]
    health.answered(A, hand.time)
    assert health.first([A, B]) == A


def test_a_probe_that_was_cancelled_is_left_to_the_next_call(health: Health, hand: Hand) -> None:
    health.failed(A, ServerError("x"), 15.0)
    hand.time += 15.0
    assert health.first([A, B]) == A
    health.let_go([A, C])
    assert health.first([A, B]) == A


def test_when_all_rest_the_one_that_is_soonest_well_is_asked(health: Health, hand: Hand) -> None:
    health.failed(A, ServerError("x"), 60.0)
    hand.time += 1.0
    health.failed(B, ServerError("x"), 15.0)
    assert health.first([A, B]) == B


@pytest.mark.parametrize(
    ("failure", "rest_s"),
    [
        (RateLimitError("x", retry_after_s=7.0), 7.0),
        (RateLimitError("x", retry_after_s=3600.0), MOST_REST_S),
        (RateLimitError("x"), 15.0),
        (NotFoundError("x"), MOST_REST_S),
        (ServerError("x"), 15.0),
    ],
)
def test_how_long_a_member_rests(health: Health, hand: Hand, failure: GatewayError, rest_s: float) -> None:
    health.failed(A, failure, 15.0)
    hand.time += rest_s - 0.1
    assert health.first([A, B]) == B
    hand.time += 0.2
    assert health.first([A, B]) == A


def test_one_odd_answer_is_forgiven_the_second_is_not(health: Health) -> None:
    health.failed(A, UnusableAnswerError("x"), 15.0)
    assert health.first([A, B]) == A
    health.failed(A, UnusableAnswerError("x"), 15.0)
    assert health.first([A, B]) == B


@pytest.mark.parametrize("calls", [1_000, 5_000])
@pytest.mark.parametrize("members", [1, 2, 3])
def test_a_long_outage_costs_at_most_a_tenth_more_calls(hand: Hand, calls: int, members: int) -> None:
    """All members are down for the whole time; each call tries as often as it may."""
    health = Health(hand.now)
    pool = [A, B, C][:members]
    made = 0
    for _ in range(calls):
        hand.time += 0.5
        pair: Pair | None = health.first(pool)
        tried: list[Pair] = []
        while pair is not None and len(tried) < 3:
            made += 1
            health.failed(pair, ServerError("x"), 15.0)
            tried.append(pair)
            pair = health.other([one for one in pool if one not in tried])
            if pair is None and health.may_repeat():
                pair = tried[0]
    assert made <= calls * 1.10


def test_calm_times_do_not_save_up_for_a_storm(health: Health) -> None:
    for _ in range(5_000):
        health.first([A])
    assert sum(health.may_repeat() for _ in range(100)) == 10


def test_the_first_move_to_a_well_member_is_always_allowed(health: Health) -> None:
    for _ in range(2_000):
        health.first([C])
        health.may_repeat()
    assert not health.may_repeat()
    assert health.other([B]) == B


@given(
    st.lists(st.tuples(st.sampled_from("fgao"), st.sampled_from([A, B, C]), st.floats(0, 400)), max_size=60)
)
def test_a_call_always_finds_a_member_whatever_happened(history: list[tuple[str, Pair, float]]) -> None:
    hand = Hand()
    health = Health(hand.now)
    for kind, pair, passed in history:
        hand.time += passed
        if kind == "f":
            health.failed(pair, ServerError("x"), 15.0)
        elif kind == "g":
            health.let_go([pair])
        elif kind == "a":
            health.answered(pair, hand.time)
        else:
            health.other([pair])
        assert health.first([A, B, C]) in {A, B, C}


def test_many_threads_find_one_probe(hand: Hand, health: Health) -> None:
    health.failed(A, ServerError("x"), 15.0)
    hand.time += 15.0
    found: list[Pair] = []
    threads = [threading.Thread(target=lambda: found.append(health.first([A, B]))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == sorted([A, *[B] * 15])
