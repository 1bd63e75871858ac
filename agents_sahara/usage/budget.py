"""What one run has spent of its budget: pure book-keeping with an injected clock.

Says which limit is reached; what happens then is decided elsewhere. Knows nothing of models, requests or answers
beyond their sizes.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from agents_sahara.events import BudgetReached
from agents_sahara.types import Amount, Budget, Json, LimitName, Price, amount_json

_BYTES_A_TOKEN = 3.5

_A_MOMENT_S = 0.002
"""Timers may end a little before their time."""


@dataclass(slots=True)
class Call:
    """One HTTP request that is under way."""

    request: Mapping[str, object]
    price: Price | None = None
    """Of the model that is to be asked."""
    _tokens: int | None = None

    def tokens(self) -> int:
        """An estimate of what it sends; made when it is first asked for."""
        if self._tokens is None:
            self._tokens = estimated(size_of((self.request.get("messages"), self.request.get("tools"))))
        return self._tokens


class Spending:
    """The budget of one run and what was spent of it; shared by all that the run does."""

    def __init__(self, budget: Budget, now: Callable[[], float]) -> None:
        self.budget = budget
        self.decided: BudgetReached | None = None
        """The limit that ended the ordinary part of the run."""
        self.has_last_answer = False
        """Whether one last answer may still be asked for."""
        self.deciding = asyncio.Lock()
        """Held by whoever finds out first what is to happen at a limit."""
        self.tokens = 0
        self.cost_usd = Decimal(0)
        self._allowed: Budget = replace(budget, model_calls=budget.most_model_calls)
        self._now = now
        self._started = now()
        self._turns = self._model_calls = self._tool_calls = 0
        self._handoffs: Counter[tuple[str, str]] = Counter()
        self._crowded: tuple[str, str] | None = None
        """The edge that was used more often than allowed."""
        self._under_way: dict[int, Call] = {}

    @property
    def ends(self) -> float:
        """When the run's time is up."""
        return self._started + self._allowed.time_s

    def is_time_up(self) -> bool:
        """Whether the run's time is up."""
        return self._now() >= self.ends - _A_MOMENT_S

    def tokens_left(self) -> int:
        """Tokens that may still be used."""
        return max(0, self._allowed.tokens - self.tokens)

    def over(self, agent: str, *, is_new: bool) -> BudgetReached | None:
        """The limit that `agent` would pass by one more request, or None; `is_new`: it asks for another answer."""
        if self.decided is not None:
            return self.decided
        for limit, used, allowed, is_over in self._state(is_new=is_new):
            if is_over:
                return self._reached(agent, limit, used, allowed)
        return None

    def at(self, agent: str, limit: LimitName) -> BudgetReached:
        """How far `limit` is used, reached or not."""
        for name, used, allowed, _ in self._state(is_new=False):
            if name == limit:
                return self._reached(agent, limit, used, allowed)
        raise ValueError(f"nothing was counted for {limit!r}")

    def _state(self, *, is_new: bool) -> Iterator[tuple[LimitName, Amount, Amount, bool]]:
        allowed = self._allowed
        most_calls = allowed.most_model_calls
        yield "turns", self._turns, allowed.turns, is_new and self._turns >= allowed.turns
        yield "model_calls", self._model_calls, most_calls, self._model_calls >= most_calls
        yield "tool_calls", self._tool_calls, allowed.tool_calls, self._tool_calls > allowed.tool_calls
        edge = self._crowded
        if edge is not None:
            used, most = self._handoffs[edge], allowed.handoffs_per_edge
            yield "handoffs_per_edge", used, most, used > most
        tokens, cost_usd = self._with_calls_under_way()
        yield "tokens", tokens, allowed.tokens, tokens >= allowed.tokens
        yield "cost_usd", cost_usd, allowed.cost_usd, cost_usd >= allowed.cost_usd
        yield "time", self._now() - self._started, allowed.time_s, self.is_time_up()

    def _with_calls_under_way(self) -> tuple[int, Decimal]:
        """Tokens and USD with what requests that are not answered yet send, so that they cannot all slip through."""
        tokens, cost_usd = self.tokens, self.cost_usd
        for call in self._under_way.values():
            tokens += call.tokens()
            cost_usd += call.price.cost_usd(call.tokens(), 0) if call.price is not None else 0
        return tokens, cost_usd

    def _reached(self, agent: str, limit: LimitName, used: Amount, allowed: Amount) -> BudgetReached:
        edge = self._crowded if limit == "handoffs_per_edge" else None
        budget = self.budget
        return BudgetReached(agent, limit, allowed, used, budget.on_exceed, budget.handoff_to, edge)

    def take(self, call: Call, *, is_new: bool) -> None:
        """Count a request that is about to be made."""
        self._turns += is_new
        self._model_calls += 1
        self._under_way[id(call)] = call

    def not_made(self, call: Call) -> None:
        """The request was counted and then not made."""
        self._model_calls -= 1
        self._under_way.pop(id(call), None)

    def settle(self, call: Call, tokens: int, cost_usd: Decimal | None) -> None:
        """The request is over, and used this much."""
        self._under_way.pop(id(call), None)
        self.tokens += tokens
        self.cost_usd += cost_usd or 0

    def tools_called(self, count: int) -> None:
        """A model asked for so many tools."""
        self._tool_calls += count

    def handed_off(self, edge: tuple[str, str]) -> None:
        """Control moves along `edge`."""
        self._handoffs[edge] += 1
        if self._handoffs[edge] > self._allowed.handoffs_per_edge:
            self._crowded = edge

    def grant(self, limit: LimitName, *, paused_s: float = 0.0) -> None:
        """Allow once more what the file allows of `limit`; time that a person took to say so does not count."""
        allowed, said = self._allowed, replace(self.budget, model_calls=self.budget.most_model_calls)
        name = "time_s" if limit == "time" else limit
        more: dict[str, Amount] = {name: getattr(allowed, name) + getattr(said, name)}
        self._allowed = replace(allowed, **more)  # type: ignore[arg-type]  # each amount has its limit's type
        self._started += paused_s

    def to_json(self) -> dict[str, Json]:
        """What was spent and granted so far, for `go_on`; requests under way are not in it."""
        allowed = {name: amount_json(getattr(self._allowed, name)) for name in _AMOUNTS}
        return {
            "allowed": allowed,
            "tokens": self.tokens,
            "cost_usd": str(self.cost_usd),
            "seconds": self._now() - self._started,
            "turns": self._turns,
            "model_calls": self._model_calls,
            "tool_calls": self._tool_calls,
            "handoffs": [[*edge, count] for edge, count in self._handoffs.items()],
        }

    def go_on(self, spent: Mapping[str, Any]) -> None:
        """Begin with what the same run had spent before it waited for a person; the wait itself does not count.

        Raises:
            KeyError, TypeError, ValueError, ArithmeticError: `spent` is nothing that `to_json` gives.
        """
        allowed = {name: type(getattr(self._allowed, name))(spent["allowed"][name]) for name in _AMOUNTS}
        self._allowed = replace(self._allowed, **allowed)
        self.tokens, self.cost_usd = int(spent["tokens"]), Decimal(spent["cost_usd"])
        self._started = self._now() - float(spent["seconds"])
        self._turns, self._model_calls = int(spent["turns"]), int(spent["model_calls"])
        self._tool_calls = int(spent["tool_calls"])
        self._handoffs = Counter({(source, target): int(n) for source, target, n in spent["handoffs"]})


_AMOUNTS = ("turns", "model_calls", "tool_calls", "tokens", "cost_usd", "time_s", "handoffs_per_edge")


def estimated(size: int) -> int:
    """Tokens in `size` bytes of text, where nobody counted them."""
    return round(size / _BYTES_A_TOKEN)


def size_of(value: object) -> int:
    """Bytes of all text in `value`, roughly: what stands between the texts is not counted."""
    if isinstance(value, str):
        return len(value) if value.isascii() else len(value.encode("utf-8", "replace"))
    if type(value) is dict:  # what nearly all of a long conversation is
        size = 0
        for key, part in value.items():
            size += len(key) if type(key) is str and key.isascii() else size_of(key)
            size += len(part) if type(part) is str and part.isascii() else size_of(part)
        return size
    if isinstance(value, Mapping):
        return sum(size_of(key) + size_of(part) for key, part in value.items())
    return sum(map(size_of, value)) if isinstance(value, Sequence) else 0
