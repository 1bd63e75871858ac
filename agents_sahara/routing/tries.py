"""The book-keeping of one model call: its attempts, its deadline, and what the run's ledger is told.

Makes no call itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from agents_sahara.clients.pool import Line
from agents_sahara.errors import GatewayError
from agents_sahara.events import AttemptFailed
from agents_sahara.retry import Clock, RetryPolicy, wait_s
from agents_sahara.routing.answers import Receipt
from agents_sahara.routing.failures import Callee, describe, out_of_time
from agents_sahara.types import Attempt, Outcome, Price
from agents_sahara.usage import Ledger, current_ledger


@dataclass(frozen=True, slots=True)
class Route:
    """Who asks which model of which provider."""

    agent: str
    provider: str
    model: str
    price: Price | None = None


class Tries:
    """The attempts of one call, from its first to its last."""

    def __init__(self, route: Route, line: Line, policy: RetryPolicy, clock: Clock) -> None:
        self.line = line
        self.callee = Callee(
            route.agent, route.provider, route.model, line.destination.base_url, hide=line.scrub
        )
        self._route = route
        self._policy = policy
        self._clock = clock
        self._ledger = current_ledger.get() or Ledger()
        self._failures = 0
        self._started = clock.now()
        self._ends = self._started + policy.deadline_s

    def start(self) -> float:
        """Begin an attempt; seconds that it may take."""
        self._started = self._clock.now()
        return self.allowed_s()

    def allowed_s(self) -> float:
        """Seconds that the next wait for the gateway may take."""
        return max(0.001, min(self._policy.attempt_timeout_s, self._ends - self._clock.now()))

    def dressed(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """`request` with the headers that its destination needs."""
        if not self.line.extra_headers:
            return request
        return {
            **request,
            "extra_headers": {**(request.get("extra_headers") or {}), **self.line.extra_headers},
        }

    def describe(self, error: BaseException) -> GatewayError:
        """What went wrong in this attempt, without the key."""
        failure = describe(error, self.callee)
        if failure is None:
            failure = out_of_time(self._clock.now() - self._started, self.callee)
        failure.reword(self.line.scrub)
        return failure

    def answered(self, receipt: Receipt) -> None:
        """Note a whole answer."""
        self._ledger.answered(self._attempt("answered", receipt), receipt.fingerprint)

    def cancelled(self) -> None:
        """Note that the caller gave up waiting."""
        self._ledger.attempts.append(self._attempt("cancelled", Receipt()))

    async def failed(self, failure: GatewayError, receipt: Receipt, *, is_final: bool = False) -> None:
        """Note a failure, then wait until the next attempt.

        Raises:
            GatewayError: `failure` itself, where there is to be no next attempt.
        """
        self._failures += 1
        failure.attempts = self._failures
        left_s = self._ends - self._clock.now()
        wait = None if is_final else self._wait_s(failure, left_s)
        attempt = self._attempt("failed", receipt, error=failure.code)
        await self._ledger.failed(AttemptFailed(attempt, failure.message, wait))
        if wait is None:
            raise failure
        await self._clock.sleep(wait)

    def _wait_s(self, failure: GatewayError, left_s: float) -> float | None:
        return wait_s(
            failure, self._failures, left_s=left_s, policy=self._policy, jitter=self._clock.jitter()
        )

    def _attempt(self, outcome: Outcome, receipt: Receipt, *, error: str | None = None) -> Attempt:
        return Attempt(
            agent=self._route.agent,
            provider=self._route.provider,
            model=self._route.model,
            answered_model=receipt.model,
            outcome=outcome,
            error=error,
            seconds=self._clock.now() - self._started,
            input_tokens=receipt.input_tokens,
            output_tokens=receipt.output_tokens,
            cost_usd=self._cost_usd(receipt),
        )

    def _cost_usd(self, receipt: Receipt) -> Decimal | None:
        price, used, made = self._route.price, receipt.input_tokens, receipt.output_tokens
        return None if price is None or used is None or made is None else price.cost_usd(used, made)
