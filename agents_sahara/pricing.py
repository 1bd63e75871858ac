"""What a model of a provider costs: as the team file says, else as the extra `[prices]` knows it, else unknown.

Knows nothing of teams. The extra is the package genai-prices, whose list comes with it: nothing is fetched here, its
own updates from the network are never started. A wrong price is worse than none, so only an id that the list spells
out, of a provider that is surely the same, with one rate a direction, counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib import import_module, metadata
from importlib.util import find_spec

from agents_sahara.types import Price

PACKAGE = "genai-prices"
_MODULE = "genai_prices"

_SAME_PROVIDER = {"openai": "openai", "together": "together"}
"""Providers of the gateway, and what the list calls them (genai-prices 0.2.3, checked 2026-11-22). Not here: bedrock,
whose prices differ by region, sagemaker, lepton and predibase, which rent out machines or are not listed."""

_PER_DIRECTION = ("input_mtok", "output_mtok")
_OF_OTHER_THINGS = ("requests_kcount",)
"""What is paid for besides tokens."""


def price_of(
    provider: str, model: str, given: Price | None = None, *, is_listed: bool = True
) -> Price | None:
    """`given`, which is the team file's; else the extra's figure for exactly this pair; None is unknown.

    `is_listed` is False for an endpoint of the team file's own, whatever its name: no list knows it.
    """
    if given is not None or not is_listed or provider not in _SAME_PROVIDER:
        return given
    return _listed(_SAME_PROVIDER[provider], model)


def _listed(provider: str, model: str) -> Price | None:
    """A list that is broken, or has another shape than it had, knows nothing: it must not end a run."""
    try:
        rates = _rates(provider, model)
        source = f"{PACKAGE} {metadata.version(PACKAGE)}" if rates is not None else ""
    except (ImportError, AttributeError, TypeError):
        return None
    return None if rates is None else Price(*rates, source=source)


def _rates(provider: str, model: str) -> tuple[Decimal, Decimal] | None:
    """USD per million tokens in and out, where the list has both, and nothing else, for this model."""
    for entry in _entries(provider):
        if model in _spelled_out(entry):
            return _flat(_today(getattr(entry, "prices", None)))
    return None


@cache
def _entries(provider: str) -> tuple[object, ...]:
    """The list's models of one provider; none where the extra is missing."""
    if find_spec(_MODULE) is None:
        return ()
    listed = getattr(import_module(f"{_MODULE}.data"), "providers", ())
    return next((tuple(one.models) for one in listed if getattr(one, "id", None) == provider), ())


def _spelled_out(entry: object) -> Iterator[str]:
    """The ids that are surely this model's: patterns such as "contains" could mean another."""
    yield str(getattr(entry, "id", ""))
    match = getattr(entry, "match", None)
    parts: Iterable[object] = getattr(match, "or_", None) or (match,)
    for part in parts:
        if isinstance(text := getattr(part, "equals", None), str):
            yield text


def _today(prices: object) -> object:
    """The prices of today, or None where they change with the time of day."""
    if not isinstance(prices, list):
        return prices
    constraints = [one.constraint for one in prices if one.constraint is not None]
    if any(not hasattr(constraint, "start_date") for constraint in constraints):
        return None
    now = datetime.now(UTC)
    begun = [one for one in prices if one.constraint is None or one.constraint.active(now)]
    return begun[-1].prices if begun else None


def _flat(prices: object) -> tuple[Decimal, Decimal] | None:
    """One rate a direction; None where the rates depend on the length, or something else is paid for too."""
    used, made = (getattr(prices, name, None) for name in _PER_DIRECTION)
    if not isinstance(used, Decimal) or not isinstance(made, Decimal):
        return None
    is_all = all(getattr(prices, name, None) is None for name in _OF_OTHER_THINGS)
    return (used, made) if is_all else None
