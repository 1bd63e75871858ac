"""PostgreSQL, through the SDK's `SQLAlchemySession` (extra `[postgres]`).

A conversation is held by an advisory lock of a connection that stays open: where the process or the connection dies,
the server lets go of it at once (PostgreSQL documentation, "Advisory Locks", checked 2026-11-28). A pooler that lends
connections for one transaction breaks that, so it needs a direct connection or session pooling.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from agents.extensions.memory import SQLAlchemySession
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from agents_sahara.errors import SessionError, SessionHostError
from agents_sahara.sessions.envelope import number_of
from agents_sahara.sessions.server import Addition

if TYPE_CHECKING:
    from agents.memory import Session

SESSIONS, TURNS = "agents_sahara_sessions", "agents_sahara_turns"

_CONNECT_S = 10.0
_STATEMENT_S = 30.0
_SIZE = 10
"""Connections of one event loop; more turns at once wait for one."""

_OWN = text(f"INSERT INTO {SESSIONS} (session_id) VALUES (:name) ON CONFLICT DO NOTHING")  # noqa: S608  named above
_LOCK = text(
    f"UPDATE {SESSIONS} SET updated_at = CURRENT_TIMESTAMP WHERE session_id = :name"  # noqa: S608  named above
)
_LAST = text(
    f"SELECT message_data FROM {TURNS} WHERE session_id = :name ORDER BY id DESC LIMIT 1"  # noqa: S608  named above
)
_ADD = text(
    f"INSERT INTO {TURNS} (session_id, message_data, created_at) SELECT CAST(:name AS text), CAST(:item AS text),"  # noqa: S608  named above
    f" greatest(localtimestamp, max(created_at)) FROM {TURNS} WHERE session_id = :name"
)
"""The SDK orders by a clock, which may go backwards."""
_PRUNE = text(
    f"DELETE FROM {TURNS} WHERE session_id = :name AND id <= ("  # noqa: S608  the names stand above
    f"SELECT id FROM {TURNS} WHERE session_id = :name ORDER BY id DESC LIMIT 1 OFFSET :count)"
)


def address_of(url: str) -> URL:
    """The address for the driver that is used; `sslmode`, as libpq has it, is what the driver calls `ssl`."""
    address = make_url(url).set(drivername="postgresql+asyncpg")
    mode = address.query.get("sslmode")
    if mode is None:
        return address
    return address.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})


def where_of(url: str) -> str:
    """The server as people may see it."""
    address = make_url(url)
    return f"postgresql://{address.host}{f':{address.port}' if address.port else ''}/{address.database or ''}"


class PostgresBackend:
    """The connections of one event loop."""

    def __init__(self, url: str, engine: AsyncEngine) -> None:
        self._where = where_of(url)
        self._engine = engine
        self._locks: AsyncConnection | None = None
        self._held: dict[int, AsyncConnection] = {}
        self._one_at_a_time = asyncio.Lock()

    @classmethod
    async def connect(cls, url: str) -> PostgresBackend:
        """Reach the server and make the tables where they are missing.

        Raises:
            SessionError: the server cannot be reached, or refuses.
        """
        made = cls(url, _engine(url))
        async with made._explained():
            await made._session("-", create=True).get_items(1)
        return made

    @classmethod
    async def look(cls, url: str) -> str:
        """What the server has of ours; nothing is made there.

        Raises:
            SessionError: the server cannot be reached, or refuses.
        """
        made = cls(url, _engine(url))
        async with made._explained():
            async with made._engine.connect() as connection:
                found = await connection.execute(text("SELECT to_regclass(:name)"), {"name": TURNS})
                has_tables = found.scalar_one() is not None
            await made.aclose()
        return "answers" if has_tables else "answers; the first conversation makes the tables"

    @asynccontextmanager
    async def _explained(self) -> AsyncIterator[None]:
        """Close the connections where something fails, and say what the failure means."""
        try:
            yield
        except Exception as problem:
            await self._engine.dispose()
            failure = self.explain(problem)
            if failure is None:
                raise
            raise failure from None

    def session(self, name: str) -> Session:
        """The SDK's session of that name."""
        return self._session(name)

    def _session(self, name: str, *, create: bool = False) -> SQLAlchemySession:
        return SQLAlchemySession(
            name, engine=self._engine, create_tables=create, sessions_table=SESSIONS, messages_table=TURNS
        )

    async def append(self, added: Addition) -> bool:
        """Write the turn in one transaction, which holds the conversation's row: two turns never have one number."""
        if not await self._still_holds(added.place):
            return False
        async with self._engine.connect() as connection, connection.begin() as transaction:
            await self._hold(connection, added.name)
            last = (await connection.execute(_LAST, {"name": added.name})).scalar_one_or_none()
            if number_of(last) != added.number - 1:
                await transaction.rollback()
                return False
            await self._add(connection, added.name, added.item, added.keep)
            await self._hold(connection, added.family)
            await self._add(connection, added.family, added.latest, 1)
        return True

    async def _hold(self, connection: AsyncConnection, name: str) -> None:
        await connection.execute(_OWN, {"name": name})
        await connection.execute(_LOCK, {"name": name})

    async def _add(self, connection: AsyncConnection, name: str, item: str, keep: int | None) -> None:
        await connection.execute(_ADD, {"name": name, "item": item})
        if keep is not None:
            await connection.execute(_PRUNE, {"name": name, "count": keep})

    async def try_take(self, place: int) -> bool:
        """Take the advisory lock `place`."""
        async with self._one_at_a_time:
            connection = await self._lock_connection()
            found = await connection.execute(text("SELECT pg_try_advisory_lock(:place)"), {"place": place})
            is_taken = bool(found.scalar_one())
            if is_taken:
                self._held[place] = connection
            return is_taken

    async def release(self, place: int) -> None:
        """Let go of the advisory lock; a connection that fails at it has let go of all."""
        async with self._one_at_a_time:
            locks = self._locks
            if self._held.pop(place, None) is not locks or locks is None:  # it is gone, and the lock with it
                return
            try:
                await locks.execute(text("SELECT pg_advisory_unlock(:place)"), {"place": place})
            except (SQLAlchemyError, OSError):
                await self._drop_locks()

    async def _still_holds(self, place: int) -> bool:
        """Whether the connection that took the lock still stands."""
        async with self._one_at_a_time:
            locks = self._locks
            if self._held.get(place) is not locks or locks is None:
                return False
            try:
                await locks.execute(text("SELECT 1"))
            except (SQLAlchemyError, OSError):
                await self._drop_locks()
                return False
            return True

    async def _lock_connection(self) -> AsyncConnection:
        known = self._locks
        if known is not None and not known.invalidated:
            return known
        await self._drop_locks()
        made = await (await self._engine.connect()).execution_options(isolation_level="AUTOCOMMIT")
        self._locks = made
        return made

    async def _drop_locks(self) -> None:
        connection, self._locks = self._locks, None
        if connection is not None:
            await connection.invalidate()
            await connection.close()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._drop_locks()
        await self._engine.dispose()

    def explain(self, problem: Exception) -> SessionError | None:
        """What a failure means; statements and what was to be kept are not shown."""
        origin = getattr(problem, "orig", None) if isinstance(problem, DBAPIError) else problem
        if isinstance(problem, OSError | TimeoutError) or getattr(problem, "connection_invalidated", False):
            reason = getattr(problem, "strerror", None) or type(problem).__name__
            return self._unreachable(str(reason))
        state = str(getattr(origin, "sqlstate", "") or getattr(origin, "pgcode", "") or "")
        if state[:2] in ("08", "28", "3D", "57") or "Connection" in type(origin).__name__:
            return self._unreachable(_kind(origin))
        if not isinstance(problem, SQLAlchemyError) and not hasattr(problem, "sqlstate"):
            return None
        is_full = state[:2] == "53"
        return SessionError(
            f"the conversations in {self._where} cannot be {'written' if is_full else 'used'}: {_kind(origin)}",
            fault="full" if is_full else "unusable",
            mend="give the server more room" if is_full else "look at the server's log",
            where=self._where,
        )

    def _unreachable(self, reason: str) -> SessionHostError:
        return SessionHostError(
            f"the server of conversations {self._where} cannot be reached: {reason}",
            fault="unreachable",
            mend="see that it runs, and that user, password and database in `session` are right",
            where=self._where,
        )


def _engine(url: str) -> AsyncEngine:
    return create_async_engine(
        address_of(url),
        pool_size=_SIZE,
        max_overflow=0,
        pool_pre_ping=True,
        pool_timeout=_STATEMENT_S,
        connect_args={"timeout": _CONNECT_S, "command_timeout": _STATEMENT_S},
        hide_parameters=True,
    )


def _kind(origin: object) -> str:
    """The kind of a failure, in words; its message may hold data."""
    cause = getattr(origin, "__cause__", None)
    return type(cause if cause is not None else origin).__name__
