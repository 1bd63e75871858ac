"""A ledger as JSON and back: a run that waits for a person goes on with what it had spent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

from agents_sahara.types import Attempt, Json, Price, ToolCall, UsedPrice
from agents_sahara.usage.ledger import Ledger


def saved(ledger: Ledger) -> dict[str, Json]:
    """All that `restore` needs; texts that guardrails let pass are in it."""
    return {
        "attempts": [attempt.to_json() | {"seconds": attempt.seconds} for attempt in ledger.attempts],
        "tool_calls": [call.to_json() | {"seconds": call.seconds} for call in ledger.tool_calls],
        "tool_failures": dict(ledger.tool_failures),
        "callers": dict(ledger.callers),
        "path": list(ledger.path),
        "simulated": ledger.is_simulated,
        "prices": [used.to_json() for used in ledger.used_prices()],
        "settled": {key: list(pair) for key, pair in ledger.settled.items()},
        "passed": [list(case) for case in sorted(ledger.passed)],
        "warnings": list(ledger.warnings),
        "spending": None if ledger.spending is None else ledger.spending.to_json(),
    }


def restore(ledger: Ledger, kept: Mapping[str, Any]) -> None:
    """Let a new ledger go on where the one that was saved stopped.

    Raises:
        KeyError, TypeError, ValueError, ArithmeticError: `kept` is nothing that `saved` gives.
    """
    prices = dict.fromkeys(map(_used_price, kept["prices"]))
    ledger.go_on([_attempt(one) for one in kept["attempts"]], prices)
    ledger.tool_calls[:] = [ToolCall(**call) for call in kept["tool_calls"]]
    ledger.tool_failures.update(kept.get("tool_failures", {}))  # earlier versions did not keep them
    ledger.callers.update(kept.get("callers", {}))  # nor these
    ledger.warnings.update(dict.fromkeys(kept.get("warnings", ())))  # nor these
    ledger.path[:] = map(str, kept["path"])
    ledger.is_simulated = bool(kept["simulated"])
    ledger.settled.update({key: (pair[0], pair[1]) for key, pair in kept["settled"].items()})
    ledger.passed.update((agent, guardrail, text) for agent, guardrail, text in kept["passed"])
    if ledger.spending is not None and kept["spending"] is not None:
        ledger.spending.go_on(kept["spending"])


def _attempt(kept: Mapping[str, Any]) -> Attempt:
    values = {field.name: kept[field.name] for field in fields(Attempt)}
    cost = values["cost_usd"]
    return Attempt(**values | {"cost_usd": None if cost is None else Decimal(cost)})


def _used_price(kept: Mapping[str, Any]) -> UsedPrice:
    date = kept["date"]
    price = Price(
        Decimal(kept["input"]),
        Decimal(kept["output"]),
        kept["source"],
        None if date is None else dt.date.fromisoformat(date),
    )
    return UsedPrice(kept["provider"], kept["model"], price)
