"""The ledger of a run, as arithmetic."""

from __future__ import annotations

import asyncio
import datetime as dt
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from agents_sahara.events import AttemptFailed, GuardrailTripped, ProviderSwitched
from agents_sahara.types import Attempt, Outcome, Price, Share, Tokens, UsedPrice
from agents_sahara.usage.ledger import Ledger


def _attempt(
    agent: str,
    model: str,
    tokens: tuple[int | None, int | None],
    *,
    outcome: Outcome = "answered",
    cost: str | None = None,
) -> Attempt:
    used, made = tokens
    return Attempt(
        agent,
        f"provider of {model}",
        model,
        model,
        outcome,
        None,
        0.1,
        used,
        made,
        None if cost is None else Decimal(cost),
    )


ATTEMPTS = st.lists(
    st.builds(
        _attempt,
        st.sampled_from(["a", "b"]),
        st.sampled_from(["m", "n"]),
        st.tuples(st.none() | st.integers(0, 10**6), st.none() | st.integers(0, 10**6)),
        outcome=st.sampled_from(["answered", "failed", "cancelled"]),
        cost=st.none() | st.sampled_from(["0.01", "0", "1.5"]),
    )
)


@given(ATTEMPTS)
def test_every_breakdown_adds_up_to_the_total(attempts: list[Attempt]) -> None:
    ledger = Ledger()
    ledger.attempts.extend(attempts)
    usage = ledger.usage()
    total = Tokens(usage.requests, usage.input_tokens, usage.output_tokens)
    for part in (usage.by_agent, usage.by_model, usage.by_provider):
        assert sum(part.values(), Tokens()) == total
    assert usage.requests == len([one for one in attempts if one.outcome == "answered"])


@given(ATTEMPTS)
def test_a_cost_is_never_made_up(attempts: list[Attempt]) -> None:
    ledger = Ledger()
    ledger.attempts.extend(attempts)
    costs = [one.cost_usd for one in attempts if one.is_billed]
    if not costs or None in costs:
        assert ledger.cost_usd() is None
    else:
        assert ledger.cost_usd() == sum((cost for cost in costs if cost is not None), Decimal(0))


def test_an_answer_that_was_no_good_is_on_the_bill() -> None:
    ledger = Ledger()
    cut = _attempt("desk", "m", (10, 2), outcome="failed", cost="0.5")
    price = Price(Decimal(1), Decimal(2))
    asyncio.run(ledger.failed(AttemptFailed(cut, "cut at its length", None), price))
    ledger.cancelled(_attempt("desk", "m", (1, None), outcome="cancelled", cost="0.25"), price)
    usage = ledger.usage()
    assert (usage.requests, usage.failed, usage.input_tokens, usage.output_tokens) == (0, 1, 11, 2)
    assert usage.by_agent == {"desk": Share(0, 11, 2, failed=1, cost_usd=Decimal("0.75"))}
    assert ledger.cost_usd() == Decimal("0.75")
    assert ledger.used_prices() == (UsedPrice(cut.provider, "m", price),)


def test_a_share_has_its_failures_and_its_cost_and_shows_which_model_is_unknown() -> None:
    ledger = Ledger()
    ledger.attempts += [
        _attempt("desk", "m", (10, 2), cost="0.5"),
        _attempt("desk", "m", (10, 2), cost="0.25"),
        _attempt("desk", "n", (5, 1)),
        _attempt("desk", "n", (None, None), outcome="failed"),
        _attempt("desk", "gone", (None, None), outcome="failed"),
        _attempt("desk", "left", (None, None), outcome="cancelled"),
    ]
    usage = ledger.usage()
    assert usage.by_model == {
        "m": Share(2, 20, 4, 0, Decimal("0.75")),
        "n": Share(1, 5, 1, 1, None),
        "gone": Share(0, 0, 0, 1, None),
    }
    assert usage.by_agent == {"desk": Share(3, 25, 5, 2, None)}
    assert (usage.failed, ledger.cost_usd()) == (2, None)
    assert usage.to_json()["failed"] == 2
    assert usage.by_model["m"].to_json() == {
        "requests": 2,
        "input_tokens": 20,
        "output_tokens": 4,
        "total_tokens": 24,
        "failed": 0,
        "cost_usd": "0.75",
    }


def test_prices_are_those_of_answered_calls_once_each() -> None:
    """Two aliases may give one model two prices: both were used."""
    ledger = Ledger()
    price = Price(Decimal(1), Decimal(2), "the list", dt.date(2026, 11, 1))
    other = Price(Decimal(3), Decimal(4))
    for model, paid in (("n", price), ("m", price), ("n", price), ("m", other)):
        ledger.answered(_attempt("a", model, (1, 1), cost="1"), None, paid)
    ledger.answered(_attempt("a", "silent", (None, None)), None, price)
    ledger.answered(_attempt("a", "unpriced", (1, 1)), None)
    assert ledger.used_prices() == (
        UsedPrice("provider of n", "n", price),
        UsedPrice("provider of m", "m", price),
        UsedPrice("provider of m", "m", other),
    )
    assert ledger.used_prices()[0].to_json() == {
        "provider": "provider of n",
        "model": "n",
        "input": "1",
        "output": "2",
        "source": "the list",
        "date": "2026-11-01",
    }


def test_prices_are_per_million_tokens_and_exact() -> None:
    assert Price(Decimal("2.50"), Decimal(10)).cost_usd(1_000_000, 100_000) == Decimal("3.50")
    assert Price(Decimal("0.1"), Decimal("0.2")).cost_usd(1, 1) == Decimal("3E-7")


def test_a_simulated_answer_marks_the_run() -> None:
    ledger = Ledger()
    ledger.answered(_attempt("a", "m", (1, 1)), "fp_898ac29719")
    assert not ledger.is_simulated
    ledger.answered(_attempt("a", "m", (1, 1)), "agents-sahara-sim")
    assert ledger.is_simulated


def test_whoever_listens_is_told_of_failures() -> None:
    told: list[object] = []

    async def listen(failure: object) -> None:
        told.append(failure)

    failure = AttemptFailed(_attempt("a", "m", (None, None), outcome="failed"), "why", 0.5)
    moved = ProviderSwitched("a", "p", "m", "q", "n", "server_error")
    refused = GuardrailTripped("a", "g", "input", None, "why")

    async def go() -> None:
        ledger = Ledger(listen)
        await ledger.failed(failure)
        await ledger.switched(moved)
        await ledger.tripped(refused)
        await Ledger().switched(moved)

    asyncio.run(go())
    assert told == [failure, moved, refused]
