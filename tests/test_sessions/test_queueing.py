"""The line before a conversation: first come, first served, and nobody who gives up holds up the others."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from agents_sahara.errors import SessionError
from agents_sahara.sessions.byte_locks import ByteLocks, PosixLocks, WindowsLocks, locks_of_system
from agents_sahara.sessions.queueing import LockFile, NoBarrier, Turnstile
from tests.leftovers import nothing_left

NAME = bytes(16)
LONG_S = 20.0


class Busy(NoBarrier):
    """Another process has the conversation for so many tries."""

    def __init__(self, tries: int) -> None:
        self.tries = tries
        self.released = 0

    async def try_take(self, place: int) -> bool:
        self.tries -= 1
        return await super().try_take(place) and self.tries < 0

    async def release(self, place: int) -> None:  # noqa: ARG002  as the protocol has it
        self.released += 1


async def _in_line(count: int, stile: Turnstile, work: Callable[[int], None]) -> list[asyncio.Task[None]]:
    """So many tasks, each in line before the next one begins."""

    async def one(number: int) -> None:
        async with stile.hold(NAME, LONG_S) as is_held:
            assert is_held
            work(number)

    tasks = []
    for number in range(count):
        tasks.append(asyncio.create_task(one(number)))
        await asyncio.sleep(0)
    return tasks


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def go() -> None:
        await asyncio.wait_for(work(), LONG_S)
        await nothing_left()

    asyncio.run(go())


def test_who_asks_first_is_served_first() -> None:
    async def go() -> None:
        stile, order = Turnstile(NoBarrier()), list[int]()
        async with stile.hold(NAME, LONG_S):
            tasks = await _in_line(8, stile, order.append)
            assert order == []
        await asyncio.gather(*tasks)
        assert order == list(range(8))

    run(go)


def test_other_conversations_do_not_wait() -> None:
    async def go() -> None:
        stile = Turnstile(NoBarrier())
        async with stile.hold(NAME, LONG_S), stile.hold(b"x" * 16, 0.0) as is_held:
            assert is_held

    run(go)


@pytest.mark.parametrize("leaving", [{0}, {1, 2}, {7}, set(range(8))])
def test_those_who_are_cancelled_are_passed_over(leaving: set[int]) -> None:
    async def go() -> None:
        stile, order = Turnstile(NoBarrier()), list[int]()
        async with stile.hold(NAME, LONG_S):
            tasks = await _in_line(8, stile, order.append)
            for number in leaving:
                tasks[number].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert order == [number for number in range(8) if number not in leaving]
        async with stile.hold(NAME, 0.0) as is_held:
            assert is_held

    run(go)


def test_one_who_is_cancelled_just_as_its_turn_comes_passes_it_on() -> None:
    async def go() -> None:
        stile, order = Turnstile(NoBarrier()), list[int]()
        async with stile.hold(NAME, LONG_S):
            tasks = await _in_line(3, stile, order.append)
        tasks[0].cancel()  # it was told, and has not gone on yet
        await asyncio.gather(*tasks, return_exceptions=True)
        assert order in ([1, 2], [0, 1, 2])

    run(go)


def test_who_has_waited_long_enough_is_told_so() -> None:
    async def go() -> None:
        stile = Turnstile(NoBarrier())
        async with stile.hold(NAME, LONG_S):
            async with stile.hold(NAME, 0.01) as is_held:
                assert not is_held
            async with stile.hold(NAME, -1.0) as is_held:
                assert not is_held
        async with stile.hold(NAME, 0.0) as is_held:
            assert is_held

    run(go)


def test_another_process_is_waited_for_and_left_to_itself_in_the_end() -> None:
    async def go() -> None:
        barrier = Busy(3)
        async with Turnstile(barrier).hold(NAME, LONG_S) as is_held:
            assert is_held
        assert barrier.released == 1
        barrier = Busy(10**9)
        stile = Turnstile(barrier)
        for _ in range(2):
            async with stile.hold(NAME, 0.01) as is_held:
                assert not is_held
        assert barrier.released == 0

    run(go)


def test_threads_with_loops_of_their_own_stand_in_one_line() -> None:
    stile, inside, most = Turnstile(NoBarrier()), [0], [0]

    async def one() -> None:
        for _ in range(20):
            async with stile.hold(NAME, LONG_S) as is_held:
                assert is_held
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                await asyncio.sleep(0)
                inside[0] -= 1

    threads = [threading.Thread(target=lambda: asyncio.run(one())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG_S)
        assert not thread.is_alive()
    assert most == [1]


class Runtime:
    """What `msvcrt` does, by the reference of `_locking`: bytes of a descriptor, from where it stands."""

    LK_NBLCK, LK_UNLCK = 2, 0

    def __init__(self) -> None:
        self.held: dict[int, int] = {}
        self.has_locks = True

    def locking(self, fd: int, mode: int, nbytes: int, /) -> None:
        place = os.lseek(fd, 0, os.SEEK_CUR)
        assert nbytes == 1
        if place >= 2**31 or not self.has_locks:
            raise OSError(errno.EINVAL, "Invalid argument")
        if mode == self.LK_NBLCK and place not in self.held:
            self.held[place] = fd
        elif mode == self.LK_UNLCK and self.held.get(place) == fd:
            del self.held[place]
        else:
            raise PermissionError(errno.EACCES, "Permission denied")


def test_on_windows_a_byte_is_locked_for_one_process_at_a_time(tmp_path: Path) -> None:
    async def go() -> None:
        runtime = Runtime()
        one, other = (LockFile(tmp_path / "locks", WindowsLocks(runtime)) for _ in range(2))
        for place in (0, 7, 2**31 - 1, 2**61):
            assert await one.try_take(place)
            assert not await other.try_take(place)
            assert await other.try_take(place + 1)
            await other.release(place)  # it is not its own, and stays
            assert not await other.try_take(place)
            await one.release(place)
            assert await other.try_take(place)
            await other.release(place)
            await other.release(place + 1)
            assert runtime.held == {}
        stiles = [Turnstile(each) for each in (one, other)]
        async with stiles[0].hold(NAME, LONG_S) as is_held, stiles[1].hold(NAME, 0.01) as is_held_twice:
            assert (is_held, is_held_twice) == (True, False)
        async with stiles[1].hold(NAME, 0.0) as is_held:
            assert is_held
        runtime.has_locks = False
        with pytest.raises(SessionError) as caught:
            await one.try_take(1)
        assert caught.value.fault == "unusable"
        one.close()
        other.close()

    run(go)


def test_this_system_has_the_locks_of_its_kind() -> None:
    found: ByteLocks = locks_of_system()
    assert isinstance(found, WindowsLocks if sys.platform == "win32" else PosixLocks)
