"""What is asked of the gateway, in order: one request a probe.

Paths, headers and bodies are those of the Sahara API documentation (checked 2026-11-22). What it leaves open is asked
here: bodies of errors, calls without or with the wrong provider, `stream_options`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import urlencode

from agents_sahara.types import Json, JsonObject

KeyKind: TypeAlias = Literal["real", "made up", "none"]
Carrier: TypeAlias = Literal["x-api-key", "Authorization"]

MADE_UP_KEY = "made-up-by-agents-sahara-doctor-and-opens-nothing"
BAD_MODEL = "agents-sahara-no-such-model"
BAD_PROVIDER = "agents-sahara-no-such-provider"

MOST_TOKENS = 5
"""Asked of each call that a model may answer: enough to see a stream in more than one piece."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The model and provider that are taken for good."""

    provider: str
    model: str


@dataclass(frozen=True, slots=True)
class Probe:
    """One question."""

    name: str
    asks: str
    """What its answer settles, in one line."""
    method: str
    target: str
    """Behind the base URL, with its query."""
    key: KeyKind
    carrier: Carrier
    provider: str | None = None
    """What `OpenAI-Organization` says; None leaves it out."""
    body: JsonObject | None = None
    is_good: bool = False
    """Whether an answer other than 200 is a failure."""


def probes(pair: Pair) -> tuple[Probe, ...]:
    """Every probe; those that a model may answer, and that may cost something, stand last."""
    return (*_catalog(pair), *_refused(pair), *_answered(pair))


def may_cost(probe: Probe) -> bool:
    """Whether a model may answer it on the caller's account."""
    return probe.body is not None and probe.key == "real"


def _catalog(pair: Pair) -> Iterator[Probe]:
    detail = _query("modelDetail", model=pair.model, provider=pair.provider)
    yield _get("models", "what the list of models looks like", "models", is_good=True)
    yield _get("providers", "what the list of providers looks like", "providers", is_good=True)
    yield _get("models-of-provider", "which models a provider has", _query("models", provider=pair.provider))
    yield _get("providers-of-model", "which providers a model has", _query("providers", model=pair.model))
    yield _get("model-detail", "what is told of one model", detail)
    bad_detail = _query("modelDetail", model=BAD_MODEL, provider=pair.provider)
    yield _get("model-detail-bad-model", "what is told of a model that is not there", bad_detail)
    bad_models = _query("models", provider=BAD_PROVIDER)
    yield _get("models-bad-provider", "what is told of a provider that is not there", bad_models)
    yield _get("models-bad-key", "how /models refuses a key", "models", key="made up")
    yield _get("providers-bad-key", "how /providers refuses a key", "providers", key="made up")
    yield _get("model-detail-bad-key", "how /modelDetail refuses a key", detail, key="made up")
    yield _get("models-no-key", "whether the catalog needs a key", "models", key="none")
    yield _get(
        "models-bearer-key", "whether the catalog takes a bearer key", "models", carrier="Authorization"
    )


def _refused(pair: Pair) -> Iterator[Probe]:
    """Calls that a gateway should refuse; plain and streamed, because the two may be refused differently."""
    for suffix, how, body in _both(pair.model):
        yield _chat(
            f"chat-bad-key{suffix}", f"how a {how} call refuses a key", pair.provider, body, "made up"
        )
    for suffix, how, body in _both(BAD_MODEL):
        yield _chat(f"chat-bad-model{suffix}", f"how a {how} call refuses a model", pair.provider, body)
    for suffix, how, body in _both(pair.model):
        yield _chat(f"chat-bad-provider{suffix}", f"how a {how} call refuses a provider", BAD_PROVIDER, body)


def _answered(pair: Pair) -> Iterator[Probe]:
    no_provider = "whether a call without OpenAI-Organization is routed"
    yield _chat("chat-no-provider", no_provider, None, _body(pair.model))
    for suffix, how, body in _both(pair.model):
        good = f"what a good {how} answer looks like"
        yield _chat(f"chat-good{suffix}", good, pair.provider, body, is_good=True)
    with_usage = _body(pair.model) | {"stream": True, "stream_options": {"include_usage": True}}
    yield _chat(
        "chat-good-streamed-usage",
        "whether stream_options.include_usage is taken, and usage is told",
        pair.provider,
        with_usage,
    )


def _both(model: str) -> Iterator[tuple[str, str, dict[str, Json]]]:
    yield "", "plain", _body(model)
    yield "-streamed", "streamed", _body(model) | {"stream": True}


def _body(model: str) -> dict[str, Json]:
    return {
        "model": model,
        "messages": [{"role": "user", "content": "Say ok."}],
        "max_tokens": MOST_TOKENS,
    }


def _query(path: str, **fields: str) -> str:
    return f"{path}?{urlencode(fields)}"


def _get(
    name: str,
    asks: str,
    target: str,
    *,
    key: KeyKind = "real",
    carrier: Carrier = "x-api-key",
    is_good: bool = False,
) -> Probe:
    return Probe(name, asks, "GET", target, key, carrier, is_good=is_good)


def _chat(
    name: str,
    asks: str,
    provider: str | None,
    body: JsonObject,
    key: KeyKind = "real",
    *,
    is_good: bool = False,
) -> Probe:
    return Probe(name, asks, "POST", "chat/completions", key, "Authorization", provider, body, is_good)
