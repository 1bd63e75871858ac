"""Places for calls: how many may be under way at once, and who is next when one ends.

A gate is shared by threads and event loops. Waiting runs take turns, the first call of each; a place that becomes
free is handed to the next call directly, so that no newcomer overtakes it. Knows nothing of HTTP or providers.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections import OrderedDict, deque


class Waiter:
    """A call that waits at one gate; its fields change under the gate's lock only."""

    __slots__ = ("has_place", "loop", "most", "run", "woken")

    def __init__(self, run: object, most: int) -> None:
        self.run = run
        self.most = most
        self.loop = asyncio.get_running_loop()
        self.woken: asyncio.Future[None] = self.loop.create_future()
        self.has_place = False

    async def wait(self, ends: float) -> None:
        """Return when there is a place, or when the loop's clock says `ends`."""
        if not self.has_place:
            await asyncio.wait([self.woken], timeout=max(0.0, ends - self.loop.time()))

    def wake(self) -> None:
        """On the waiter's own loop: go on, if it still waits."""
        if not self.woken.done():
            self.woken.set_result(None)


_gates: weakref.WeakSet[Gate] = weakref.WeakSet()


class Gate:
    """Lets as many calls in as there are places."""

    def __init__(self) -> None:
        self.reset()
        _gates.add(self)

    def reset(self) -> None:
        """Begin afresh: nobody is inside, nobody waits."""
        self._lock = threading.Lock()
        self._busy = 0
        self._queues: OrderedDict[object, deque[Waiter]] = OrderedDict()
        """The waiting calls of each run; the run whose turn it is stands first."""
        self._handed: set[Waiter] = set()
        """Calls that have a place and do not know it yet."""
        self._given_back: deque[Waiter | None] = deque()
        """Waiters that gave up, and a None for each place that was left: to be seen to under the lock."""

    @property
    def busy(self) -> int:
        """Places that are taken."""
        return self._busy

    @property
    def waiting(self) -> int:
        """Calls that stand in line."""
        with self._lock:
            count = sum(map(len, self._queues.values()))
        self._settle()
        return count

    def enter_at_once(self, most: int) -> bool:
        """Take a place if one of `most` is free; whoever waits for as many has been served before."""
        with self._lock:
            is_free = self._busy < most
            self._busy += is_free
        if self._given_back:
            self._settle()
        return is_free

    def has_room(self, most: int) -> bool:
        """Whether one of `most` places is free now."""
        return self._busy < most

    def queue(self, run: object, most: int) -> Waiter:
        """Stand in line for one of `most` places, behind the other calls of `run`."""
        waiter = Waiter(run, most)
        with self._lock:
            self._reclaim()
            if self._busy < most:
                self._busy += 1
                waiter.has_place = True
            else:
                self._queues.setdefault(run, deque()).append(waiter)
        self._settle()
        return waiter

    def leave(self) -> None:
        """Give a place back: to the next who waits, or to nobody."""
        self._given_back.append(None)
        self._settle()

    def withdraw(self, waiter: Waiter) -> None:
        """It waits no longer; a place that it was handed goes to the next."""
        self._given_back.append(waiter)
        self._settle()

    def _settle(self) -> None:
        """See to what was given back, or leave it to whoever has the lock, and looks here after.

        It never waits for the lock: the garbage collector may end a call in the thread that has it.
        """
        while self._given_back and self._lock.acquire(blocking=False):
            try:
                while self._given_back:
                    self._take_back(self._given_back.popleft())
            finally:
                self._lock.release()

    def _take_back(self, waiter: Waiter | None) -> None:
        if waiter is None or waiter.has_place:
            if waiter is not None:
                self._handed.discard(waiter)
            self._pass_on()
            return
        queue = self._queues.get(waiter.run)
        if queue is not None and waiter in queue:
            queue.remove(waiter)
            if not queue:
                del self._queues[waiter.run]

    def _pass_on(self) -> None:
        """Hand one place over, or count it as free; whose event loop is closed is passed over."""
        self._busy -= 1
        while self._queues and (waiter := self._next()) is not None:
            waiter.has_place = True
            try:
                waiter.loop.call_soon_threadsafe(waiter.wake)
            except RuntimeError:  # its loop is closed: nobody waits there any more
                waiter.has_place = False
                continue
            self._handed.add(waiter)
            self._busy += 1
            return

    def _next(self) -> Waiter | None:
        """The first call of the first run for which there is a place; that run goes to the end of the line."""
        run = next((run for run, queue in self._queues.items() if queue[0].most > self._busy), None)
        if run is None:
            return None
        queue = self._queues[run]
        waiter = queue.popleft()
        if queue:
            self._queues.move_to_end(run)
        else:
            del self._queues[run]
        return waiter

    def _reclaim(self) -> None:
        """Take back places that were handed to loops which closed before they could say so."""
        for waiter in [one for one in self._handed if one.loop.is_closed()]:
            self._handed.discard(waiter)
            waiter.has_place = False
            self._pass_on()

    def take(self, waiter: Waiter) -> bool:
        """Whether the waiter has a place; it knows it from now on."""
        with self._lock:
            self._reclaim()
            self._handed.discard(waiter)
            has_place = waiter.has_place
        self._settle()
        return has_place


