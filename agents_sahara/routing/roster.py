"""Which providers serve a model whose provider is `auto`: the catalog is asked once for each id of a team.

Calls that need the same id at once share one lookup, on a thread of its own, whichever event loops they run on. What
was found holds for the team's life; a failed lookup is made again. Where a pool has other members too, they answer
while the catalog does not.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from typing import Protocol, Self

from agents_sahara.catalog.discovery import Catalog
from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.errors import AccessError, CatalogError, LimitError, SaharaError, SettingsError
from agents_sahara.events import ProviderSwitched
from agents_sahara.routing.health import Pair
from agents_sahara.routing.limits import limit_error
from agents_sahara.routing.pool import Member, Pool
from agents_sahara.settings import Settings
from agents_sahara.usage.budget import Spending
from agents_sahara.usage.ledger import Ledger, current_ledger

_MOST_PROVIDERS = 20
"""Of one id: no call tries more."""
_MOST_CHARACTERS = 64
_PATIENCE_S = 5.0
"""How long a call waits for the catalog where another member can answer."""
_PAUSE_S = 15.0
"""After a failure, until such a call asks again."""

_LOGGER = logging.getLogger("agents_sahara.routing")
_LOGGER.addHandler(logging.NullHandler())


class AsksCatalog(Protocol):
    """What is asked of `catalog.discovery.Catalog`; it may take long, and is asked from several threads."""

    def models(self, provider: str | None = None) -> list[str]:
        """Ids of all models."""

    def providers(self, model: str | None = None) -> list[str]:
        """Names of the providers that serve `model`."""

    def forget(self) -> None:
        """Ask afresh from now on."""

    def close(self) -> None:
        """Close its connection."""


class Roster:
    """Fills pools with the providers that the catalog names."""

    def __init__(self, catalog: AsksCatalog, *, own: Collection[str], now: Callable[[], float]) -> None:
        """`own`: providers that are endpoints of the file; the gateway's catalog knows nothing of them."""
        self._catalog = catalog
        self._own = frozenset((*own, "auto"))
        self._now = now
        self._lock = threading.Lock()
        self._found: dict[str, tuple[str, ...]] = {}
        self._under_way: dict[str, Future[tuple[str, ...]]] = {}
        self._failed: dict[str, tuple[float, SaharaError]] = {}
        """By id: when the last lookup failed, and why."""
        self._filled: dict[str, Pool] = {}
        """By agent."""

    @classmethod
    def of_gateway(cls, settings: Settings, *, own: Collection[str], now: Callable[[], float]) -> Self:
        """The roster of a team that calls the gateway of `settings`."""
        return cls(Catalog(settings), own=own, now=now)

    def close(self) -> None:
        """Close the connection to the catalog; it opens again when it is needed."""
        self._catalog.close()

    async def filled(self, pool: Pool, left_s: float) -> Pool:
        """`pool` with the providers in place of `auto`, each pair once; asks for at most `left_s` seconds.

        Raises:
            CatalogError: the catalog gave no answer, or names nobody, and no other member stands in the pool.
            AccessError: the key is refused.
            SettingsError: no key is set.
            LimitError: the run's time ended before there was an answer.
        """
        known = self._filled.get(pool.agent)
        if known is not None:
            return known
        problems = await self._look_up_all(pool, _within_budget(left_s, self._now()))
        members: dict[Pair, Member] = {}
        for member in self._expanded(pool):
            members.setdefault(member.pair, member)
        made = replace(pool, members=tuple(members.values()), open={}, given=pool.members[0])
        if not problems:
            self._filled[pool.agent] = made
        elif members:
            await self._tell(pool, made.members[0].pair, problems)
        else:
            model, problem = next(iter(problems.items()))
            told = _told(problem, pool.agent, model)
            raise await _limit(pool.agent, told) or told
        return made

    def _expanded(self, pool: Pool) -> Iterator[Member]:
        for member in pool.members:
            make = pool.open.get(member.pair)
            if make is None:
                yield member
            else:
                yield from map(make, self._found.get(member.pair.model, ()))

    async def _look_up_all(self, pool: Pool, left_s: float) -> dict[str, SaharaError]:
        """Ask for every id of the pool that is not known, all at once; why some are not known now."""
        is_alone = len(pool.open) == len(pool.members)
        unknown = [pair.model for pair in pool.open if pair.model not in self._found]
        asked = {model: self._begun(model, is_alone=is_alone) for model in unknown}
        ends = asyncio.get_running_loop().time() + (left_s if is_alone else min(_PATIENCE_S, left_s / 2))
        problems: dict[str, SaharaError] = {}
        for model, future in asked.items():
            is_waited_for = is_alone or model not in self._failed
            if future is not None and is_waited_for and not await _ended(future, ends):
                seconds = left_s if is_alone else _PATIENCE_S
                late = CatalogError(f"the catalog did not answer within {seconds:g} s")
                self._failed.setdefault(model, (self._now(), late))
            if model not in self._found:
                problems[model] = self._failed[model][1]
        return problems

    def _begun(self, model: str, *, is_alone: bool) -> Future[tuple[str, ...]] | None:
        """The lookup of `model`; None where the last one has failed just now, and others can answer."""
        with self._lock:
            future = self._under_way.get(model)
            if future is not None:
                return future
            failed_at = self._failed[model][0] if model in self._failed else None
            if not is_alone and failed_at is not None and self._now() < failed_at + _PAUSE_S:
                return None
            future = self._under_way[model] = Future()
            future.set_running_or_notify_cancel()
        threading.Thread(
            target=self._look_up, args=(model, future), name="agents_sahara_catalog", daemon=True
        ).start()
        return future

    def _look_up(self, model: str, future: Future[tuple[str, ...]]) -> None:
        """On a thread of its own: ask, and keep what was found."""
        try:
            found = self._ask(model)
        except SaharaError as problem:
            self._catalog.forget()
            self._failed[model] = (self._now(), problem)
            self._end(model, future)
        except BaseException as bug:
            self._end(model, future, bug)
            raise
        else:
            self._found[model] = found
            self._failed.pop(model, None)
            self._end(model, future)

    def _end(self, model: str, future: Future[tuple[str, ...]], bug: BaseException | None = None) -> None:
        with self._lock:
            self._under_way.pop(model, None)
        if bug is None:
            future.set_result(())
        else:
            future.set_exception(bug)

    def _ask(self, model: str) -> tuple[str, ...]:
        try:
            names = self._catalog.providers(model)
        except CatalogError as problem:
            if problem.status not in (400, 404):
                raise
            names = []
        usable = [name for name in names if _is_name(name) and name not in self._own]
        if usable:
            return tuple(usable[:_MOST_PROVIDERS])
        raise CatalogError(f"the catalog names no provider that serves {model!r}", mend=self._near(model))

    def _near(self, model: str) -> str:
        try:
            models = self._catalog.models()
        except SaharaError:
            models = []
        if models:
            return did_you_mean(model, models, what="model ids")
        return "check the id; `agents-sahara models` lists what there is"

    async def _tell(self, pool: Pool, first: Pair, problems: dict[str, SaharaError]) -> None:
        """Say that the pool goes on without some of its members."""
        for model, problem in problems.items():
            text = "agent %r goes on without %r on provider 'auto': %s"
            _LOGGER.warning(text, pool.agent, model, problem.message)
        ledger = current_ledger.get()
        if ledger is not None and pool.members[0].pair in pool.open:
            before = pool.members[0].pair
            await ledger.switched(ProviderSwitched(pool.agent, *before, *first, CatalogError.code))


