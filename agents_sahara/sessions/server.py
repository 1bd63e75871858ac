"""Conversations on a server, through the SDK's own backends, with as much of the promises as these can hold.

Each event loop has connections of its own. What a backend must add to the SDK's is small: a lock that a dead process
does not keep, and a way to write a turn that cannot come between two others, with all that belongs to it at once.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from agents_sahara.errors import SessionError
from agents_sahara.sessions.envelope import closed, past_of
from agents_sahara.sessions.queueing import Turnstile
from agents_sahara.sessions.values import Item, Key, Past, Turn

if TYPE_CHECKING:
    from agents.memory import Session

T = TypeVar("T")

_LATEST = "agents_sahara.latest"


@dataclass(frozen=True, slots=True)
class Addition:
    """A turn on its way to a server."""

    place: int
    """What must have been held all the time."""
    name: str
    """Of the session that it goes to."""
    number: int
    """Of the turn; the last one there must be one less."""
    item: str
    """The turn, as JSON in ASCII."""
    keep: int | None
    """How many turns are kept; None keeps all."""
    family: str
    """Name of the session that says what was written to last."""
    latest: str
    """What it is to say, as JSON in ASCII."""


class Backend(Protocol):
    """The connections of one event loop."""

    def session(self, name: str) -> Session:
        """The SDK's session of that name."""
        ...

    async def append(self, added: Addition) -> bool:
        """Do all of it at once, or nothing: False where the place was lost, or the number is not the next."""
        ...

    async def try_take(self, place: int) -> bool:
        """Lock a number among all processes, unless another has it."""
        ...

    async def release(self, place: int) -> None:
        """Unlock it."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...

    def explain(self, problem: Exception) -> SessionError | None:
        """What a failure of the server means; None where it is none."""
        ...


class ServerStore:
    """The conversations on one server."""

    outlives = True

    def __init__(self, where: str, connect: Callable[[], Awaitable[Backend]]) -> None:
        self._where = where
        self._connect = connect
        self._backends: dict[asyncio.AbstractEventLoop, asyncio.Task[_Opened]] = {}
        self._turnstile = Turnstile(self)

    @property
    def where(self) -> str:
        """The server, without a password."""
        return self._where

    async def _backend(self) -> Backend:
        """That of the running loop; opened by whoever needs it first."""
        loop = asyncio.get_running_loop()
        for other in [known for known in self._backends if known.is_closed()]:
            del self._backends[other]
        if loop not in self._backends:
            self._backends[loop] = loop.create_task(_open(self._connect))
        task = self._backends[loop]
        try:
            return (await asyncio.shield(task)).backend
        except SessionError:
            if self._backends.get(loop) is task:
                del self._backends[loop]
            raise

    async def try_take(self, place: int) -> bool:
        """Keep other processes out; see `Barrier`."""
        backend = await self._backend()
        with _explained(backend):
            return await finished(backend.try_take(place))

    async def release(self, place: int) -> None:
        """Let the next one in; see `Barrier`. A server that is gone has let go already."""
        backend = await self._backend()
        await finished(backend.release(place))

    @asynccontextmanager
    async def turn(self, key: Key, most_s: float) -> AsyncIterator[bool]:
        """Hold the conversation; see `Store`."""
        async with self._turnstile.hold(key.digest(), most_s) as is_held:
            yield is_held

    async def read(self, key: Key, *, keep: int | None = None, message_id: str | None = None) -> Past:
        """What is known of the conversation; see `Store`. Messages are known again within the turns that are kept."""
        backend = await self._backend()
        with _explained(backend):
            items = await backend.session(_name(key)).get_items(keep)
        try:
            return past_of(key, items, keep=keep, message_id=message_id)
        except ValueError as problem:
            raise SessionError(
                f"the conversation {key.id!r} in {self._where} is damaged: {problem}",
                fault="corrupt",
                mend="let that conversation go, and restore it from a backup",
                where=self._where,
            ) from problem

    async def write(self, key: Key, turn: Turn, *, keep: int | None = None) -> None:
        """Add a turn; see `Store`."""
        backend = await self._backend()
        added = Addition(
            place=Turnstile.place_of(key.digest()),
            name=_name(key),
            number=turn.number,
            item=json.dumps(closed(key, turn), separators=(",", ":")),
            keep=keep,
            family=_family(key),
            latest=json.dumps({"type": _LATEST, "id": key.id}, separators=(",", ":")),
        )
        with _explained(backend):
            is_kept = await finished(backend.append(added))
        if not is_kept:
            raise SessionError(
                f"{self._where} got another turn of the conversation {key.id!r} meanwhile; this one was not kept",
                fault="conflict",
                mend="send the message again",
                where=self._where,
            )

    async def take_back(self, key: Key) -> Item | None:
        """Refused: a server cannot take one item out of a turn without a moment in which the turn is gone."""
        raise SessionError(
            f"{self._where} keeps whole turns, and cannot take back one item of {key.id!r}",
            fault="unusable",
            mend="use Team.run(session=...), which never needs it, or keep conversations in SQLite",
            where=self._where,
        )

    async def forget(self, key: Key) -> None:
        """Remove the conversation; see `Store`."""
        backend = await self._backend()
        with _explained(backend):
            await backend.session(_name(key)).clear_session()

    async def latest(self, of: Key) -> str | None:
        """The conversation that was written to last; see `Store`. One that was let go since is not found."""
        backend = await self._backend()
        with _explained(backend):
            items = cast("list[dict[str, str]]", await backend.session(_family(of)).get_items(1))
        return items[-1]["id"] if items else None

    async def aclose(self) -> None:
        """Close the connections of this loop, and let other loops close theirs as soon as they can; see `Store`."""
        known, self._backends = self._backends, {}
        here = asyncio.get_running_loop()
        for loop, task in known.items():
            if not task.done() or task.cancelled() or task.exception() is not None:
                continue
            if loop is here:
                await task.result().keeper.aclose()
            elif loop.is_running():
                asyncio.run_coroutine_threadsafe(task.result().keeper.aclose(), loop)


@dataclass(frozen=True, slots=True)
class _Opened:
    backend: Backend
    keeper: AsyncGenerator[Backend]


async def _open(connect: Callable[[], Awaitable[Backend]]) -> _Opened:
    keeper = _kept_open(connect)
    return _Opened(await anext(keeper), keeper)


async def _kept_open(connect: Callable[[], Awaitable[Backend]]) -> AsyncGenerator[Backend]:
    """Held open until someone closes it: at the latest the loop, which closes its async generators as it ends."""
    backend = await connect()
    try:
        yield backend
    finally:
        await backend.aclose()


def _name(key: Key) -> str:
    """Of a conversation, in letters and digits alone."""
    return f"talk-{key.digest().hex()}"


def _family(key: Key) -> str:
    return f"latest-{Key(key.team, '', key.owner, key.is_simulated).digest().hex()}"


@contextmanager
def _explained(backend: Backend) -> Iterator[None]:
    try:
        yield
    except SessionError:
        raise
    except Exception as problem:
        failure = backend.explain(problem)
        if failure is None:
            raise
        raise failure from None  # the server's own words may hold what was to be kept


async def finished(work: Awaitable[T]) -> T:
    """The result of `work`, waited for also by a task that is cancelled: a lock must not be left behind."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as reason:
            cancelled = reason
    if cancelled is not None:
        task.exception()
        raise cancelled
    return task.result()
