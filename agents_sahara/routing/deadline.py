"""The time of one model call: one deadline for all its attempts, and within it the limits of each.

Knows nothing of members, requests or answers.
"""

from __future__ import annotations

from agents_sahara.retry import Clock, RetryPolicy


class Deadline:
    """When a call must be over, and how long each part of an attempt may take until then."""

    def __init__(self, clock: Clock, policy: RetryPolicy, began: float) -> None:
        self._clock = clock
        self._policy = policy
        self.unpaused = began + policy.deadline_s
        """When the call must be over if nothing stops its clock."""
        self.ends = self.unpaused
        self.is_near = False
        """Whether the attempt under way has less time than an attempt may take."""

    @property
    def is_over(self) -> bool:
        """Whether it has passed."""
        return self._clock.now() >= self.ends

    def left_s(self) -> float:
        """Seconds until it, below 0 where it has passed."""
        return self.ends - self._clock.now()

    def whole_s(self) -> float:
        """Seconds that an attempt at a whole answer may take."""
        return self._within(self._policy.attempt_timeout_s)

    def first_token_by(self) -> float:
        """When the first output of a stream that starts now must have come."""
        return self._clock.now() + self._policy.first_token_s

    def until_s(self, moment: float) -> float:
        """Seconds until `moment`, or until the deadline if that is sooner."""
        return self._within(moment - self._clock.now())

    def idle_s(self) -> float:
        """Seconds until the stream's next piece must have come."""
        return self._within(self._policy.idle_s)

    def _within(self, seconds: float) -> float:
        left_s = self.left_s()
        self.is_near = left_s < seconds
        return max(0.001, min(seconds, left_s))