def _ends_at_limit(ledger: Ledger | None) -> Spending | None:
    """The budget of the run in progress, where a run that is out of time is over at once."""
    if ledger is None or ledger.spending is None or ledger.spending.decided is not None:
        return None
    on_exceed = ledger.spending.budget.on_exceed
    stops = on_exceed == "stop" or (on_exceed == "ask" and ledger.ask is None)
    return ledger.spending if stops else None


def _within_budget(left_s: float, now: float) -> float:
    """How much of `left_s` the run's time leaves."""
    spending = _ends_at_limit(current_ledger.get())
    return left_s if spending is None else max(0.0, min(left_s, spending.ends - now))


async def _limit(agent: str, problem: SaharaError) -> LimitError | None:
    """The error of a run whose time ended with `problem`; None where there is time left."""
    ledger = current_ledger.get()
    spending = _ends_at_limit(ledger)
    if ledger is None or spending is None or not spending.is_time_up():
        return None
    spending.decided = spending.at(agent, "time")
    await ledger.reached(spending.decided)
    ended = limit_error(spending.decided)
    ended.reword(lambda message: f"{message}; {problem.message}")
    return ended


async def _ended(future: Future[tuple[str, ...]], ends: float) -> bool:
    """Whether the lookup was over when the loop's clock said `ends`; a bug in it is raised here."""
    loop = asyncio.get_running_loop()
    woken: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        if not woken.done():
            woken.set_result(None)

    def tell(_: Future[tuple[str, ...]]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits there any more
            loop.call_soon_threadsafe(wake)

    future.add_done_callback(tell)
    await asyncio.wait([woken], timeout=max(0.0, ends - loop.time()))
    if future.done():
        future.result()
    return future.done()


def _is_name(name: str) -> bool:
    """Whether it can stand in the header that chooses the provider."""
    return len(name) <= _MOST_CHARACTERS and name.isascii() and name.isprintable() and " " not in name


def _told(problem: SaharaError, agent: str, model: str) -> SaharaError:
    """The problem as an error of this call: what several calls share cannot be raised by each."""
    message = f"agent {agent!r}: {model!r} on provider 'auto': {problem.message}"
    if isinstance(problem, SettingsError):
        return SettingsError(problem.message, mend=problem.mend, where=problem.where)
    status: int | None = getattr(problem, "status", None)
    if isinstance(problem, AccessError):
        return AccessError(message, mend=problem.mend, agent=agent, model=model, status=status)
    mend = problem.mend or "try again later, or name the provider"
    return CatalogError(message, mend=mend, status=status)
