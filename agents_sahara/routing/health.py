"""Which members of a pool are well, which rest after a failure, and how many extra calls an outage may cost.

A member rests after it failed, twice as long each time in a row. When its rest is over one call probes it; the
others go on without it until the probe is answered. Pure book-keeping: makes no call, never waits.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from agents_sahara.errors import GatewayError, NotFoundError, UnusableAnswerError

MOST_REST_S = 300.0
"""No rest is longer, whatever the gateway asks."""

_MOST_EXTRAS = 10.0
"""Repeats and probes that may be saved up; a team begins with them."""
_EXTRAS_PER_CALL = 0.08
"""What each call earns: over an outage of 1,000 calls at most 90 extra ones."""

_STRIKES_OF_ODD_ANSWERS = 2
"""One odd answer may be the model's whim; the second in a row is the member's fault."""


class Pair(NamedTuple):
    """A member: one model of one provider. Health belongs to the pair, never to the provider alone."""

    provider: str
    model: str


@dataclass(slots=True)
class _Record:
    failures: int = 0
    """In a row."""
    rests_until: float = 0.0
    is_probed: bool = False
    rested_at: float = -math.inf
    """When its last rest began."""
    rest_s: float = 0.0
    """How long that was to be."""
    well_since: float | None = None
    """Its first answer after that."""


class Health:
    """The health of all members that a team calls; safe from several threads."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._records: dict[Pair, _Record] = {}
        self._extras = _MOST_EXTRAS
        self._lock = threading.Lock()

    def first(self, members: Sequence[Pair]) -> Pair:
        """Where a call begins: the first well member, or the one whose rest ends soonest where all rest."""
        with self._lock:
            self._extras = min(self._extras + _EXTRAS_PER_CALL, _MOST_EXTRAS)
            well = self._well(members)
            return well if well is not None else min(members, key=self._rest_ends)

    def other(self, members: Sequence[Pair]) -> Pair | None:
        """Where a call goes on after a failure, of `members` that it has not tried; None where it should not.

        A well member is always allowed; one that rests costs an extra.
        """
        with self._lock:
            well = self._well(members)
            if well is not None or not members or not self._take_extra():
                return well
            return min(members, key=self._rest_ends)

    def well(self, members: Sequence[Pair]) -> Pair | None:
        """The first of `members` that is well."""
        with self._lock:
            return self._well(members)

    def may_repeat(self) -> bool:
        """Whether a call may ask the same member again; saying yes spends an extra."""
        with self._lock:
            return self._take_extra()

    def answered(self, pair: Pair, since: float = math.inf) -> None:
        """The member gave a whole answer to a call that began at `since`: it is well.

        A call that began before the member's rest did says nothing about the time after. Failures are forgotten
        only when it has stayed well for as long as it rested: one that fails again and again between answers rests
        longer and longer too.
        """
        with self._lock:
            record = self._records.get(pair)
            if record is None or since <= record.rested_at:
                return
            if not record.rest_s:
                del self._records[pair]
            else:
                record.rests_until, record.is_probed = 0.0, False
                if record.well_since is None:
                    record.well_since = self._now()

    def forget(self, provider: str) -> None:
        """Nothing is known of `provider` any more."""
        with self._lock:
            for pair in [pair for pair in self._records if pair.provider == provider]:
                del self._records[pair]

    def let_go(self, pairs: Collection[Pair]) -> None:
        """These attempts say nothing about their members: another call may probe them."""
        with self._lock:
            for pair in pairs:
                record = self._records.get(pair)
                if record is not None:
                    record.is_probed = False

    def failed(self, pair: Pair, failure: GatewayError, cooldown_s: float) -> None:
        """The member failed; it rests where the failure is its own.

        Calls that were under way when its rest began, and fail during it, tell of the same trouble: their number
        does not make the rest longer, only a longer wait that the gateway asks for does.
        """
        with self._lock:
            now = self._now()
            record = self._records.setdefault(pair, _Record())
            record.is_probed = False
            if record.well_since is not None and now - record.well_since >= record.rest_s:
                record.failures = 0
            record.well_since = None
            is_resting = record.rests_until > now
            record.failures += not is_resting
            rest_s = _rest_s(failure, record.failures, cooldown_s)
            is_asked = failure.retry_after_s is not None or isinstance(failure, NotFoundError)
            if rest_s > 0 and (is_asked or not is_resting):
                record.rests_until = max(record.rests_until, now + rest_s)
                record.rested_at, record.rest_s = now, rest_s

    def _well(self, members: Sequence[Pair]) -> Pair | None:
        for pair in members:
            record = self._records.get(pair)
            if record is None or record.rests_until == 0.0:
                return pair
            is_due = record.rests_until <= self._now() and not record.is_probed
            if is_due and self._take_extra():
                record.is_probed = True
                return pair
        return None

    def _rest_ends(self, pair: Pair) -> float:
        record = self._records.get(pair)
        return 0.0 if record is None else record.rests_until

    def _take_extra(self) -> bool:
        if self._extras < 1.0:
            return False
        self._extras -= 1.0
        return True


def _rest_s(failure: GatewayError, failures: int, cooldown_s: float) -> float:
    if isinstance(failure, NotFoundError):
        return MOST_REST_S
    if failure.retry_after_s is not None:
        return min(failure.retry_after_s, MOST_REST_S)
    if isinstance(failure, UnusableAnswerError):
        failures -= _STRIKES_OF_ODD_ANSWERS - 1
    return min(cooldown_s * 2.0 ** min(failures - 1, 30), MOST_REST_S) if failures > 0 else 0.0
