"""What one run has called, what came back and what it cost: the ledger of attempts.

Knows nothing of models' answers or of agents beyond their keys. The ledger of the run in progress is found through
`current_ledger`, a context variable, so that concurrent runs never share one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar
from decimal import Decimal
from typing import Protocol, TypeAlias

from agents_sahara.events import AttemptFailed, BudgetReached, GuardrailTripped, ProviderSwitched, Warned
from agents_sahara.types import Attempt, Price, Share, Spent, ToolCall, Usage, UsedPrice
from agents_sahara.usage.budget import Spending
from agents_sahara.usage.lines import unused

OnTrouble: TypeAlias = Callable[
    [AttemptFailed | ProviderSwitched | BudgetReached | GuardrailTripped | Warned], Awaitable[None]
]
"""Told of each failed attempt, each move to another provider, each limit, refusal and warning, as it happens."""

Ask: TypeAlias = Callable[[BudgetReached], bool | Awaitable[bool]]
"""Asked, where the team file says so, whether a limit's allowance is granted once more."""


class Witness(Protocol):
    """Told at once of all that the ledger learns, for a trace."""

    def attempt(self, attempt: Attempt, failure: AttemptFailed | None = None) -> None:
        """A call of a model is over."""
        ...

    def told(self, event: ProviderSwitched | BudgetReached | GuardrailTripped | Warned) -> None:
        """Something happened that is an event of the run."""
        ...


SIMULATOR = "agents-sahara-sim"
"""The `system_fingerprint` by which the local simulator says what it is."""


class Ledger:
    """Gathers the attempts of one run."""

    def __init__(
        self, on_trouble: OnTrouble | None = None, *, spending: Spending | None = None, ask: Ask | None = None
    ) -> None:
        self.attempts: list[Attempt] = []
        self.path: list[str] = []
        """Keys of the agents that called a model, in order."""
        self.entry: str | None = None
        """Key of the agent that begins, where a stored conversation says so."""
        self.spending = spending
        """The run's budget; None where there is none."""
        self.ask = ask
        self.is_simulated = False
        self.carried = 0
        """How many of the attempts were made before the run waited for a person: they are on record already."""
        self._prices: dict[UsedPrice, None] = {}
        self._on_trouble = on_trouble
        self.tool_calls: list[ToolCall] = []
        """In the order in which they ended."""
        self.tool_failures: dict[str, str] = {}
        """What went wrong, by the id of the call."""
        self.callers: dict[str, str] = {}
        """By the id of each call that a model asked for, the key of its agent: ids are unique in the run."""
        self.settled: dict[str, tuple[str, str]] = {}
        """By agent key, the (provider, model) that a sticky conversation stays with."""
        self.passed: set[tuple[str, str, str]] = set()
        """Agent, guardrail and text of what need not be judged again."""
        self.refused: GuardrailTripped | None = None
        """The last text that a guardrail refused."""
        self.witness: Witness | None = None
        self.warnings: dict[str, None] = {}
        """What was not as the team file says, once each."""

    def go_on(self, attempts: list[Attempt], prices: Iterable[UsedPrice]) -> None:
        """Begin with what the same run had done before it waited for a person."""
        self.attempts[:] = attempts
        self.carried = len(attempts)
        self._prices.update(dict.fromkeys(prices))

    def answered(self, attempt: Attempt, fingerprint: str | None, price: Price | None = None) -> None:
        """Note an answer, whether it came from the simulator, and the price that its cost was counted with."""
        self._note(attempt, price)
        if fingerprint is not None and fingerprint.startswith(SIMULATOR):
            self.is_simulated = True

    def cancelled(self, attempt: Attempt, price: Price | None = None) -> None:
        """Note an attempt that the caller gave up."""
        self._note(attempt, price)

    def unused(self, agent: str, provider: str, model: str) -> None:
        """Note a request whose answer nobody could use; what it cost is not known."""
        self._note(unused(agent, provider, model), None)

    async def failed(self, failure: AttemptFailed, price: Price | None = None) -> None:
        """Note a failed attempt and tell whoever listens."""
        self._note(failure.attempt, price, failure)
        if self._on_trouble is not None:
            await self._on_trouble(failure)

    def _note(self, attempt: Attempt, price: Price | None, failure: AttemptFailed | None = None) -> None:
        self.attempts.append(attempt)
        if self.witness is not None:
            self.witness.attempt(attempt, failure)
        if price is not None and attempt.cost_usd is not None:
            self._prices[UsedPrice(attempt.provider, attempt.model, price)] = None

    async def switched(self, move: ProviderSwitched) -> None:
        """Tell whoever listens that a call goes on elsewhere."""
        await self._tell(move)

    async def reached(self, limit: BudgetReached) -> None:
        """Tell whoever listens that a limit of the budget is reached."""
        await self._tell(limit)

    async def tripped(self, refusal: GuardrailTripped) -> None:
        """Tell whoever listens that a guardrail refused a text."""
        self.refused = refusal
        await self._tell(refusal)

    async def _tell(self, event: ProviderSwitched | BudgetReached | GuardrailTripped | Warned) -> None:
        if self.witness is not None:
            self.witness.told(event)
        if self._on_trouble is not None:
            await self._on_trouble(event)

    async def warned(self, message: str) -> None:
        """Tell whoever listens, once, that something is not as the team file says."""
        if message not in self.warnings:
            self.warnings[message] = None
            await self._tell(Warned(message))

    def spent(self, entry: str) -> Spent:
        """What was spent so far by a run that began with the agent `entry`."""
        path = tuple(self.path) or (entry,)
        return Spent(
            path,
            self.usage(),
            self.cost_usd(),
            tuple(self.attempts),
            self.used_prices(),
            tuple(self.tool_calls),
        )

    def usage(self) -> Usage:
        """Tokens that were reported, in total and by agent, model and provider: those of an answer that was not
        good enough are billed like the others."""
        whole = share_of(self.attempts)
        return Usage(
            whole.requests,
            whole.input_tokens,
            whole.output_tokens,
            by_agent=_by(self.attempts, lambda attempt: attempt.agent),
            by_model=_by(self.attempts, lambda attempt: attempt.model),
            by_provider=_by(self.attempts, lambda attempt: attempt.provider),
            failed=whole.failed,
        )

    def cost_usd(self) -> Decimal | None:
        """USD of all that was billed; None where any of it is unknown, or nothing was."""
        return share_of(self.attempts).cost_usd

    def used_prices(self) -> tuple[UsedPrice, ...]:
        """What the calls were counted with, each once; models without a price are not among them."""
        return tuple(self._prices)


