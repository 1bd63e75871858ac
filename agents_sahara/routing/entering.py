"""Where an attempt really begins: at a member that has a key and a free place.

A member whose key is not set is passed over. A call waits for a place as long as for a first token, or half of its
time, before it looks for another member that has one; nothing was sent until then, so nothing has failed.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from agents_sahara.clients.places import Stand
from agents_sahara.clients.pool import ClientPool, Line
from agents_sahara.errors import SettingsError
from agents_sahara.events import ProviderSwitched
from agents_sahara.retry import RetryPolicy
from agents_sahara.routing.failures import Callee, no_place
from agents_sahara.routing.health import Health, Pair
from agents_sahara.routing.traits import Learned
from agents_sahara.usage.ledger import Ledger

_SHORT_S = 0.1
"""With less time than this, a call waits where it is."""

_LOGGER = logging.getLogger("agents_sahara.routing")
_LOGGER.addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Entered:
    """An attempt that may begin."""

    pair: Pair
    line: Line
    place: Stand


@dataclass(slots=True)
class Entrance:
    """The way of one model call into its attempts."""

    agent: str
    clients: ClientPool
    health: Health
    learned: Learned
    ledger: Ledger
    policy: RetryPolicy
    without_key: dict[Pair, SettingsError] = field(default_factory=dict)
    """Members that cannot be asked."""

    async def enter(self, first: Pair, choice: Sequence[Pair], left_s: float) -> Entered:
        """Begin an attempt at `first`, or elsewhere in `choice` where that is not possible.

        Raises:
            SettingsError: none of them has a key.
            DeadlineError: there was no place within `left_s` seconds.
        """
        pair = first
        try:
            while True:
                try:
                    line = await self.clients.line(pair.provider)
                except SettingsError as problem:
                    self._pass_over(pair, problem)
                    pair = await self._move(pair, self._other(choice), SettingsError.code)
                    continue
                place = line.places.stand(id(self.ledger))
                if place.may_begin:
                    return Entered(pair, line, place)
                other = await self._elsewhere(pair, line, place, choice, left_s)
                if other is None:
                    return await self._entered(pair, place)
                pair = await self._move(pair, other, "busy")
        except BaseException:  # the attempt, which may be a probe, is not made
            self.health.let_go([pair])
            raise

    async def _entered(self, pair: Pair, place: Stand) -> Entered:
        """An attempt that waited for its place: the client that was there before may be closed by now."""
        try:
            return Entered(pair, await self.clients.line(pair.provider), place)
        except BaseException:
            place.leave()
            raise

    def is_ready(self, pair: Pair) -> bool:
        """Whether the member can be asked at all."""
        if pair not in self.without_key:
            try:
                self.clients.destination(pair.provider)
            except SettingsError as problem:
                self._pass_over(pair, problem)
        return pair not in self.without_key

    def notes(self) -> list[str]:
        """Which members were not asked, and why."""
        return [
            f"{pair.model!r} on {pair.provider!r} was not asked: {problem.message}"
            for pair, problem in self.without_key.items()
        ]

    def _pass_over(self, pair: Pair, problem: SettingsError) -> None:
        self.without_key[pair] = problem
        if pair.provider not in self.learned.without_key:
            self.learned.without_key.add(pair.provider)
            _LOGGER.warning("the provider %r is passed over: %s", pair.provider, problem.message)

    def _other(self, choice: Sequence[Pair]) -> Pair:
        """A member that has a key.

        Raises:
            SettingsError: there is none.
        """
        other = self.health.other([pair for pair in choice if self.is_ready(pair)])
        if other is None:
            raise next(iter(self.without_key.values()))
        return other

    async def _move(self, before: Pair, other: Pair, reason: str) -> Pair:
        """Go to another member before anything was sent to this one."""
        self.health.let_go([before])
        await self.ledger.switched(ProviderSwitched(self.agent, *before, *other, reason))
        return other

    async def _elsewhere(
        self, pair: Pair, line: Line, place: Stand, choice: Sequence[Pair], left_s: float
    ) -> Pair | None:
        """Wait for a place; None once there is one, or another member that has one before.

        Raises:
            DeadlineError: there was no place within `left_s` seconds.
        """
        began_with_s = left_s
        others = [one for one in choice if one != pair and self.is_ready(one)]
        while left_s > 0:
            patience_s = min(self.policy.first_token_s, left_s / 2) if left_s > _SHORT_S else left_s
            if await place.within(patience_s):
                return None
            left_s -= patience_s
            free = [one for one in others if self.clients.places(one.provider).are_free]
            other = self.health.well(free)
            if other is not None:
                place.leave()
                return other
        callee = Callee(self.agent, *pair, line.destination.base_url)
        failure = no_place(place, began_with_s, callee)
        place.leave()
        raise failure
