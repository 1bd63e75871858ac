"""The policy of retries, as pure arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents_sahara.errors import BadRequestError, GatewayError, RateLimitError, ServerError
from agents_sahara.retry import RetryPolicy, backoff_s, wait_s

POLICY = RetryPolicy(attempts=3, first_wait_s=0.5, most_wait_s=8.0)


def _wait(
    failure: GatewayError, failures: int = 1, *, left_s: float = 100.0, jitter: float = 0.0
) -> float | None:
    return wait_s(failure, failures, left_s=left_s, policy=POLICY, jitter=jitter)


def test_the_wait_doubles_up_to_its_limit_and_jitter_only_shortens_it() -> None:
    assert [backoff_s(n, POLICY) for n in range(1, 7)] == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
    assert _wait(ServerError("x"), 2, jitter=1.0) == 0.75
    with pytest.raises(ValueError, match="from 1"):
        backoff_s(0, POLICY)


def test_what_does_not_pass_by_itself_is_never_tried_again() -> None:
    assert _wait(BadRequestError("x")) is None


def test_attempts_are_counted() -> None:
    assert _wait(ServerError("x"), 2) is not None
    assert _wait(ServerError("x"), 3) is None


def test_retry_after_is_obeyed_exactly_and_only_inside_the_deadline() -> None:
    assert _wait(RateLimitError("x", retry_after_s=7.5), jitter=1.0) == 7.5
    assert _wait(RateLimitError("x", retry_after_s=121.0)) is None
    assert _wait(ServerError("x"), left_s=0.4) is None
    assert _wait(RateLimitError("x", retry_after_s=7.5), left_s=7.5) is None
    assert _wait(RateLimitError("x", retry_after_s=7.5), left_s=7.500001) == 7.5


@given(st.integers(1, 10**9), st.floats(0, 1), st.floats(0, 1000))
def test_a_wait_always_fits_into_what_is_left(failures: int, jitter: float, left_s: float) -> None:
    policy = RetryPolicy(attempts=2**31)
    wait = wait_s(ServerError("x"), failures, left_s=left_s, policy=policy, jitter=jitter)
    assert wait is None or 0 < wait < left_s
