"""One attempt at a model call: whom it asks, since when, and the line that the record of the run has of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openai import AsyncOpenAI

from agents_sahara.clients.places import Stand
from agents_sahara.clients.pool import Line
from agents_sahara.routing.answers import Receipt
from agents_sahara.routing.failures import Callee
from agents_sahara.routing.pool import Member
from agents_sahara.types import Attempt, Outcome


@dataclass(frozen=True, slots=True)
class Turn:
    """One attempt: whom it asks, since when."""

    member: Member
    line: Line
    client: AsyncOpenAI
    """Of the line: the one that keeps its connections, or after a failure the one that opens new ones."""
    callee: Callee
    started: float
    request: Mapping[str, Any]
    """As its member is to get it, with the headers that its destination needs."""
    place: Stand
    """To be left when the call is over."""

    def attempt(self, outcome: Outcome, receipt: Receipt, now: float, error: str | None = None) -> Attempt:
        """What came of it, for the record."""
        return Attempt(
            agent=self.callee.agent,
            provider=self.member.pair.provider,
            model=self.member.pair.model,
            answered_model=receipt.model,
            outcome=outcome,
            error=error,
            seconds=now - self.started,
            input_tokens=receipt.input_tokens,
            output_tokens=receipt.output_tokens,
            cost_usd=self._cost_usd(receipt),
        )

    def _cost_usd(self, receipt: Receipt) -> Decimal | None:
        price, used, made = self.member.price, receipt.input_tokens, receipt.output_tokens
        return None if price is None or used is None or made is None else price.cost_usd(used, made)
