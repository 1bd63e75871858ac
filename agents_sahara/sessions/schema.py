"""The tables of a file of conversations, and the way from each older version to the next.

The version stands in SQLite's `user_version`, and whose file it is in `application_id`; a released upgrade is never
changed. Names of tables and columns are written here and nowhere made from data.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

from agents_sahara.sessions.faults import fault_at

APPLICATION = 0x53616861
"""Ours, in `application_id`: "Saha"."""

Upgrade = Callable[[sqlite3.Connection], None]


def _first(connection: sqlite3.Connection) -> None:
    for statement in (
        """CREATE TABLE conversations (
            key INTEGER PRIMARY KEY,
            team TEXT NOT NULL,
            simulated INTEGER NOT NULL,
            owner TEXT NOT NULL,
            id TEXT NOT NULL,
            number INTEGER NOT NULL,
            first INTEGER NOT NULL,
            agent TEXT,
            settled TEXT NOT NULL,
            checksum INTEGER NOT NULL,
            written INTEGER NOT NULL,
            UNIQUE (team, simulated, owner, id)
        )""",
        "CREATE INDEX conversations_by_writing ON conversations (team, simulated, owner, written)",
        """CREATE TABLE turns (
            key INTEGER PRIMARY KEY,
            conversation INTEGER NOT NULL REFERENCES conversations (key) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            items TEXT NOT NULL,
            checksum INTEGER NOT NULL,
            written_at TEXT NOT NULL,
            UNIQUE (conversation, number)
        )""",
        """CREATE TABLE receipts (
            key INTEGER PRIMARY KEY,
            conversation INTEGER NOT NULL REFERENCES conversations (key) ON DELETE CASCADE,
            message_id TEXT NOT NULL,
            number INTEGER NOT NULL,
            digest TEXT NOT NULL,
            result TEXT NOT NULL,
            checksum INTEGER NOT NULL,
            UNIQUE (conversation, message_id)
        )""",
        "CREATE INDEX receipts_by_age ON receipts (conversation, number)",
    ):
        connection.execute(statement)


UPGRADES: tuple[Upgrade, ...] = (_first,)
"""The n-th of them makes version n out of version n - 1."""


def bring_up_to_date(
    connection: sqlite3.Connection, path: Path, upgrades: Sequence[Upgrade] = UPGRADES
) -> None:
    """Make or upgrade the tables, all of it or nothing; several processes may do so at once.

    Raises:
        SessionError: the file is another program's, or of a later version than this one knows.
    """
    if version_of(connection, path, len(upgrades)) == len(upgrades):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        for upgrade in upgrades[version_of(connection, path, len(upgrades)) :]:
            upgrade(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION:d}")
        connection.execute(f"PRAGMA user_version = {len(upgrades):d}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def version_of(connection: sqlite3.Connection, path: Path, newest: int = len(UPGRADES)) -> int:
    """Which version the file is of; 0 where it is empty.

    Raises:
        SessionError: it is another program's, or of a later version than this one knows.
    """
    ours = connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if not ours and (version or connection.execute("SELECT 1 FROM sqlite_master").fetchone()):
        raise fault_at(
            path,
            "foreign",
            "belongs to another program",
            "name another file in `session`; this one is left alone",
        )
    if version > newest:
        what = f"was written by a later version of agents-sahara (schema {version}; this one knows {newest})"
        raise fault_at(
            path, "newer", what, "install the later version again, or name another file in `session`"
        )
    return version
