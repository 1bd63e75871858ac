"""Conversations in one SQLite file, the default store.

Every statement carries the conversation's whole key or the row that it was found under; values are always bound.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from agents_sahara.errors import SessionError
from agents_sahara.sessions.faults import fault_at
from agents_sahara.sessions.file import BUSY_S
from agents_sahara.sessions.shared import SharedFile, release, take
from agents_sahara.sessions.values import (
    Item,
    Key,
    Past,
    Receipt,
    Turn,
    decoded_items,
    decoded_settled,
    encoded,
)
from agents_sahara.sessions.worker import Work

T = TypeVar("T")

MOST_RECEIPTS = 1000
"""Turns for which an answer is kept for a message that is delivered again, whatever `keep_turns` says."""

_ALL = 2**62

_FIND = (
    "SELECT key, number, first, agent, settled, checksum FROM conversations"
    " WHERE team = ? AND simulated = ? AND owner = ? AND id = ?"
)
_FIND_LAST_TURN = (
    "SELECT turns.key, turns.number, turns.items FROM turns"
    " JOIN conversations ON conversations.key = turns.conversation"
    " WHERE team = ? AND simulated = ? AND owner = ? AND id = ? AND items <> '[]'"
    " ORDER BY turns.number DESC LIMIT 1"
)
"""A turn from which everything was taken back stays, empty: a number that is missing is damage."""
_FORGET = "DELETE FROM conversations WHERE team = ? AND simulated = ? AND owner = ? AND id = ?"


class SqliteStore:
    """The conversations in the file at `path`; usable from any thread and event loop, and by several processes."""

    outlives = True

    def __init__(self, path: Path, *, busy_s: float = BUSY_S) -> None:
        self._path = path
        self._busy_s = busy_s
        self._shared: SharedFile | None = None
        self._pid = 0

    @property
    def where(self) -> str:
        """The file."""
        return str(self._path)

    def _open(self) -> SharedFile:
        if self._shared is None or self._pid != os.getpid():
            self._shared, self._pid = take(self._path, busy_s=self._busy_s), os.getpid()
        return self._shared

    @asynccontextmanager
    async def turn(self, key: Key, most_s: float) -> AsyncIterator[bool]:
        """Hold the conversation; see `Store`."""
        async with self._open().turnstile.hold(key.digest(), most_s) as is_held:
            yield is_held

    async def read(self, key: Key, *, keep: int | None = None, message_id: str | None = None) -> Past:
        """What is known of the conversation; see `Store`."""
        return await self._open().reading.do(
            self._judged(key, lambda db: self._read(db, key, keep, message_id))
        )

    async def write(self, key: Key, turn: Turn, *, keep: int | None = None) -> None:
        """Add a turn; see `Store`."""
        kept = _Encoded.of(turn)
        await self._open().writing.do(self._judged(key, lambda db: self._write(db, key, kept, keep)))

    async def take_back(self, key: Key) -> Item | None:
        """Remove the last item; see `Store`."""
        return await self._open().writing.do(self._judged(key, lambda db: self._take_back(db, key)))

    async def forget(self, key: Key) -> None:
        """Remove the conversation; see `Store`."""
        await self._open().writing.do(lambda db: _forget(db, key))

    async def latest(self, of: Key) -> str | None:
        """The conversation that was written to last; see `Store`."""
        return await self._open().reading.do(lambda db: _latest(db, of))

    async def aclose(self) -> None:
        """Close the file once no other team of this process uses it; see `Store`."""
        shared, self._shared = self._shared, None
        if shared is not None and self._pid == os.getpid():
            await asyncio.to_thread(release, self._path, shared)

    def _judged(self, key: Key, work: Work[T]) -> Work[T]:
        """`work`, for which a row that cannot be read is the damage of that conversation alone."""

        def judged(db: sqlite3.Connection) -> T:
            try:
                return work(db)
            except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as problem:
                raise self._damaged(key) from problem

        return judged

    def _read(self, db: sqlite3.Connection, key: Key, keep: int | None, message_id: str | None) -> Past:
        row = _row(db, key)
        if row is None:
            return Past()
        receipt = None if message_id is None else _receipt(db, key, row, message_id)
        items = [] if receipt is not None else list(_items(db, key, row, keep))
        return Past(row.number, items, row.agent, decoded_settled(row.settled), receipt)

    def _write(self, db: sqlite3.Connection, key: Key, turn: _Encoded, keep: int | None) -> None:
        conversation = self._advance(db, key, turn, keep)
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        db.execute(
            "INSERT INTO turns (conversation, number, items, checksum, written_at) VALUES (?, ?, ?, ?, ?)",
            (conversation.key, turn.number, turn.items, _checksum(key, turn.number, turn.items), moment),
        )
        if turn.receipt is not None:
            db.execute(
                "INSERT INTO receipts (conversation, message_id, number, digest, result, checksum)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    conversation.key,
                    turn.receipt[0],
                    turn.number,
                    *turn.receipt[1:],
                    _checksum(key, *turn.receipt),
                ),
            )
        db.execute(
            "DELETE FROM turns WHERE conversation = ? AND number < ?", (conversation.key, conversation.first)
        )
        oldest = turn.number - max(MOST_RECEIPTS, keep or 0)
        db.execute("DELETE FROM receipts WHERE conversation = ? AND number <= ?", (conversation.key, oldest))

    def _advance(self, db: sqlite3.Connection, key: Key, turn: _Encoded, keep: int | None) -> _Row:
        """Note the turn's number and speaker, unless a turn came between; the row of the conversation."""
        row = _row(db, key)
        if turn.number != (1 if row is None else row.number + 1):
            raise self._conflict(key)
        first = max(1 if row is None else row.first, 1 if keep is None else turn.number - keep + 1)
        made = _Row(0 if row is None else row.key, turn.number, first, turn.agent, turn.settled)
        now = db.execute(
            "SELECT coalesce(max(written), 0) + 1 FROM conversations"
            " WHERE team = ? AND simulated = ? AND owner = ?",
            (key.team, key.is_simulated, key.owner),
        ).fetchone()[0]
        said = (made.number, made.first, made.agent, made.settled, made.checksum(key), now)
        if row is not None:
            db.execute(
                "UPDATE conversations SET number = ?, first = ?, agent = ?, settled = ?, checksum = ?, written = ?"
                " WHERE key = ?",
                (*said, row.key),
            )
            return made
        inserted = db.execute(
            "INSERT INTO conversations"
            " (team, simulated, owner, id, number, first, agent, settled, checksum, written)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*_parts(key), *said),
        )
        return replace(made, key=inserted.lastrowid or 0)

    def _take_back(self, db: sqlite3.Connection, key: Key) -> Item | None:
        row = db.execute(_FIND_LAST_TURN, _parts(key)).fetchone()
        if row is None:
            return None
        *rest, last = decoded_items(row[2])
        text = encoded(rest)
        db.execute(
            "UPDATE turns SET items = ?, checksum = ? WHERE key = ?",
            (text, _checksum(key, row[1], text), row[0]),
        )
        return last

    def _damaged(self, key: Key) -> SessionError:
        what = (
            f"holds a damaged row of the conversation {key.id!r}; other conversations are not touched by it"
        )
        return fault_at(self._path, "corrupt", what, "let that conversation go, and restore it from a backup")

    def _conflict(self, key: Key) -> SessionError:
        what = f"got another turn of the conversation {key.id!r} meanwhile, so that this one was not kept"
        return fault_at(self._path, "conflict", what, "send the message again")