current_ledger: ContextVar[Ledger | None] = ContextVar("agents_sahara_ledger", default=None)
"""The ledger of the run that the current task belongs to; None outside a run."""

is_aside: ContextVar[bool] = ContextVar("agents_sahara_aside", default=False)
"""Whether the current task asks an agent that does not get control: its calls count, and it is not on the path."""


def share_of(attempts: Iterable[Attempt]) -> Share:
    """What these attempts add up to."""
    requests = failed = used = made = 0
    costs: list[Decimal | None] = []
    for attempt in attempts:
        requests += attempt.outcome == "answered"
        failed += attempt.outcome == "failed"
        used += attempt.input_tokens or 0
        made += attempt.output_tokens or 0
        if attempt.is_billed:
            costs.append(attempt.cost_usd)
    known = [cost for cost in costs if cost is not None]
    cost_usd = sum(known, Decimal(0)) if known and len(known) == len(costs) else None
    return Share(requests, used, made, failed, cost_usd)


def _by(attempts: Iterable[Attempt], key: Callable[[Attempt], str]) -> dict[str, Share]:
    parts: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        if attempt.outcome != "cancelled" or attempt.is_billed:
            parts.setdefault(key(attempt), []).append(attempt)
    return {name: share_of(part) for name, part in parts.items()}


def is_budget_reached(agent: str) -> bool:
    """Whether the budget of the run in progress forbids `agent` another ordinary answer."""
    ledger = current_ledger.get()
    spending = None if ledger is None else ledger.spending
    return spending is not None and spending.over(agent, is_new=True) is not None
