"""What stderr tells of a run while it goes on."""

from __future__ import annotations

import datetime as dt
import io
from decimal import Decimal

import pytest

from agents_sahara.cli.console import Console
from agents_sahara.cli.progress import tell_attempt_failed, tell_calls, usage_line
from agents_sahara.events import AttemptFailed, RunResult
from agents_sahara.types import Attempt, Price, UsedPrice
from agents_sahara.usage.ledger import Ledger

ATTEMPT = Attempt("desk", "together", "m", None, "failed", "server_error", 0.1, None, None, None)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (
            "agent 'desk': 'm' on 'together': the gateway failed (503): Busy.",
            "the gateway failed (503): Busy",
        ),
        (
            "agent 'desk': 'm' on 'together' gave no whole answer within 8 s",
            "gave no whole answer within 8 s",
        ),
        ("the host of x could not be reached", "the host of x could not be reached"),
    ],
)
def test_a_failed_attempt_names_its_agent_and_model_once(message: str, told: str) -> None:
    err = io.StringIO()
    tell_attempt_failed(AttemptFailed(ATTEMPT, message, 0.44), Console(io.StringIO(), err, environ={}))
    assert err.getvalue() == f"desk: m on together failed after 0.1 s: {told}; next attempt in 0.4 s\n"


def test_a_failed_attempt_that_no_other_follows_promises_none() -> None:
    err = io.StringIO()
    tell_attempt_failed(
        AttemptFailed(ATTEMPT, "it fell silent", None), Console(io.StringIO(), err, environ={})
    )
    assert err.getvalue() == "desk: m on together failed after 0.1 s: it fell silent\n"


def test_a_call_that_was_cancelled_has_no_reason_to_tell() -> None:
    cancelled = Attempt("desk", "together", "m", None, "cancelled", None, 0.1, None, None, None)
    ledger = Ledger()
    result = RunResult("", ("desk",), "desk", ledger.usage(), None, (cancelled,), "t", False)
    err = io.StringIO()
    tell_calls(result, Console(io.StringIO(), err, environ={}))
    assert err.getvalue().splitlines()[0] == "desk: m on together cancelled after 0.1 s"


def _answered(model: str, cost: str | None) -> Attempt:
    usd = None if cost is None else Decimal(cost)
    return Attempt("desk", "p", model, None, "answered", None, 0.1, 10, 2, usd)


def _cost_told(*attempts: Attempt, prices: tuple[UsedPrice, ...] = ()) -> str:
    """What the line about tokens says of the cost."""
    ledger = Ledger()
    ledger.attempts += attempts
    result = RunResult(
        "", ("desk",), "desk", ledger.usage(), ledger.cost_usd(), attempts, "t", False, prices=prices
    )
    err = io.StringIO()
    tell_calls(result, Console(io.StringIO(), err, environ={}))
    (line,) = (line for line in err.getvalue().splitlines() if "tokens in" in line)
    return line.partition(", cost ")[2]


def _used(model: str, source: str = "team file", day: dt.date | None = None) -> UsedPrice:
    return UsedPrice("p", model, Price(Decimal(1), Decimal(1), source, day))


def test_a_known_cost_names_its_prices_each_once() -> None:
    day = dt.date(2026, 11, 1)
    prices = (_used("m", day=day), _used("n", day=day), _used("o", "genai-prices 9.8.7"))
    told = _cost_told(_answered("m", "0.00200"), _answered("n", "0"), _answered("o", "1"), prices=prices)
    assert told == "1.002 USD (prices: team file, 2026-11-01; genai-prices 9.8.7)"


def test_many_prices_do_not_fill_the_screen() -> None:
    prices = tuple(_used("m", f"list {number}") for number in range(9))
    assert _cost_told(_answered("m", "1"), prices=prices) == "1 USD (prices: list 0; list 1; list 2; ...)"


def test_a_run_without_a_request_has_no_cost() -> None:
    ledger = Ledger()
    assert usage_line(ledger.spent("desk")) == "no request was made, and nothing was spent"


def test_an_unknown_cost_is_never_zero_and_names_the_models_without_one() -> None:
    assert _cost_told(_answered("m", None)) == "unknown"
    told = _cost_told(_answered("m", "0.5"), _answered("n", None), _answered("n", None), prices=(_used("m"),))
    assert told == "unknown: at least 0.5 USD, without n on p"
    failed = Attempt("desk", "p", "x", None, "failed", "server_error", 0.1, None, None, None)
    assert _cost_told(_answered("m", "0"), failed, prices=(_used("m"),)) == "0 USD (prices: team file)"
