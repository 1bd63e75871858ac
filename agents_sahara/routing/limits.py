"""The one gate before every HTTP request of a model call: what the run's budget still allows, and what happens else.

Decides, and changes requests; makes none. An agent that is to hand off gets a completion that no model wrote.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

from openai.types.chat import ChatCompletion, ChatCompletionChunk

from agents_sahara.errors import DeadlineError, GatewayError, LimitError
from agents_sahara.events import BudgetReached
from agents_sahara.retry import Clock
from agents_sahara.routing.answers import Receipt
from agents_sahara.routing.failures import OverBudgetError
from agents_sahara.routing.ladder import with_system
from agents_sahara.routing.pool import Member, Pool
from agents_sahara.types import LimitName, Price
from agents_sahara.usage.budget import Call, Spending, estimated
from agents_sahara.usage.ledger import Ask, Ledger, is_aside

_LAST_ANSWER_S = 30.0
"""Beyond the run's time that the last answer may take."""

_LAST_ANSWER_TOKENS = 16_000
"""Far more than a last answer needs: for one that does not end."""

_WRAP_UP = (
    "The limit of what may be spent on this request is reached. Call no tool. Give the user your best final answer "
    "now, in the user's language, from what is known by now, and say plainly what is missing."
)

_OF_TOOLS = ("tools", "tool_choice", "parallel_tool_calls")


