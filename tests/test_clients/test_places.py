"""Places for calls: shared by runs, threads and event loops, given out in turn, and never lost."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import random
import statistics
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from agents_sahara.clients.places import Gate, Places, Stand

SOON_S = 5.0
"""Longer than any wait of these tests."""


@pytest.fixture
def gate() -> Iterator[Gate]:
    made = Gate()
    yield made
    assert (made.busy, made.waiting) == (0, 0)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON_S):
        while not holds():  # noqa: ASYNC110  what is waited for has no event
            await asyncio.sleep(0)


async def _hold(places: Places, run: object, log: list[object], work: Callable[[], Awaitable[None]]) -> None:
    stand = places.stand(run)
    assert await stand.within(SOON_S)
    with stand:
        log.append(run)
        await work()


async def _nothing() -> None:
    await asyncio.sleep(0)


def test_a_run_with_many_calls_does_not_keep_others_waiting(gate: Gate) -> None:
    """Round robin by run, first come first served inside a run."""
    places = Places((gate, 1), 1000)
    log: list[object] = []

    async def go() -> None:
        first = places.stand("first")
        assert first.may_begin
        many = [asyncio.create_task(_named(places, "many", at, log)) for at in range(4)]
        await _until(lambda: gate.waiting == 4)
        others = [asyncio.create_task(_named(places, name, at, log)) for name in "ab" for at in range(2)]
        await _until(lambda: gate.waiting == 8)
        first.leave()
        await asyncio.gather(*many, *others)

    asyncio.run(go())
    assert log == [
        ("many", 0), ("a", 0), ("b", 0), ("many", 1), ("a", 1), ("b", 1), ("many", 2), ("many", 3),
    ]  # fmt: skip


async def _named(places: Places, run: str, at: int, log: list[object]) -> None:
    stand = places.stand(run)
    assert await stand.within(SOON_S)
    with stand:
        log.append((run, at))
        await _nothing()


def test_no_newcomer_overtakes_a_call_that_waits(gate: Gate) -> None:
    places = Places((gate, 1), 1000)

    async def go() -> None:
        first, second = places.stand("a"), places.stand("b")
        waiting = asyncio.create_task(second.within(SOON_S))
        await _until(lambda: gate.waiting == 1)
        first.leave()
        late = places.stand("c")
        assert not late.may_begin
        assert await waiting
        late.leave()
        second.leave()

    asyncio.run(go())


def test_threads_and_event_loops_share_the_places(gate: Gate) -> None:
    places, lock = Places((gate, 3), 1000), threading.Lock()
    under_way, most, done = 0, 0, 0

    async def call() -> None:
        nonlocal under_way, most, done
        stand = places.stand(object())
        assert await stand.within(SOON_S)
        with stand:
            with lock:
                under_way += 1
                most = max(most, under_way)
            await asyncio.sleep(0.001)
            with lock:
                under_way -= 1
                done += 1

    async def many() -> None:
        await asyncio.gather(*(call() for _ in range(50)))

    with ThreadPoolExecutor(4) as threads:
        for finished in [threads.submit(asyncio.run, many()) for _ in range(4)]:
            finished.result()
    assert (most, done) == (3, 200)


@pytest.mark.parametrize("seed", range(5))
def test_calls_that_are_cancelled_at_any_moment_lose_no_place(gate: Gate, seed: int) -> None:
    chance = random.Random(seed)
    places = Places((gate, 2), 1000)

    async def go() -> None:
        log: list[object] = []
        tasks = [asyncio.create_task(_hold(places, at % 7, log, _nothing)) for at in range(200)]
        for task in chance.sample(tasks, 120):
            for _ in range(chance.randrange(3)):
                await asyncio.sleep(0)
            task.cancel()
        async with asyncio.timeout(SOON_S):
            await asyncio.gather(*tasks, return_exceptions=True)
        assert all(task.cancelled() or task.exception() is None for task in tasks)

    asyncio.run(go())


def test_a_place_that_was_handed_to_a_call_that_is_cancelled_goes_to_the_next(gate: Gate) -> None:
    places = Places((gate, 1), 1000)

    async def go() -> None:
        first = places.stand("a")
        second = asyncio.create_task(places.stand("b").within(SOON_S))
        third = places.stand("c")
        waiting = asyncio.create_task(third.within(SOON_S))
        await _until(lambda: gate.waiting == 2)
        first.leave()
        second.cancel()
        assert await waiting
        assert second.cancelled()
        third.leave()

    asyncio.run(go())


def test_who_waits_too_long_keeps_its_stand_until_it_leaves(gate: Gate) -> None:
    places = Places((gate, 1), 1000)

    async def go() -> None:
        first, second, third = (places.stand(name) for name in "abc")
        assert not await second.within(0.001)
        waiting = asyncio.create_task(third.within(SOON_S))
        await _until(lambda: gate.waiting == 2)
        first.leave()
        assert await second.within(0.001)
        assert not waiting.done()
        second.leave()
        second.leave()
        assert await waiting
        third.leave()

    asyncio.run(go())


def test_an_event_loop_that_was_closed_while_its_calls_waited_keeps_nobody_waiting(gate: Gate) -> None:
    places = Places((gate, 1), 1000)
    first = places.stand("a")
    dead = asyncio.new_event_loop()
    lost = [dead.create_task(places.stand("b").within(SOON_S)) for _ in range(2)]
    dead.run_until_complete(asyncio.sleep(0.01))
    assert gate.waiting == 2

    async def go() -> None:
        stand = places.stand("c")
        waiting = asyncio.create_task(stand.within(SOON_S))
        await _until(lambda: gate.waiting == 3)
        dead.close()
        first.leave()
        assert await waiting
        stand.leave()

    asyncio.run(go())
    _forget(lost)


def test_a_place_that_was_handed_to_an_event_loop_just_before_it_closed_is_taken_back(gate: Gate) -> None:
    places = Places((gate, 1), 1000)
    first = places.stand("a")
    dead = asyncio.new_event_loop()
    lost = [dead.create_task(places.stand("b").within(SOON_S))]
    dead.run_until_complete(asyncio.sleep(0.01))
    first.leave()
    dead.close()

    async def go() -> None:
        stand = places.stand("c")
        assert await stand.within(SOON_S)
        stand.leave()

    asyncio.run(go())
    _forget(lost)


def _forget(lost: list[asyncio.Task[bool]]) -> None:
    """Tasks of a closed loop, which nobody will end."""
    for task in lost:
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # no public way
    lost.clear()
    gc.collect()


def test_different_limits_of_one_gate_are_each_kept(gate: Gate) -> None:
    """Teams of one process may have different settings."""

    async def go() -> None:
        wide = [Places((gate, 3), 1000).stand(at) for at in range(2)]
        narrow = Places((gate, 1), 1000).stand("narrow")
        waiting = asyncio.create_task(narrow.within(SOON_S))
        await _until(lambda: gate.waiting == 1)
        more = Places((gate, 3), 1000).stand("more")
        assert more.may_begin
        for stand in (*wide, more):
            assert not waiting.done()
            stand.leave()
        assert await waiting
        narrow.leave()

    asyncio.run(go())


def test_the_process_has_a_limit_over_all_providers() -> None:
    async def go() -> None:
        one, other = Places((Gate(), 5), 2), Places(None, 2)
        held = [one.stand("a"), other.stand("b")]
        assert not one.are_free
        third: Stand = one.stand("c")
        assert not third.may_begin
        assert third.waits_for_process
        waiting = asyncio.create_task(third.within(SOON_S))
        await asyncio.sleep(0)
        held.pop().leave()
        assert await waiting
        for stand in (*held, third):
            stand.leave()
        assert other.are_free

    asyncio.run(go())


def _child(queue: multiprocessing.Queue[bool]) -> None:
    queue.put(Places(None, 1).stand("child").may_begin)


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
def test_a_forked_child_begins_with_free_places() -> None:
    stand = Places(None, 1).stand("parent")
    fork = multiprocessing.get_context("fork")
    queue: multiprocessing.Queue[bool] = fork.Queue()
    child = fork.Process(target=_child, args=(queue,))
    child.start()
    assert queue.get(timeout=SOON_S)
    child.join(SOON_S)
    stand.leave()


def test_a_thousand_callers_wait_about_equally_long(gate: Gate) -> None:
    """In steady state the 95th percentile of the waits is at most 1.5 times the median."""
    places, waits = Places((gate, 100), 10_000), []

    async def caller(run: int) -> None:
        for turn in range(5):
            asked = time.monotonic()
            stand = places.stand(run)
            assert await stand.within(60)
            if turn > 1:
                waits.append(time.monotonic() - asked)
            with stand:
                await asyncio.sleep(0.05)

    async def go() -> None:
        await asyncio.gather(*(caller(run) for run in range(1000)))

    asyncio.run(go())
    cuts = statistics.quantiles(waits, n=20)
    assert cuts[18] <= 1.5 * cuts[9]
