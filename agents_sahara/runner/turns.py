"""A run as one turn of a stored conversation: what came before goes in, what it adds is kept, or nothing is.

The turn is written after the answer is believed and before anybody is told of it. A run that fails, is cancelled,
reaches a limit or waits for a person adds nothing; its message may be sent again as if for the first time.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import cast

from agents import HandoffCallItem, HandoffOutputItem, ItemHelpers, RunItem, TResponseInputItem

from agents_sahara.errors import LimitError, SessionError, UsageError
from agents_sahara.events import RunResult
from agents_sahara.runner.own_ids import with_own_ids
from agents_sahara.runner.plan import Plan, Talk
from agents_sahara.runner.redelivery import facts_of, known_result
from agents_sahara.sessions.values import (
    MOST_CHARACTERS,
    Item,
    Past,
    Receipt,
    Turn,
    digest_of,
)
from agents_sahara.types import Json
from agents_sahara.usage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class TurnOfRun:
    """One run on its way through its conversation, if it has one."""

    plan: Plan
    """As the run was asked for, with what the conversation adds."""
    ledger: Ledger
    talk: Talk | None = None
    past: Past = field(default_factory=Past)
    said: Sequence[Item] = ()
    """What the caller gave, as it is kept."""
    lost_agent: str | None = None
    stored: RunResult | None = None
    """What came of the same message before: no model is to be asked."""

    async def keep(self, added: Iterable[RunItem], result: RunResult) -> RunResult:
        """Write the turn; the result as the caller gets it.

        Raises:
            SessionError: it could not be written; nothing of it was kept.
        """
        kept, speaker = _without_way_out(added, result)
        return await self._write(_as_input(kept), result, speaker)

    async def keep_answer(self, answer: str, result: RunResult) -> RunResult:
        """As `keep`, where a turn is the message and the answer of several agents together: the run's entry goes on.

        Raises:
            SessionError: as `keep`.
        """
        added = cast("list[Item]", [{"role": "assistant", "content": answer}])
        return await self._write(added, result, self.plan.entry)

    async def _write(self, added: Sequence[Item], result: RunResult, speaker: str) -> RunResult:
        if self.talk is None or result.interruptions:
            return result
        talk, result = self.talk, replace(result, session=self.talk.key.id, lost_agent=self.lost_agent)
        receipt = None
        if talk.message_id is not None:
            receipt = Receipt(talk.message_id, digest_of(self.said), facts_of(result))
        turn = Turn(self.past.number + 1, [*self.said, *added], speaker, self._settled(), receipt)
        try:
            await talk.store.write(talk.key, turn, keep=talk.keep)
        except SessionError as failure:
            failure.answer = _in_words(result.output)
            raise
        return result

    def _settled(self) -> dict[str, tuple[str, str]]:
        """Who answers for the agents whose conversations stay with a provider."""
        return {key: pair for key, pair in self.ledger.settled.items() if self.plan.agents.is_sticky(key)}


@asynccontextmanager
async def turn_of(plan: Plan, ledger: Ledger) -> AsyncIterator[TurnOfRun]:
    """Take the turn, and hold the conversation until the block ends.

    Raises:
        LimitError: other turns of the conversation took all of the run's time.
        SessionError: the store cannot be used.
        UsageError: the message id was used for another message.
    """
    talk = plan.talk
    if talk is None:
        given = plan.input
        yield TurnOfRun(plan if isinstance(given, str) else replace(plan, input=with_own_ids(given)), ledger)
        return
    most_s = plan.budget.time_s if ledger.spending is None else ledger.spending.ends - plan.now()
    async with talk.store.turn(talk.key, most_s) as is_held:
        if not is_held:
            raise _too_late(plan, talk)
        past = await talk.store.read(talk.key, keep=talk.keep, message_id=talk.message_id)
        said = cast("list[Item]", ItemHelpers.input_to_new_input_list(plan.input))
        stored = await known_result(plan, talk, past, said)
        yield replace(_begun(plan, ledger, talk, past, said), stored=stored)


def _begun(plan: Plan, ledger: Ledger, talk: Talk, past: Past, said: Sequence[Item]) -> TurnOfRun:
    lost = None if plan.resumed is None else plan.resumed.kept["talk"].get("lost_agent")
    if not talk.is_agent_chosen and past.agent is not None:
        if past.agent in plan.agents:
            plan = replace(plan, entry=past.agent)
        else:
            lost = past.agent
    ledger.entry = plan.entry
    ledger.settled.update(past.settled)
    items = cast("list[TResponseInputItem]", [*past.items, *said])
    plan = replace(plan, input=with_own_ids(items))
    return TurnOfRun(plan, ledger, talk, past, said, lost)


def _in_words(output: Json) -> str:
    return output if isinstance(output, str) else json.dumps(output, ensure_ascii=False)


def _too_late(plan: Plan, talk: Talk) -> LimitError:
    return LimitError(
        f"the conversation {talk.key.id!r} was busy with other turns for the {plan.budget.time_s:g} s of this run",
        mend="send the message again later, or raise `time` in `budget`",
        agent=plan.entry,
        limit="time",
        allowed=plan.budget.time_s,
        used=plan.budget.time_s,
    )


def _without_way_out(added: Iterable[RunItem], result: RunResult) -> tuple[list[RunItem], str]:
    """What a run added, and who goes on.

    An agent that only gave the last answer at a limit (`on_exceed: {handoff: ...}`) was a way out that no model
    chose: the conversation goes on with the agent that had reached the limit, and shows it the answer alone.
    """
    kept, reached = list(added), result.budget
    if reached is None or reached.on_exceed != "handoff":
        return kept, result.last_agent
    if result.path[-2:] != (reached.agent, reached.handoff_to):
        return kept, result.last_agent
    calls = [item.raw_item.call_id for item in kept if isinstance(item, HandoffCallItem)]
    return [item for item in kept if not _is_handoff(item, calls[-1])], reached.agent


def _is_handoff(item: RunItem, call_id: str) -> bool:
    """Whether it is the handoff of this call, or what came of it."""
    if isinstance(item, HandoffOutputItem):
        return bool(cast("Mapping[str, object]", item.raw_item).get("call_id") == call_id)
    return isinstance(item, HandoffCallItem) and item.raw_item.call_id == call_id


def _as_input(items: Iterable[RunItem]) -> list[Item]:
    """The form in which the SDK takes back what a run gave (openai-agents 0.24, checked 2026-11-28)."""
    given = (item.to_input_item() for item in items if item.type != "tool_approval_item")
    return [_without_open_status(cast("Item", item)) for item in given]


def _without_open_status(item: Item) -> Item:
    return item if item.get("status", "") is not None else {k: v for k, v in item.items() if k != "status"}


def checked_id(text: object, what: str) -> str:
    """An id that a caller gave, as it is.

    Raises:
        UsageError: it is no text that can be one.
    """
    problem = None
    if not isinstance(text, str):
        problem = f"is of type {type(text).__name__}"
    elif not text.strip():
        problem = "is empty"
    elif len(text) > MOST_CHARACTERS:
        problem = f"has {len(text)} characters; at most {MOST_CHARACTERS} are allowed"
    elif any(ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 for letter in text):
        problem = "holds characters that no id has"
    if problem is None:
        return cast("str", text)
    raise UsageError(
        f"{what} {problem}", mend="give a text that is the same each time, such as 'telegram:42'"
    )
