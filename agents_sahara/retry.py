"""What may be tried again, how long to wait, and when to stop: pure policy with an injected clock.

Knows errors and seconds; knows nothing of HTTP or models. The gateway's documentation advises to retry a 500
("Retry Logic", checked 2026-11-22).
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from agents_sahara.errors import GatewayError


@dataclass(frozen=True, slots=True)
class Clock:
    """Monotonic time and a way to wait; tests bring their own.

    Deadlines, waits, rests and probes follow it alone. How long an answer is waited for is worked out from it too,
    and then measured by the event loop.
    """

    now: Callable[[], float] = time.monotonic
    """Seconds, from any start."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random
    """A number from 0 to 1 that spreads the waits of many callers."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How hard one model call tries. All attempts and waits of a call share `deadline_s`."""

    attempts: int = 3
    deadline_s: float = 120.0
    attempt_timeout_s: float = 60.0
    """The most that one attempt at a whole answer may take."""
    first_token_s: float = 30.0
    """The most until a stream's first output."""
    idle_s: float = 30.0
    """The most between two pieces of a stream."""
    cooldown_s: float = 15.0
    """How long a member of a pool rests after it failed; doubles with each failure in a row."""
    first_wait_s: float = 0.5
    most_wait_s: float = 8.0


def wait_s(
    failure: GatewayError, failures: int, *, left_s: float, policy: RetryPolicy, jitter: float
) -> float | None:
    """Seconds to wait before the next attempt, or None where another attempt is wrong.

    A `Retry-After` is obeyed exactly; without one the wait doubles from `first_wait_s` to `most_wait_s`,
    less up to a quarter. `failures` counts the attempts that failed so far; `left_s` is what remains of the
    deadline.
    """
    if not failure.is_retryable or failures >= policy.attempts:
        return None
    asked = failure.retry_after_s
    wait = asked if asked is not None else backoff_s(failures, policy) * (1 - jitter / 4)
    return wait if wait < left_s else None


def backoff_s(failures: int, policy: RetryPolicy) -> float:
    """The wait after `failures` failures in a row, before jitter.

    Raises:
        ValueError: `failures` is below 1.
    """
    if failures < 1:
        raise ValueError("failures counts from 1")
    return min(policy.most_wait_s, policy.first_wait_s * 2.0 ** min(failures - 1, 30))
