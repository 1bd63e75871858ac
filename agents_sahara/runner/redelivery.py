"""What a message that is delivered again gets: the answer that was stored, or the run that waits for a person.

No model is asked and no tool is called for it. Where there is neither, the message is as if for the first time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any, cast

from agents_sahara.errors import ResumeError, UsageError
from agents_sahara.events import ApprovalNeeded, BudgetReached, RunResult
from agents_sahara.runner.plan import Plan, Talk
from agents_sahara.sessions.values import Item, Past, Receipt, digest_of
from agents_sahara.types import Json, JsonObject, Usage


def facts_of(result: RunResult) -> JsonObject:
    """What is stored of an answer beside the turn."""
    whole = result.to_json()
    return {name: whole[name] for name in ("output", "path", "simulated", "budget", "lost_agent")}


async def known_result(plan: Plan, talk: Talk, past: Past, said: Sequence[Item]) -> RunResult | None:
    """What came of the message before; None where nothing did, or where the run goes on that it began.

    Raises:
        UsageError: its id was used for another message.
    """
    if plan.resumed is not None:
        return None
    if past.receipt is not None:
        _require_same(past.receipt.digest, talk, said)
        return _answered(past.receipt, plan, talk)
    return await _waiting(plan, talk, past, said)


async def _waiting(plan: Plan, talk: Talk, past: Past, said: Sequence[Item]) -> RunResult | None:
    found = None if talk.mark is None else await plan.waiting.of_message(talk.mark)
    if found is None:
        return None
    token, kept = found
    _require_same(digest_of(kept["talk"]["said"]), talk, said)
    if kept["talk"]["number"] == past.number and kept["fingerprint"] == plan.identity():
        return _asking(token, kept, plan, talk)
    with suppress(
        ResumeError
    ):  # it can never go on; the message is answered anew, and its calls are not made twice
        await plan.waiting.take(token)
    return None


def _require_same(digest: str, talk: Talk, said: Sequence[Item]) -> None:
    if digest != digest_of(said):
        raise UsageError(
            f"the message id {talk.message_id!r} belongs to another message of the conversation {talk.key.id!r}",
            mend="give each message an id of its own, such as the platform's",
        )


def _answered(receipt: Receipt, plan: Plan, talk: Talk) -> RunResult:
    facts = receipt.result
    path = tuple(map(str, cast("Sequence[Json]", facts["path"])))
    return RunResult(
        output=cast("str", facts["output"]),
        path=path,
        last_agent=path[-1],
        usage=Usage(),
        cost_usd=None,
        attempts=(),
        trace_id=plan.trace_id,
        simulated=bool(facts["simulated"]),
        session=talk.key.id,
        budget=_limit(cast("Mapping[str, Json] | None", facts.get("budget"))),
        redelivered=True,
        lost_agent=cast("str | None", facts.get("lost_agent")),
    )


def _asking(token: str, kept: Mapping[str, Any], plan: Plan, talk: Talk) -> RunResult:
    path = tuple(map(str, kept["path"]))
    return RunResult(
        output="",
        path=path,
        last_agent=path[-1],
        usage=Usage(),
        cost_usd=None,
        attempts=(),
        trace_id=plan.trace_id,
        simulated=bool(kept["ledger"]["simulated"]),
        interruptions=tuple(ApprovalNeeded(**one) for one in kept["interruptions"]),
        token=token,
        session=talk.key.id,
        redelivered=True,
    )


def _limit(facts: Mapping[str, Json] | None) -> BudgetReached | None:
    """A limit as a result told it, back in its own form."""
    if facts is None:
        return None
    known = dict(facts)
    if known["limit"] == "cost_usd":
        known |= {name: Decimal(str(known[name])) for name in ("allowed", "used")}  # type: ignore[misc]
    edge = cast("Mapping[str, str] | None", known.pop("edge"))
    return BudgetReached(**known, edge=None if edge is None else (edge["from"], edge["to"]))  # type: ignore[arg-type]
