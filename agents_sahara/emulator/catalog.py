"""Which models the local gateway says it has, and which provider serves each.

The ids, the providers and three pairs stand in the Sahara API documentation ("Discover Available Models &
Providers", read 2026-11-22). Every other pair is an assumption and says so wherever it is shown.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from agents_sahara.types import Json

Proof: TypeAlias = Literal["documented", "assumed", "given"]
"""Why a pair is served: the documentation shows it, we assume it, or the caller asked for it."""

_NAMESPACE = uuid.UUID("5a4a7a0e-6f0b-5d7c-9a52-0d1e6c1f2b33")
"""Any fixed value does: the ids of `modelDetail` only have to stay the same."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One model on one provider."""

    provider: str
    model: str
    proof: Proof = "given"


@dataclass(frozen=True)
class Catalog:
    """Models, providers and the pairs of them that are served, in the order in which they are listed."""

    models: tuple[str, ...]
    providers: tuple[str, ...]
    pairs: tuple[Pair, ...]

    def with_pairs(self, pairs: Iterable[Pair]) -> Catalog:
        """This catalog and `pairs` behind it; a pair that is there already keeps its proof."""
        known = {(pair.provider, pair.model): pair for pair in self.pairs}
        for pair in pairs:
            known.setdefault((pair.provider, pair.model), pair)
        return Catalog(
            tuple(dict.fromkeys((*self.models, *(pair.model for pair in known.values())))),
            tuple(dict.fromkeys((*self.providers, *(pair.provider for pair in known.values())))),
            tuple(known.values()),
        )

    def with_open(self, models: Iterable[str]) -> Catalog:
        """This catalog, and each of `models` that nobody serves at every provider."""
        served = {pair.model for pair in self.pairs}
        unknown = [model for model in models if model not in served]
        return self.with_pairs(Pair(provider, model) for model in unknown for provider in self.providers)

    def find(self, provider: str, model: str) -> Pair | None:
        """The pair, or None where this provider does not serve that model."""
        return self._by_key.get((provider, model))

    def models_of(self, provider: str) -> list[str]:
        """Ids that `provider` serves."""
        return [pair.model for pair in self.pairs if pair.provider == provider]

    def providers_of(self, model: str) -> list[str]:
        """Providers that serve `model`."""
        return [pair.provider for pair in self.pairs if pair.model == model]

    @cached_property
    def _by_key(self) -> dict[tuple[str, str], Pair]:
        return {(pair.provider, pair.model): pair for pair in self.pairs}


def detail(pair: Pair, *, behind: str) -> dict[str, Json]:
    """The eight documented fields of `modelDetail`; the description says what `behind` it answers.

    The documentation's sample has null and 0 in the same places.
    """
    proof = "; that this provider serves it is assumed, not documented" if pair.proof == "assumed" else ""
    return {
        "id": str(uuid.uuid5(_NAMESPACE, f"{pair.provider}/{pair.model}")),
        "name": pair.model,
        "description": f"{pair.provider} AI {pair.model} ({behind}{proof})",
        "is_public": None,
        "license": None,
        "model_size": 0,
        "tags": None,
        "tensor_type": None,
    }


_MODELS = (
    "llama-3-8b",
    "gpt-4o",
    "deepseek-ai/DeepSeek-V3",
    "deepseek-ai/DeepSeek-R1",
    "llama3-3-70b",
    "Qwen/Qwen2.5-72B-Instruct-Turbo",
    "meta-llama/Llama-3.3-70B-Instruct-Turbo",
    "Qwen/Qwen2.5-7B-Instruct-Turbo",
    "meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo",
    "llama3-1-8b",
    "deepseek-ai/DeepSeek-V3-0324",
)
_PROVIDERS = ("lepton", "predibase", "sagemaker", "bedrock", "openai", "together")

DOCUMENTED = Catalog(
    _MODELS,
    _PROVIDERS,
    (
        Pair("predibase", "llama-3-8b", "documented"),
        Pair("openai", "gpt-4o", "documented"),
        Pair("together", "deepseek-ai/DeepSeek-V3", "documented"),
        Pair("together", "deepseek-ai/DeepSeek-R1", "assumed"),
        Pair("lepton", "llama3-3-70b", "assumed"),
        Pair("bedrock", "llama3-3-70b", "assumed"),
        Pair("together", "Qwen/Qwen2.5-72B-Instruct-Turbo", "assumed"),
        Pair("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo", "assumed"),
        Pair("together", "Qwen/Qwen2.5-7B-Instruct-Turbo", "assumed"),
        Pair("together", "meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo", "assumed"),
        Pair("lepton", "llama3-1-8b", "assumed"),
        Pair("sagemaker", "llama3-1-8b", "assumed"),
        Pair("together", "deepseek-ai/DeepSeek-V3-0324", "assumed"),
    ),
)
"""The catalog of the API documentation."""
