"""A thread with one connection to a file, and work for it from any thread and any event loop.

The number of threads and descriptors is the same for one conversation and for ten thousand. Turns that wait while
another is synced to the disk are committed together: one sync for all of them, each of them whole.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Generic, TypeAlias, TypeVar

from agents_sahara.sessions.faults import error_of
from agents_sahara.sessions.file import identity

T = TypeVar("T")

Work: TypeAlias = "Callable[[sqlite3.Connection], T]"

_MOST_AT_ONCE = 256
"""Jobs in one transaction."""
_COMMITS_A_CHECKPOINT = 100
"""After so many, what was written ahead goes into the file itself, once nobody waits for it. SQLite would do it
within a commit, and make one turn in some hundred slow."""


@dataclass(slots=True)
class _Job(Generic[T]):
    work: Work[T]
    done: Future[T] = field(default_factory=Future)
    _values: list[T] = field(default_factory=list)
    _refusal: Exception | None = None

    def attempt(self, connection: sqlite3.Connection) -> bool:
        """Do the work; False where it refused. Nobody is told yet. What SQLite refuses is raised."""
        self._values.clear()
        try:
            self._values.append(self.work(connection))
        except sqlite3.Error:
            raise
        except Exception as problem:  # noqa: BLE001  it belongs to whoever waits, not to this thread
            self._refusal = problem
            return False
        return True

    def tell(self) -> None:
        """Tell whoever waits what came of it."""
        if self._refusal is not None:
            self.done.set_exception(self._refusal)
        else:
            self.done.set_result(self._values[0])


class Worker:
    """Does jobs one after another; `writes` wraps them in transactions."""

    def __init__(self, path: Path, connect: Callable[[], sqlite3.Connection], *, writes: bool) -> None:
        self._path = path
        self._connect = connect
        self._writes = writes
        self._jobs: SimpleQueue[_Job[object] | None] = SimpleQueue()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self._commits = 0
        self._thread = threading.Thread(target=self._serve, name="agents_sahara-sessions", daemon=True)
        self._thread.start()

    async def do(self, work: Work[T]) -> T:
        """What `work` gives. Who is cancelled while something is written learns first whether it was.

        Raises:
            SessionError: the file cannot be used.
        """
        job = _Job(work)
        self._jobs.put(job)  # type: ignore[arg-type]  # a queue of jobs of any kind
        return await (settled(job.done) if self._writes else asyncio.wrap_future(job.done))

    def stop(self) -> None:
        """Close the connection after what is under way; does not wait."""
        self._jobs.put(None)

    def join(self, timeout_s: float) -> None:
        """Wait until the connection is closed."""
        self._thread.join(timeout_s)

    def _serve(self) -> None:
        is_over = False
        while not is_over:
            first = self._jobs.get()
            batch = [] if first is None else [first]
            is_over = first is None
            while self._writes and not is_over and len(batch) < _MOST_AT_ONCE:
                try:
                    job = self._jobs.get_nowait()
                except Empty:
                    break
                is_over = job is None
                if job is not None:
                    batch.append(job)
            self._do_all([job for job in batch if job.done.set_running_or_notify_cancel()])
        self._close()

    def _do_all(self, batch: list[_Job[object]]) -> None:
        try:
            connection = self._ready()
            if self._writes:
                self._write(connection, batch)
                return
            for job in batch:
                job.attempt(connection)
                job.tell()
        except Exception as problem:  # noqa: BLE001  whoever waits must hear of it
            failure = problem
            if isinstance(problem, sqlite3.Error | UnicodeDecodeError):
                failure = error_of(problem, self._path)
            self._close()
            for job in batch:
                if not job.done.done():
                    job.done.set_exception(failure)

    def _write(self, connection: sqlite3.Connection, batch: list[_Job[object]]) -> None:
        """All of `batch` in one transaction; where SQLite refuses it, each in its own."""
        connection.execute("BEGIN IMMEDIATE")
        try:
            _attempt_all(connection, batch)
            connection.execute("COMMIT")
        except BaseException as problem:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if len(batch) == 1 or not isinstance(problem, sqlite3.Error):
                raise
            for job in batch:
                self._do_all([job])
            return
        for job in batch:
            job.tell()
        self._commits += 1
        if self._commits % _COMMITS_A_CHECKPOINT == 0:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def _ready(self) -> sqlite3.Connection:
        """The connection; a new one where the file was removed or replaced, for nobody else would find the turns."""
        if self._connection is not None and identity(self._path) != self._identity:
            self._close()
        if self._connection is None:
            self._connection = self._connect()
            self._identity = identity(self._path)
        return self._connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _attempt_all(connection: sqlite3.Connection, batch: list[_Job[object]]) -> None:
    """Each job of one transaction; what one of them refuses is undone, and the others are not touched by it."""
    for job in batch:
        connection.execute("SAVEPOINT job")
        if not job.attempt(connection):
            connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")


async def settled(future: Future[T]) -> T:
    """The result of `future`, waited for also by a task that is cancelled: only then is anything certain."""
    waiting = asyncio.wrap_future(future)
    cancelled: asyncio.CancelledError | None = None
    while not waiting.done():
        try:
            await asyncio.wait([waiting])
        except asyncio.CancelledError as reason:
            cancelled = reason
    if cancelled is not None:
        waiting.exception()
        raise cancelled
    return waiting.result()