def _checksum(key: Key, *parts: int | str | None) -> int:
    """By which what was changed, or has come to another conversation, is found out."""
    return zlib.crc32("\0".join(map(str, parts)).encode(), zlib.crc32(key.digest()))


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A turn as its rows have it; made before the writing thread takes it up."""

    number: int
    agent: str | None
    settled: str
    items: str
    receipt: tuple[str, str, str] | None

    @classmethod
    def of(cls, turn: Turn) -> _Encoded:
        receipt = turn.receipt
        kept = None if receipt is None else (receipt.message_id, receipt.digest, encoded(receipt.result))
        return cls(turn.number, turn.agent, encoded(turn.settled), encoded(list(turn.items)), kept)


@dataclass(frozen=True, slots=True)
class _Row:
    """What stands of a conversation beside its turns."""

    key: int
    number: int
    """Of its last turn."""
    first: int
    """Of the oldest turn that is kept; all between are there."""
    agent: str | None
    settled: str

    def checksum(self, of: Key) -> int:
        return _checksum(of, self.number, self.first, self.agent, self.settled)


def _items(db: sqlite3.Connection, key: Key, row: _Row, keep: int | None) -> Iterator[Item]:
    """The items of the kept turns; a turn that is missing, or was changed by anyone but us, is a `ValueError`."""
    rows = db.execute(
        "SELECT number, items, checksum FROM turns WHERE conversation = ? ORDER BY number DESC LIMIT ?",
        (row.key, keep or _ALL),
    ).fetchall()
    first = row.first if keep is None else max(row.first, row.number - keep + 1)
    if [found[0] for found in rows] != list(range(row.number, first - 1, -1)):
        raise ValueError("a turn is missing")
    for number, text, checksum in reversed(rows):
        if _checksum(key, number, text) != checksum:
            raise ValueError("the checksum does not fit")
        yield from decoded_items(text)


def _receipt(db: sqlite3.Connection, key: Key, row: _Row, message_id: str) -> Receipt | None:
    found = db.execute(
        "SELECT digest, result, checksum FROM receipts WHERE conversation = ? AND message_id = ?",
        (row.key, message_id),
    ).fetchone()
    if found is None:
        return None
    digest, result, checksum = found
    if _checksum(key, message_id, digest, result) != checksum:
        raise ValueError("the checksum does not fit")
    return Receipt(message_id, digest, json.loads(result))


def _row(db: sqlite3.Connection, key: Key) -> _Row | None:
    found = db.execute(_FIND, _parts(key)).fetchone()
    if found is None:
        return None
    *parts, checksum = found
    row = _Row(*parts)
    if row.checksum(key) != checksum:
        raise ValueError("the checksum does not fit")
    return row


def _parts(key: Key) -> tuple[str, bool, str, str]:
    return key.team, key.is_simulated, key.owner, key.id


def _forget(db: sqlite3.Connection, key: Key) -> None:
    db.execute(_FORGET, _parts(key))


def _latest(db: sqlite3.Connection, of: Key) -> str | None:
    row = db.execute(
        "SELECT id FROM conversations WHERE team = ? AND simulated = ? AND owner = ?"
        " ORDER BY written DESC LIMIT 1",
        (of.team, of.is_simulated, of.owner),
    ).fetchone()
    return None if row is None else str(row[0])
