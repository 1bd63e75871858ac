"""Calls that share one budget: whatever runs at once, no more is sent than is allowed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from openai.types.chat import ChatCompletion

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say
from agents_sahara.errors import LimitError, SaharaError
from agents_sahara.retry import RetryPolicy
from agents_sahara.types import Budget, OnExceed, Price
from agents_sahara.usage.budget import Spending
from agents_sahara.usage.ledger import Ledger, current_ledger
from tests.test_routing.asking import REQUEST, Waits, open_caller


async def _at_once(
    gateway: LocalGateway, count: int, budget: Budget, price: Price | None = None
) -> tuple[list[Any], Ledger]:
    waits = Waits()
    ledger = Ledger(spending=Spending(budget, waits.clock().now))
    token = current_ledger.set(ledger)
    async with open_caller(gateway.base_url, RetryPolicy(), waits) as caller:
        [member] = caller.pool.members
        priced = replace(caller, pool=replace(caller.pool, members=(replace(member, price=price),)))
        asked = (priced.answer(REQUEST) for _ in range(count))
        answers: list[Any] = await asyncio.gather(*asked, return_exceptions=True)
    current_ledger.reset(token)
    return answers, ledger


@pytest.mark.parametrize(("on_exceed", "sent"), [("stop", 3), ("wrap_up", 4), ("ask", 3)])
@pytest.mark.parametrize("limits", [{"model_calls": 3}, {"turns": 3}])
def test_calls_at_once_cannot_all_slip_through(
    gateway: LocalGateway, limits: dict[str, Any], on_exceed: OnExceed, sent: int
) -> None:
    async def go() -> None:
        gateway.script([Rule(Say("Hi."))])
        answers, ledger = await _at_once(gateway, 20, Budget(**limits, on_exceed=on_exceed))
        assert len(gateway.calls) == len(ledger.attempts) == sent
        assert sum(isinstance(one, ChatCompletion) for one in answers) == sent
        assert sum(isinstance(one, LimitError) for one in answers) == 20 - sent

    asyncio.run(go())


def test_what_calls_at_once_send_counts_before_they_are_answered(gateway: LocalGateway) -> None:
    async def go() -> None:
        gateway.script([Rule(Say("Hi."))])
        answers, _ = await _at_once(gateway, 20, Budget(tokens=25))
        assert 1 < len(gateway.calls) < 20
        assert any(isinstance(one, LimitError) for one in answers)

    asyncio.run(go())


def test_what_calls_at_once_cost_counts_before_they_are_answered(gateway: LocalGateway) -> None:
    """Each sends 2 tokens, and so costs 2 USD before it is answered."""

    async def go() -> None:
        gateway.script([Rule(Say("Hi."))])
        price = Price(input=Decimal(1_000_000), output=Decimal(0))
        answers, _ = await _at_once(gateway, 20, Budget(cost_usd=Decimal(25)), price)
        assert 1 < len(gateway.calls) < 20
        assert any(isinstance(one, LimitError) for one in answers)

    asyncio.run(go())


def test_a_storm_over_calls_at_once_ends_at_the_limit(gateway: LocalGateway) -> None:
    async def go() -> None:
        gateway.script([Rule(Fail(500))])
        answers, ledger = await _at_once(gateway, 10, Budget(model_calls=12))
        assert len(gateway.calls) == len(ledger.attempts) <= 12
        assert all(isinstance(one, SaharaError) for one in answers)

    asyncio.run(go())


def test_outside_of_a_run_nothing_is_limited(gateway: LocalGateway) -> None:
    async def go() -> None:
        async with open_caller(gateway.base_url, RetryPolicy(), Waits()) as caller:
            for _ in range(70):
                await caller.answer(REQUEST)

    asyncio.run(go())
    assert len(gateway.calls) == 70
