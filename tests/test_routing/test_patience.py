"""One time limit for many waits."""

from __future__ import annotations

import asyncio

import pytest

from agents_sahara.routing.patience import Patience
from tests.warp import run_warped


def test_a_wait_that_takes_too_long_ends_in_a_timeout() -> None:
    async def work() -> float:
        patience, began = Patience(), asyncio.get_running_loop().time()
        with pytest.raises(TimeoutError), patience.within(20):
            await asyncio.Event().wait()
        patience.close()
        return asyncio.get_running_loop().time() - began

    assert run_warped(work()) == pytest.approx(20, abs=1)


def test_each_wait_has_its_own_time_whatever_the_ones_before_took() -> None:
    async def work() -> list[float]:
        loop, patience = asyncio.get_running_loop(), Patience()
        took = []
        for seconds in (50, 5, 90):
            began = loop.time()
            for _ in range(3):
                with patience.within(seconds):
                    await asyncio.sleep(seconds / 2)
            with pytest.raises(TimeoutError), patience.within(seconds):
                await asyncio.Event().wait()
            took.append(loop.time() - began)
        patience.close()
        return took

    assert run_warped(work()) == pytest.approx([125, 12.5, 225], abs=2)


def test_no_time_runs_between_two_waits() -> None:
    async def work() -> None:
        patience = Patience()
        with patience.within(5):
            await asyncio.sleep(0)
        await asyncio.sleep(60)
        with patience.within(5):
            await asyncio.sleep(4)
        patience.close()

    run_warped(work())


def test_a_cancelled_wait_is_cancelled_and_no_timeout() -> None:
    async def wait(patience: Patience) -> None:
        with patience.within(5):
            await asyncio.Event().wait()

    async def work() -> None:
        patience = Patience()
        task = asyncio.create_task(wait(patience))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        patience.close()

    run_warped(work())


def test_a_wait_that_is_cancelled_as_its_time_ends_stays_cancelled() -> None:
    async def wait(patience: Patience) -> None:
        with patience.within(5):
            await asyncio.Event().wait()

    async def work() -> None:
        loop, patience = asyncio.get_running_loop(), Patience()
        task = asyncio.create_task(wait(patience))
        await asyncio.sleep(0)
        loop.call_at(loop.time() + 5, task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task
        patience.close()

    run_warped(work())


def test_nothing_is_left_in_the_loop() -> None:
    async def work() -> list[object]:
        loop, patience = asyncio.get_running_loop(), Patience()
        with patience.within(500):
            await asyncio.sleep(0)
        patience.close()
        return [timer for timer in loop._scheduled if not timer.cancelled()]  # type: ignore[attr-defined]

    assert run_warped(work()) == []