class BudgetGate:
    """What one call of an agent may do under the budget of its run; outside of a run, everything."""

    def __init__(self, pool: Pool, ledger: Ledger, clock: Clock) -> None:
        self.is_last = False
        """Whether this call is the last answer of its run: asked once, without tools."""
        self.paused_s = 0.0
        """How long a person was asked."""
        self._agent = pool.agent
        self._ways = pool.ways
        self._ledger = ledger
        self._clock = clock
        self._is_aside = is_aside.get()
        self._is_new = True
        self._call = Call({})

    async def admit(self, request: Mapping[str, Any], price: Price | None) -> str | None:
        """Wait for leave to make one request of a model at `price`.

        The name of a tool means: answer with a call of it instead.

        Raises:
            LimitError: a limit is reached, and nothing more is to be done.
        """
        if self._is_new and not self._is_aside and self._ledger.path[-1:] != [self._agent]:
            self._ledger.path.append(self._agent)
        spending = self._ledger.spending
        if spending is None:
            return None
        if spending.over(self._agent, is_new=self._is_new) is not None:
            async with spending.deciding:
                way = await self._at_limit(spending, request)
            if way is not None:
                return way
        self._call = Call(request, price)
        spending.take(self._call, is_new=self._is_new)
        self._is_new = False
        return None

    async def _at_limit(self, spending: Spending, request: Mapping[str, Any]) -> str | None:
        while spending.decided is None:
            reached = spending.over(self._agent, is_new=self._is_new)
            if reached is None:  # another call had leave given meanwhile
                return None
            if self._is_aside and reached.on_exceed in ("wrap_up", "handoff"):
                raise limit_error(reached)  # whoever asked comes to the limit next, and answers last
            way = await self._decide(reached, spending, request)
            if way is not None:
                return way
        if not spending.has_last_answer or self._is_aside:
            raise limit_error(spending.decided)
        spending.has_last_answer = False
        self.is_last = True
        return None

    async def _decide(
        self, reached: BudgetReached, spending: Spending, request: Mapping[str, Any]
    ) -> str | None:
        if reached.on_exceed != "ask":
            spending.decided = reached
        await self._ledger.reached(reached)
        if reached.on_exceed == "ask":
            await self._ask(reached, spending)
            return None
        spending.has_last_answer = reached.on_exceed != "stop"
        return self._way_to(reached.handoff_to, request) if reached.on_exceed == "handoff" else None

    async def _ask(self, reached: BudgetReached, spending: Spending) -> None:
        since = self._clock.now()
        is_granted = await _answer_of(self._ledger.ask, reached)
        paused_s = self._clock.now() - since
        self.paused_s += paused_s
        if is_granted:
            spending.grant(reached.limit, paused_s=paused_s)
        else:
            spending.decided = reached

    def _way_to(self, target: str | None, request: Mapping[str, Any]) -> str | None:
        """The tool that leads to `target`, where the model is offered one; an agent never hands off to itself."""
        tools = request.get("tools")
        offered = {tool["function"]["name"] for tool in tools} if isinstance(tools, list) else set()
        return next((name for name in self._ways if self._ways[name] == target and name in offered), None)

    def ends(self, call_ends: float, deadline_s: float) -> float:
        """When the call must be over that would be at `call_ends`, and takes `deadline_s` at most."""
        spending = self._ledger.spending
        if spending is None:
            return call_ends
        if self.is_last:
            now = self._clock.now()
            return min(now + deadline_s, max(now, spending.ends) + _LAST_ANSWER_S)
        return min(call_ends + self.paused_s, spending.ends)

    def most_bytes(self) -> int | None:
        """Output at which a streamed answer is ended: far beyond what is left, so that no estimate cuts an honest
        one."""
        spending = self._ledger.spending
        if spending is None:
            return None
        left = _LAST_ANSWER_TOKENS if self.is_last else spending.tokens_left()
        return 4 * (3 * left // 2 + 2000)

    def is_cut(self, failure: GatewayError) -> bool:
        """Whether it was the budget that ended an attempt."""
        spending = self._ledger.spending
        is_late = isinstance(failure, DeadlineError) and spending is not None and spending.is_time_up()
        return isinstance(failure, OverBudgetError) or (is_late and not self.is_last)

    def is_shut(self) -> bool:
        """Whether no further request would be an ordinary one."""
        spending = self._ledger.spending
        return spending is not None and spending.over(self._agent, is_new=False) is not None

    async def error(self, failure: GatewayError) -> LimitError:
        """What the caller sees where the budget ends an answer that was shown, or the last answer failed."""
        spending = self._ledger.spending
        assert spending is not None
        reached = spending.over(self._agent, is_new=False)
        if reached is None:  # the answer under way, not counted yet, or by another measure
            limit: LimitName = "tokens" if isinstance(failure, OverBudgetError) else "time"
            reached = spending.at(self._agent, limit)
        if spending.decided is None:
            spending.decided = reached
            await self._ledger.reached(reached)
        ended = limit_error(reached)
        if self.is_last:
            ended.reword(lambda message: f"{message}; the last answer failed: {failure.message}")
        ended.partial_text = failure.partial_text
        return ended

    def answered(self, receipt: Receipt, member: Member) -> None:
        """Count an answer that was accepted, and what it asks for.

        Raises:
            LimitError: it was to be the last answer, and asks for a tool instead.
        """
        spending = self._ledger.spending
        if spending is None:
            return
        self.settled(receipt, member)
        names = receipt.called
        handoff = next((name for name in names if name in self._ways), None)
        spending.tools_called(sum(name not in self._ways for name in names))
        if handoff is not None:
            spending.handed_off((self._agent, self._ways[handoff]))
        if self.is_last and names and spending.decided is not None:
            ended = limit_error(spending.decided)
            ended.reword(lambda message: f"{message}; the last answer asks for the tool {names[0]!r}")
            raise ended

    def settled(self, receipt: Receipt, member: Member) -> None:
        """Count what a request used, whatever came of it."""
        spending = self._ledger.spending
        if spending is None:
            return
        used, made = receipt.input_tokens, receipt.output_tokens
        if used is None or made is None:
            came = receipt.received
            used, made = (self._call.tokens(), estimated(came)) if came else (0, 0)
        cost_usd = None if member.price is None else member.price.cost_usd(used, made)
        spending.settle(self._call, used + made, cost_usd)

    def not_made(self) -> None:
        """The request that was admitted is not made."""
        if self._ledger.spending is not None:
            self._ledger.spending.not_made(self._call)


async def _answer_of(ask: Ask | None, reached: BudgetReached) -> bool:
    """Whether the limit is granted once more; nobody to ask, or a question that its asker cancels, is a no."""
    if ask is None:
        return False
    try:
        answer = ask(reached)
        return bool(await answer if inspect.isawaitable(answer) else answer)
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():  # it is the run that ends
            raise
        return False


def limit_error(reached: BudgetReached) -> LimitError:
    """The error of a run that `reached` ended."""
    return LimitError(
        f"agent {reached.agent!r}: a limit of the run is reached: {reached}",
        mend=_mend(reached.limit),
        agent=reached.agent,
        limit=reached.limit,
        allowed=reached.allowed,
        used=reached.used,
    )


def _mend(limit: LimitName) -> str:
    flag = "--max-turns (max_turns=...) or " if limit == "turns" else ""
    more = f"allow more with {flag}`budget: {{{limit}: ...}}` in the team file"
    circling = limit in ("turns", "handoffs_per_edge")
    return f"{more}, or look for agents that hand off in a circle" if circling else more


def wrapped_up(request: Mapping[str, Any]) -> dict[str, Any]:
    """`request` as one for the last answer: no tools, and instructions that say so."""
    made = {name: value for name, value in request.items() if name not in _OF_TOOLS}
    made["messages"] = with_system(request["messages"], _WRAP_UP)
    return made


def hand_over(tool: str, model: str) -> ChatCompletion:
    """An answer that calls `tool` and that no model was asked for."""
    call = {"id": _call_id(), "type": "function", "function": {"name": tool, "arguments": "{}"}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    choice = {"index": 0, "finish_reason": "tool_calls", "message": message}
    return ChatCompletion.model_validate(
        {"id": "", "object": "chat.completion", "created": 0, "model": model, "choices": [choice]}
    )


def hand_over_in_parts(tool: str, model: str) -> Iterator[ChatCompletionChunk]:
    """`hand_over` as a stream."""
    call = {"index": 0, "id": _call_id(), "type": "function", "function": {"name": tool, "arguments": "{}"}}
    for delta, end in (({"role": "assistant", "tool_calls": [call]}, None), ({}, "tool_calls")):
        choice = {"index": 0, "delta": delta, "finish_reason": end}
        yield ChatCompletionChunk.model_validate(
            {"id": "", "object": "chat.completion.chunk", "created": 0, "model": model, "choices": [choice]}
        )


def _call_id() -> str:
    return f"call_{uuid4().hex}"
