"""What came of the members of a pool that one call has tried."""

from __future__ import annotations

from collections.abc import Iterable

from agents_sahara.errors import GatewayError
from agents_sahara.routing.health import Pair


class Tried:
    """Failures and attempts of one call."""

    def __init__(self) -> None:
        self.failures: dict[Pair, GatewayError] = {}
        """The last failure of each member that was tried, the oldest first."""
        self.count = 0
        """Attempts that failed."""
        self.otherwise = 0
        """Those of them after which the same member was asked for its answer in another way: it had not failed."""
        self._took: dict[Pair, list[float]] = {}
        """Seconds of each failed attempt."""

    @property
    def first(self) -> GatewayError | None:
        """The failure of the member that failed first."""
        return next(iter(self.failures.values()), None)

    @property
    def last(self) -> GatewayError | None:
        """The newest failure."""
        return [*self.failures.values()][-1] if self.failures else None

    def note(self, pair: Pair, failure: GatewayError) -> None:
        """Note that an attempt at `pair` failed."""
        self.count += 1
        self.failures.pop(pair, None)
        self.failures[pair] = failure

    def took(self, pair: Pair, seconds: float) -> None:
        """Note how long the attempt took."""
        self._took.setdefault(pair, []).append(seconds)

    def last_word(self, failure: GatewayError, notes: Iterable[str]) -> GatewayError:
        """The failure that the caller sees: the last one, with what the other members said and `notes` beside it."""
        failure.attempts = self.count
        others = [self._story(pair, one) for pair, one in self.failures.items()]
        if len(others) == 1 and failure in self.failures.values():
            others = []
        told = "; ".join([*others, *notes])
        if told:
            tries = f"{self.count} attempt{'s'[: self.count != 1]}"
            failure.reword(lambda message: f"{message} (after {tries}: {told})")
        return failure

    def _story(self, pair: Pair, failure: GatewayError) -> str:
        """What became of one member: its last failure, its attempts, their time."""
        took = self._took.get(pair, [])
        calls = f"{len(took)} attempt{'s'[: len(took) != 1]} in {sum(took):.1f} s"
        status = f"{failure.status}, " if failure.status not in (None, 200) else ""
        return f"{pair.model!r} on {pair.provider!r}: {failure.code} ({status}{calls})"
