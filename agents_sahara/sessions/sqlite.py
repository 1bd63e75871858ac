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
from datetime import UTC, datetime
from pathlib import Path

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

MOST_RECEIPTS = 1000
"""Turns for which an answer is kept for a message that is delivered again, whatever `keep_turns` says."""

_ALL = 2**62

_FIND = (
    "SELECT key, number, agent, settled FROM conversations"
    " WHERE team = ? AND simulated = ? AND owner = ? AND id = ?"
)
_FIND_LAST_TURN = (
    "SELECT turns.key, turns.items FROM turns JOIN conversations ON conversations.key = turns.conversation"
    " WHERE team = ? AND simulated = ? AND owner = ? AND id = ? ORDER BY turns.number DESC LIMIT 1"
)
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
        return await self._open().reading.do(lambda db: self._read(db, key, keep, message_id))

    async def write(self, key: Key, turn: Turn, *, keep: int | None = None) -> None:
        """Add a turn; see `Store`."""
        await self._open().writing.do(lambda db: self._write(db, key, turn, keep))

    async def take_back(self, key: Key) -> Item | None:
        """Remove the last item; see `Store`."""
        return await self._open().writing.do(lambda db: self._take_back(db, key))

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

    def _read(self, db: sqlite3.Connection, key: Key, keep: int | None, message_id: str | None) -> Past:
        row = _row(db, key)
        if row is None:
            return Past()
        conversation, number, agent, settled = row
        receipt = None if message_id is None else self._receipt(db, key, conversation, message_id)
        items = [] if receipt is not None else list(self._items(db, key, conversation, keep))
        try:
            return Past(number, items, agent, decoded_settled(settled), receipt)
        except ValueError as problem:
            raise self._damaged(key) from problem

    def _items(self, db: sqlite3.Connection, key: Key, conversation: int, keep: int | None) -> Iterator[Item]:
        rows = db.execute(
            "SELECT items, checksum FROM turns WHERE conversation = ? ORDER BY number DESC LIMIT ?",
            (conversation, keep or _ALL),
        ).fetchall()
        for text, checksum in reversed(rows):
            try:
                if zlib.crc32(text.encode()) != checksum:
                    raise ValueError("the checksum does not fit")
                yield from decoded_items(text)
            except (ValueError, AttributeError) as problem:
                raise self._damaged(key) from problem

    def _receipt(
        self, db: sqlite3.Connection, key: Key, conversation: int, message_id: str
    ) -> Receipt | None:
        row = db.execute(
            "SELECT digest, result FROM receipts WHERE conversation = ? AND message_id = ?",
            (conversation, message_id),
        ).fetchone()
        if row is None:
            return None
        try:
            return Receipt(message_id, row[0], json.loads(row[1]))
        except (ValueError, TypeError) as problem:
            raise self._damaged(key) from problem

    def _write(self, db: sqlite3.Connection, key: Key, turn: Turn, keep: int | None) -> None:
        conversation = self._advance(db, key, turn)
        text = encoded(list(turn.items))
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        db.execute(
            "INSERT INTO turns (conversation, number, items, checksum, written_at) VALUES (?, ?, ?, ?, ?)",
            (conversation, turn.number, text, zlib.crc32(text.encode()), moment),
        )
        if turn.receipt is not None:
            db.execute(
                "INSERT INTO receipts (conversation, message_id, number, digest, result) VALUES (?, ?, ?, ?, ?)",
                (
                    conversation,
                    turn.receipt.message_id,
                    turn.number,
                    turn.receipt.digest,
                    encoded(turn.receipt.result),
                ),
            )
        _let_go(db, conversation, turn.number, keep)

    def _advance(self, db: sqlite3.Connection, key: Key, turn: Turn) -> int:
        """Note the turn's number and speaker, unless a turn came between; the row of the conversation."""
        row = _row(db, key)
        if turn.number != (1 if row is None else row[1] + 1):
            raise self._conflict(key)
        now = db.execute(
            "SELECT coalesce(max(written), 0) + 1 FROM conversations"
            " WHERE team = ? AND simulated = ? AND owner = ?",
            (key.team, key.is_simulated, key.owner),
        ).fetchone()[0]
        said = (turn.number, turn.agent, encoded(turn.settled), now)
        if row is None:
            made = db.execute(
                "INSERT INTO conversations (team, simulated, owner, id, number, agent, settled, written)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*_parts(key), *said),
            )
            return int(made.lastrowid or 0)
        db.execute(
            "UPDATE conversations SET number = ?, agent = ?, settled = ?, written = ? WHERE key = ?",
            (*said, row[0]),
        )
        return int(row[0])

    def _take_back(self, db: sqlite3.Connection, key: Key) -> Item | None:
        row = db.execute(_FIND_LAST_TURN, _parts(key)).fetchone()
        if row is None:
            return None
        try:
            *rest, last = decoded_items(row[1])
        except ValueError as problem:
            raise self._damaged(key) from problem
        if not rest:
            db.execute("DELETE FROM turns WHERE key = ?", (row[0],))
            return last
        text = encoded(rest)
        db.execute(
            "UPDATE turns SET items = ?, checksum = ? WHERE key = ?",
            (text, zlib.crc32(text.encode()), row[0]),
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


def _let_go(db: sqlite3.Connection, conversation: int, number: int, keep: int | None) -> None:
    if keep is not None:
        db.execute(
            "DELETE FROM turns WHERE conversation = ? AND number <= ("
            "SELECT number FROM turns WHERE conversation = ? ORDER BY number DESC LIMIT 1 OFFSET ?)",
            (conversation, conversation, keep),
        )
    oldest = number - max(MOST_RECEIPTS, keep or 0)
    if oldest > 0:
        db.execute("DELETE FROM receipts WHERE conversation = ? AND number <= ?", (conversation, oldest))


def _row(db: sqlite3.Connection, key: Key) -> tuple[int, int, str | None, str] | None:
    found: tuple[int, int, str | None, str] | None = db.execute(_FIND, _parts(key)).fetchone()
    return found


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
