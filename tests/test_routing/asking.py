"""How the tests of this room ask a gateway that misbehaves as told, over real HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from agents_sahara.clients.pool import ClientPool
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule
from agents_sahara.errors import (
    SaharaError,
)
from agents_sahara.retry import Clock, RetryPolicy
from agents_sahara.routing.calls import Caller
from agents_sahara.routing.client import whole_chunks
from agents_sahara.routing.health import Pair
from agents_sahara.routing.pool import Member, Pool
from agents_sahara.routing.tries import RoutingState
from agents_sahara.settings import Settings
from agents_sahara.usage.ledger import Ledger, current_ledger
from tests.leftovers import nothing_left

REQUEST = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello!"}]}


@dataclass
class Waits:
    """A clock whose sleeps take no time and are written down."""

    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    def clock(self) -> Clock:
        return Clock(sleep=self.sleep, jitter=lambda: 0.0)


@dataclass
class Asked:
    """What one call gave and left behind."""

    text: str = ""
    error: SaharaError | None = None
    ledger: Ledger = field(default_factory=Ledger)
    slept: list[float] = field(default_factory=list)
    calls: int = 0

    @property
    def outcomes(self) -> list[str | None]:
        return [attempt.error or attempt.outcome for attempt in self.ledger.attempts]


@asynccontextmanager
async def open_caller(base_url: str, policy: RetryPolicy, waits: Waits) -> AsyncIterator[Caller]:
    pool = ClientPool(Settings.local(base_url), {})
    try:
        members = Pool("solo", (Member(Pair("openai", "gpt-4o")),))
        yield Caller(members, pool, policy, RoutingState.begin(waits.clock()))
    finally:
        await pool.aclose()


async def plain(caller: Caller) -> str:
    answer = await caller.answer(REQUEST)
    return answer.choices[0].message.content or json.dumps(
        [c.model_dump() for c in answer.choices[0].message.tool_calls or []]
    )


async def streamed(caller: Caller) -> str:
    chunks = [chunk async for chunk in whole_chunks(caller.stream({**REQUEST, "stream": True}))]
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def ask(
    gateway: LocalGateway,
    rules: Iterable[Rule],
    *,
    how: Callable[[Caller], Awaitable[str]] = plain,
    policy: RetryPolicy | None = None,
) -> Asked:
    gateway.script(rules)
    before = len(gateway.calls)
    asked, waits = Asked(), Waits()

    async def go() -> None:
        token = current_ledger.set(asked.ledger)
        async with open_caller(gateway.base_url, policy or RetryPolicy(), waits) as caller:
            try:
                asked.text = await how(caller)
            except SaharaError as error:
                asked.error = error
        current_ledger.reset(token)
        await nothing_left()

    asyncio.run(go())
    asked.slept, asked.calls = waits.slept, len(gateway.calls) - before
    return asked


BOTH = pytest.mark.parametrize("how", [plain, streamed], ids=["plain", "streamed"])
SSE = "text/event-stream"
