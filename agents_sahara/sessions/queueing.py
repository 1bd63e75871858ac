"""One turn at a time for each conversation: among threads and event loops here, and among processes.

Here, whoever asks first is served first. Between processes a byte of one lock file stands for each conversation, so
that there is one descriptor however many conversations there are; the system lets go of it when a process dies,
however it dies, so no lease has to run out. There is one of these for each file in a process: see `byte_locks`.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import Future, InvalidStateError
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

from agents_sahara.sessions.byte_locks import ByteLocks, locks_of_system
from agents_sahara.sessions.faults import os_error_of
from agents_sahara.sessions.file import make_private

_FIRST_POLL_S = 0.002
_MOST_POLL_S = 0.05
_FLAGS = os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)
_PLACES = 2**62
"""Bytes of a lock file that can be locked; none of them is ever written."""


class Barrier(Protocol):
    """Keeps other processes out of a conversation."""

    async def try_take(self, place: int) -> bool:
        """Take `place` unless another process has it."""
        ...

    async def release(self, place: int) -> None:
        """Let the next one in."""
        ...


class NoBarrier:
    """Where there are no other processes: a store in memory."""

    async def try_take(self, place: int) -> bool:  # noqa: ARG002  as the protocol has it
        """Always."""
        return True

    async def release(self, place: int) -> None:
        """Nothing is held."""


class LockFile:
    """Bytes of a file beside the store."""

    def __init__(self, path: Path, locks: ByteLocks | None = None) -> None:
        self._path = path
        self._locks = locks_of_system() if locks is None else locks
        self._file: int | None = None
        self._opening = threading.Lock()

    async def try_take(self, place: int) -> bool:
        """Lock the byte.

        Raises:
            SessionError: the file cannot be made, or the file system has no locks.
        """
        try:
            return self._locks.try_lock(self._opened(), place)
        except OSError as problem:
            raise os_error_of(problem, self._path) from problem

    async def release(self, place: int) -> None:
        """Unlock the byte."""
        if self._file is not None:
            self._locks.unlock(self._file, place)

    def _opened(self) -> int:
        with self._opening:
            if self._file is None:
                make_private(self._path)
                self._file = os.open(self._path, _FLAGS)  # a link in its place could lead anywhere
            return self._file

    def close(self) -> None:
        """Let go of the file, and of every byte."""
        with self._opening:
            if self._file is not None:
                os.close(self._file)
                self._file = None


class Turnstile:
    """Lets one turn of each conversation through at a time."""

    def __init__(self, barrier: Barrier) -> None:
        self._barrier = barrier
        self._guard = threading.Lock()
        self._lines: dict[bytes, deque[Future[None]]] = {}
        """Of each conversation that somebody holds: who waits for it."""

    @staticmethod
    def place_of(name: bytes) -> int:
        """The number that stands for a conversation at the barrier."""
        return int.from_bytes(name[:8]) % _PLACES

    @asynccontextmanager
    async def hold(self, name: bytes, most_s: float) -> AsyncIterator[bool]:
        """Hold the conversation `name`; False where `most_s` seconds went by before its turn came."""
        ends = time.monotonic() + most_s
        if not await self._enter(name, most_s):
            yield False
            return
        place = self.place_of(name)
        try:
            is_held = await self._pass_barrier(place, ends)
            try:
                yield is_held
            finally:
                if is_held:
                    await self._barrier.release(place)
        finally:
            self._leave(name)

    async def _enter(self, name: bytes, most_s: float) -> bool:
        with self._guard:
            line = self._lines.get(name)
            if line is None:
                self._lines[name] = deque()
                return True
            mine: Future[None] = Future()
            line.append(mine)
        try:
            await asyncio.wait_for(asyncio.wrap_future(mine), max(0.0, most_s))
        except TimeoutError:
            return self._give_up(name, mine)
        except BaseException:
            if self._give_up(name, mine):
                self._leave(name)
            raise
        return True

    def _give_up(self, name: bytes, mine: Future[None]) -> bool:
        """Leave the line; True where the turn has come all the same."""
        with self._guard:
            line = self._lines.get(name, deque())
            if mine in line:
                line.remove(mine)
                return False
        return True

    def _leave(self, name: bytes) -> None:
        with self._guard:
            line = self._lines[name]
            if not line:
                del self._lines[name]
                return
            following = line.popleft()
        with suppress(InvalidStateError):  # it stopped waiting just now, and finds out that its turn has come
            following.set_result(None)

    async def _pass_barrier(self, place: int, ends: float) -> bool:
        wait_s = _FIRST_POLL_S
        while not await self._barrier.try_take(place):
            left_s = ends - time.monotonic()
            if left_s <= 0:
                return False
            await asyncio.sleep(min(wait_s, left_s))
            wait_s = min(_MOST_POLL_S, wait_s * 2)
        return True