class Places:
    """The gates that the calls to one provider pass: the provider's own, then the one of the process."""

    __slots__ = ("_gates",)

    def __init__(self, of_provider: tuple[Gate, int] | None, most_in_flight: int) -> None:
        of_process = (_process, most_in_flight)
        self._gates = (of_process,) if of_provider is None else (of_provider, of_process)

    @property
    def are_free(self) -> bool:
        """Whether a call could begin now."""
        return all(gate.has_room(most) for gate, most in self._gates)

    def stand(self, run: object) -> Stand:
        """A place if there is one, else a stand in the line, as one of the calls of `run`."""
        stand = Stand(run, self._gates)
        stand.go_on()
        return stand


class Stand:
    """One call on its way through the gates; a context manager that gives back what it has."""

    __slots__ = ("_gates", "_passed", "_run", "_waiter")

    def __init__(self, run: object, gates: tuple[tuple[Gate, int], ...]) -> None:
        self._run = run
        self._gates = gates
        self._passed = 0
        self._waiter: Waiter | None = None
        """At the gate that is next."""

    @property
    def may_begin(self) -> bool:
        """Whether the call has its place."""
        return self._passed == len(self._gates)

    @property
    def limit(self) -> int:
        """How many calls the gate that it waits at lets in."""
        return self._gates[self._passed][1]

    @property
    def waits_for_process(self) -> bool:
        """Whether all providers together are busy, not this one."""
        return self._passed == len(self._gates) - 1

    def go_on(self) -> None:
        """Pass every gate that has room."""
        for gate, most in self._gates[self._passed :] if self._passed else self._gates:
            if not gate.enter_at_once(most):
                return
            self._passed += 1

    async def within(self, seconds: float) -> bool:
        """Whether the call may begin within `seconds`; if not, it keeps its stand, and may ask again.

        A call that is cancelled loses its stand.
        """
        ends = asyncio.get_running_loop().time() + seconds
        try:
            while not self.may_begin:
                if not await self._pass(ends):
                    return False
                self.go_on()
        except BaseException:
            self.leave()
            raise
        return True

    async def _pass(self, ends: float) -> bool:
        gate, most = self._gates[self._passed]
        if self._waiter is None:
            self._waiter = gate.queue(self._run, most)
        await self._waiter.wait(ends)
        if not gate.take(self._waiter):
            return False
        self._waiter = None
        self._passed += 1
        return True

    def leave(self) -> None:
        """Give everything back; once is enough, and more does no harm."""
        waiter, self._waiter = self._waiter, None
        passed, self._passed = self._passed, 0
        if waiter is not None:
            self._gates[passed][0].withdraw(waiter)
        for gate, _ in self._gates[:passed]:
            gate.leave()

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self.leave()


_process = Gate()
"""Of all calls of this process, whichever team makes them."""


def _forget() -> None:
    """A forked child has none of its parent's calls under way."""
    for gate in list(_gates):
        gate.reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
