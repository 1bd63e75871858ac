"""What one run has called, what came back and what it cost: the ledger of attempts.

Knows nothing of models' answers or of agents beyond their keys. The ledger of the run in progress is found through
`current_ledger`, a context variable, so that concurrent runs never share one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar
from decimal import Decimal
from typing import TypeAlias

from agents_sahara.events import AttemptFailed, ProviderSwitched
from agents_sahara.types import Attempt, Tokens, Usage

OnTrouble: TypeAlias = Callable[[AttemptFailed | ProviderSwitched], Awaitable[None]]
"""Told of each failed attempt, and of each move to another provider, as it happens."""

SIMULATOR = "agents-sahara-sim"
"""The `system_fingerprint` by which the local simulator says what it is."""


class Ledger:
    """Gathers the attempts of one run."""

    def __init__(self, on_trouble: OnTrouble | None = None) -> None:
        self.attempts: list[Attempt] = []
        self.is_simulated = False
        self._on_trouble = on_trouble
        self.settled: dict[str, tuple[str, str]] = {}
        """By agent key, the (provider, model) that a sticky conversation stays with."""

    def answered(self, attempt: Attempt, fingerprint: str | None) -> None:
        """Note an answer, and whether it came from the simulator."""
        self.attempts.append(attempt)
        if fingerprint is not None and fingerprint.startswith(SIMULATOR):
            self.is_simulated = True

    async def failed(self, failure: AttemptFailed) -> None:
        """Note a failed attempt and tell whoever listens."""
        self.attempts.append(failure.attempt)
        if self._on_trouble is not None:
            await self._on_trouble(failure)

    async def switched(self, move: ProviderSwitched) -> None:
        """Tell whoever listens that a call goes on elsewhere."""
        if self._on_trouble is not None:
            await self._on_trouble(move)

    def usage(self) -> Usage:
        """Tokens of the answered attempts, in total and by agent, model and provider."""
        answered = [attempt for attempt in self.attempts if attempt.outcome == "answered"]
        total = _sum(answered)
        return Usage(
            total.requests,
            total.input_tokens,
            total.output_tokens,
            by_agent=_by(answered, lambda attempt: attempt.agent),
            by_model=_by(answered, lambda attempt: attempt.model),
            by_provider=_by(answered, lambda attempt: attempt.provider),
        )

    def cost_usd(self) -> Decimal | None:
        """USD of the answered attempts; None where any of them is unknown, or nothing was answered."""
        costs = [attempt.cost_usd for attempt in self.attempts if attempt.outcome == "answered"]
        known = [cost for cost in costs if cost is not None]
        return sum(known, Decimal(0)) if known and len(known) == len(costs) else None


current_ledger: ContextVar[Ledger | None] = ContextVar("agents_sahara_ledger", default=None)
"""The ledger of the run that the current task belongs to; None outside a run."""


def _tokens(attempt: Attempt) -> Tokens:
    return Tokens(1, attempt.input_tokens or 0, attempt.output_tokens or 0)


def _sum(attempts: Iterable[Attempt]) -> Tokens:
    return sum(map(_tokens, attempts), Tokens())


def _by(attempts: Iterable[Attempt], key: Callable[[Attempt], str]) -> dict[str, Tokens]:
    parts: dict[str, Tokens] = {}
    for attempt in attempts:
        parts[key(attempt)] = parts.get(key(attempt), Tokens()) + _tokens(attempt)
    return parts
