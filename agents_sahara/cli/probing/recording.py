"""Ask every probe in turn, tell each as a check of `doctor`, and leave one document behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from agents_sahara import __version__
from agents_sahara.cli.check import Check
from agents_sahara.cli.exits import NO_ACCESS, NO_ANSWER
from agents_sahara.cli.machine import json_text
from agents_sahara.cli.probing.asking import Exchange, ask, not_sent
from agents_sahara.cli.probing.record_file import RecordFile
from agents_sahara.cli.probing.table import MOST_TOKENS, Pair, may_cost, probes
from agents_sahara.clients.transport import FRESH, sync_client
from agents_sahara.errors import SettingsError, UsageError
from agents_sahara.settings import Secret, Settings
from agents_sahara.types import Json

VERSION = 1
COST = "cost"
"""Name of the check that stands before the first call that may cost something."""
_NAMED = (
    Pair("openai", "gpt-4o"),
    Pair("together", "deepseek-ai/DeepSeek-V3"),
    Pair("predibase", "llama-3-8b"),
)
"""The pairs that the Sahara API documentation shows in use (checked 2026-11-22)."""
_REDACTED = (
    "The key is *** wherever it stood, in any spelling and in pieces; headers that hold keys, tokens or cookies are "
    "*** whole. Ids of requests and organizations are kept: look before you publish."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the operator named; the rest is chosen."""

    model: str | None
    provider: str | None


def choose(asked: Asked, known: Sequence[Pair]) -> Pair:
    """The pair that is taken for good: what was named, completed from `known` pairs and then the documentation's.

    Raises:
        UsageError: only one half was named, and nothing tells the other.
    """
    if asked.model is not None and asked.provider is not None:
        return Pair(asked.provider, asked.model)
    for pair in (*known, *_NAMED):
        if asked.model in (None, pair.model) and asked.provider in (None, pair.provider):
            return pair
    if asked.model is None:
        raise UsageError(
            f"--provider {asked.provider}: which of its models is to be asked is not said",
            mend=f"add --model; `agents-sahara models --provider {asked.provider}` lists them",
        )
    raise UsageError(
        f"--model {asked.model}: which provider is to be asked for it is not said",
        mend=f"add --provider; `agents-sahara providers --model {asked.model}` lists them",
    )


def record(settings: Settings, pair: Pair, file: RecordFile) -> Iterator[Check]:
    """A check for each probe as it is made, and one for the file at the end.

    Raises:
        UsageError: the file cannot be written.
    """
    if settings.api_key is None:
        yield Check("record", "skipped", "no key to ask with; nothing is written")
        return
    began, made = datetime.now(UTC), list[Exchange]()
    for step in _steps(settings, settings.api_key, pair):
        if isinstance(step, Exchange):
            made.append(step)
            yield _check(step)
        else:
            yield step
    file.write(json_text(document(settings, pair, began, made)))
    yield Check("record", "ok", f"{len(made)} probes are in {file.path}; look before you publish it")


def document(settings: Settings, pair: Pair, began: datetime, made: Sequence[Exchange]) -> dict[str, Json]:
    """The record as `probe_record.schema.json` describes it."""
    return {
        "version": VERSION,
        "type": "probe_record",
        "made_by": f"agents_sahara {__version__}",
        "began": began.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "base_url": settings.base_url
        if settings.api_key is None
        else settings.api_key.scrub(settings.base_url),
        "provider": pair.provider,
        "model": pair.model,
        "redacted": _REDACTED,
        "probes": [exchange.to_json() for exchange in made],
    }


def _steps(settings: Settings, key: Secret, pair: Pair) -> Iterator[Exchange | Check]:
    """Every probe, and before the first that may cost something a word about it.

    Where the host cannot be reached at all, the rest is not sent: each probe would tell the same.
    """
    base_url, todo = settings.base_url, probes(pair)
    try:
        http = sync_client(needs_tls=base_url.startswith("https:"), limits=FRESH)
    except SettingsError as error:
        yield from (not_sent(base_url, key, probe, error.message) for probe in todo)
        return
    with http:
        first = ask(http, base_url, key, todo[0])
        yield first
        if first.failure is not None and first.failure.kind == "host":
            yield from (not_sent(base_url, key, probe, first.failure.reason) for probe in todo[1:])
            return
        costly = [probe for probe in todo if may_cost(probe)]
        for probe in todo[1:]:
            if probe is costly[0]:
                yield _announcement(pair, len(costly))
            yield ask(http, base_url, key, probe)


def _check(exchange: Exchange) -> Check:
    """A refusal is what most probes ask for; only a good call has to succeed."""
    name, answer, failure = f"probe {exchange.probe.name}", exchange.answer, exchange.failure
    if failure is not None:
        is_skipped = failure.kind == "not_sent"
        detail = f"not sent: {failure.reason}" if is_skipped else failure.reason
        code = NO_ACCESS if failure.kind == "host" else NO_ANSWER
        return Check(name, "skipped" if is_skipped else "failed", detail, failure.mend, code)
    assert answer is not None
    simulated = " [simulated]" if ("x-sahara-backend", "sim") in answer.headers else ""
    detail = f"{answer.status} in {exchange.seconds:.1f} s{simulated}"
    if exchange.probe.is_good and answer.status != 200:
        return _refusal(name, detail, exchange, answer.status)
    if exchange.probe.key == "made up" and answer.status == 200:
        return Check(name, "warning", f"{detail}: a made-up key is taken")
    return Check(name, "ok", detail)


def _refusal(name: str, detail: str, exchange: Exchange, status: int) -> Check:
    is_catalog = exchange.probe.body is None
    code = NO_ACCESS if status in (401, 403) or is_catalog else NO_ANSWER
    mend = "check the key" if status in (401, 403) else "read what the gateway said in the record"
    return Check(name, "failed", detail, mend, code)


def _announcement(pair: Pair, calls: int) -> Check:
    return Check(
        COST,
        "ok",
        f"the next {calls} calls may be answered by a model, and so cost a little: {pair.model} on {pair.provider}, "
        f"at most {MOST_TOKENS} tokens each",
    )
