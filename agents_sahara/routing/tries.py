"""The book-keeping of one model call: its attempts, where the next one goes, its deadline, what the ledger is told.

Makes no call itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Self

from openai.types.chat import ChatCompletion, ChatCompletionChunk

from agents_sahara.clients.hermetic import Destination
from agents_sahara.clients.pool import ClientPool, Line
from agents_sahara.errors import (
    BadRequestError,
    DeadlineError,
    GatewayError,
    HostError,
    LimitError,
    MisfitError,
    SettingsError,
    UnusableAnswerError,
)
from agents_sahara.events import AttemptFailed, ProviderSwitched
from agents_sahara.retry import Clock, RetryPolicy, wait_s
from agents_sahara.routing.announced import Announced
from agents_sahara.routing.answers import Receipt, StreamJudge
from agents_sahara.routing.call_ids import CallIds, RunIds
from agents_sahara.routing.deadline import Deadline
from agents_sahara.routing.demands import Demands
from agents_sahara.routing.entering import Entrance
from agents_sahara.routing.failures import Callee, InWordsError, describe, out_of_time
from agents_sahara.routing.health import Health, Pair
from agents_sahara.routing.limits import BudgetGate, wrapped_up
from agents_sahara.routing.moving import is_of_key, is_too_long, movable
from agents_sahara.routing.pool import Member, request_for
from agents_sahara.routing.traits import Learned, adapted
from agents_sahara.routing.tried import Tried
from agents_sahara.routing.turn import Turn
from agents_sahara.usage.budget import estimated, size_of
from agents_sahara.usage.ledger import Ledger, current_ledger


@dataclass(frozen=True, slots=True)
class RoutingState:
    """What all calls of a team share."""

    clock: Clock
    health: Health
    learned: Learned

    @classmethod
    def begin(cls, clock: Clock) -> Self:
        """The state of a team that has not called anyone yet."""
        return cls(clock, Health(clock.now), Learned())

    def forget(self, provider: str) -> None:
        """`provider` is somebody else from now on."""
        self.health.forget(provider)
        self.learned.forget(provider)


class Tries:
    """The attempts of one call, from its first to its last."""

    def __init__(
        self,
        demands: Demands,
        clients: ClientPool,
        policy: RetryPolicy,
        state: RoutingState,
        began: float,
        taken: frozenset[str] = frozenset(),
    ) -> None:
        """`taken`: ids of calls of the conversation, those that the request does not show among them."""
        self.demands, self._pool = demands, demands.pool
        pool = self._pool
        self._clients = clients
        self._policy = policy
        self._clock = state.clock
        self._health = state.health
        self._learned = state.learned
        self._ledger = current_ledger.get() or Ledger()
        self._ids = RunIds(pool.agent, self._ledger.callers, taken)
        self._tried = Tried()
        self.deadline = Deadline(state.clock, policy, began)
        self._gate = BudgetGate(pool, self._ledger, self._clock)
        self._entrance = Entrance(
            pool.agent, clients, state.health, state.learned, self._ledger, self._policy
        )
        settled = self._ledger.settled.get(pool.agent) if pool.is_sticky else None
        self._choice: Sequence[Pair] = pool.pairs(settled)
        """Where the next attempt may go."""
        self._next = self._health.first(self._choice)

    async def admit(self, request: Mapping[str, Any]) -> str | None:
        """Wait for the leave of the run's budget; the name of a tool means: answer with a call of it instead.

        Raises:
            LimitError: the budget allows no further attempt.
        """
        try:
            way = await self._gate.admit(request, self._pool.member(self._next).price)
        except BaseException as error:  # the attempt, which may be a probe, is not made
            self._health.let_go([self._next])
            last = self._tried.last
            if isinstance(error, LimitError) and last is not None:
                error.reword(lambda message: f"{message}; the last attempt failed: {last.message}")
            raise
        if way is not None:
            self._health.let_go([self._next])
        self.deadline.ends = self._gate.ends(self.deadline.unpaused, self._policy.deadline_s)
        return way

    async def begin(self, request: Mapping[str, Any]) -> Turn:
        """Start the next attempt at `request`, which was admitted.

        Raises:
            SettingsError: there is no key for any member.
            GatewayError: no other can be asked than those that failed, or there was no place in time.
            LimitError: the run's time ended while the call waited for a place.
        """
        failed = self._tried.first
        try:
            entered = await self._entrance.enter(self._next, self._choice, self.deadline.left_s())
        except BaseException as problem:
            self._gate.not_made()
            if isinstance(problem, SettingsError) and failed is not None:
                raise self._last_word(failed) from None
            if isinstance(problem, DeadlineError):
                await self._give_up(problem, is_limit=self._gate.is_shut(), is_final=True)
            raise
        self._next, line = entered.pair, entered.line
        member = self._pool.member(entered.pair)
        with ExitStack() as leaving:
            leaving.enter_context(entered.place)
            callee = Callee(self._pool.agent, *member.pair, line.destination.base_url, hide=line.scrub)
            dressed = self._dressed(member, line, request)
            leaving.pop_all()
            client = line.fresh if self._tried.count else line.client
            return Turn(member, line, client, callee, self._clock.now(), dressed, entered.place)

    def _dressed(self, member: Member, line: Line, request: Mapping[str, Any]) -> Mapping[str, Any]:
        asks_usage = member.pair.provider not in self._learned.usage
        plain = request_for(member, self._pool, request)
        wanted = wrapped_up(plain) if self._gate.is_last else plain
        asked = self.demands.asking(member, wanted)
        traits = self._learned.traits(member.pair.provider, member.traits)
        made = adapted(asked, traits, asks_usage=asks_usage)
        if line.extra_headers:
            made["extra_headers"] = {**(request.get("extra_headers") or {}), **line.extra_headers}
        return made

    def follow(self, turn: Turn) -> StreamJudge:
        """Whoever judges the stream of this attempt."""
        return StreamJudge(turn.callee, self.ids(turn), most_bytes=self._gate.most_bytes())

    def ids(self, turn: Turn) -> CallIds:
        """Gives the calls of this attempt's answer ids that no other call of the conversation or the run has."""
        return self._ids.of(turn.request["messages"])

    def describe(self, turn: Turn, error: BaseException) -> GatewayError:
        """What went wrong in this attempt, without the key."""
        failure = describe(error, turn.callee)
        if failure is None:
            failure = out_of_time(self._clock.now() - turn.started, turn.callee)
        failure.reword(turn.line.scrub)
        if is_too_long(failure):
            tokens = estimated(size_of(turn.request["messages"]))
            failure.reword(lambda message: f"{message} (the conversation has about {tokens:,} tokens)")
        return failure

    def answered(self, turn: Turn, receipt: Receipt) -> None:
        """Note a whole answer.

        Raises:
            LimitError: it was to be the run's last answer, and asks for a tool instead.
        """
        self._count_unused()
        self._health.answered(turn.member.pair, turn.started)
        if self._pool.is_sticky:
            self._ledger.settled[self._pool.agent] = turn.member.pair
        attempt = turn.attempt("answered", receipt, self._clock.now())
        self._ledger.answered(attempt, receipt.fingerprint, turn.member.price)
        self._gate.answered(receipt, turn.member)

    def of_tool(self, request: Mapping[str, Any]) -> ChatCompletion | None:
        """The agent's answer where a tool has just given it; None where a model is to be asked."""
        return self.demands.of_tool(request, self._ledger.tool_failures)

    def announced(self, text: str) -> Announced | None:
        """The handoff that an answer only announces, where there is time and budget to ask for it."""
        is_to_ask = text and self._pool.callings and not self._is_over()
        return self.demands.announced(text) if is_to_ask else None

    def _is_over(self) -> bool:
        """Whether nothing more is asked in this call, however its answer is."""
        return self._gate.is_last or self._gate.is_shut() or self.deadline.is_over

    async def set_aside(self, turn: Turn, failure: GatewayError, receipt: Receipt, *, goes_on: bool) -> bool:
        """Note an attempt whose answer is not taken as it is; whether the call may go on. Nothing else is decided."""
        self._gate.settled(receipt, turn.member)
        if isinstance(failure, InWordsError):
            self._health.answered(turn.member.pair, turn.started)
        else:
            self._health.let_go([turn.member.pair])
        self._next = turn.member.pair
        attempt = turn.attempt("failed", receipt, self._clock.now(), failure.code)
        may_go_on = goes_on and not self._is_over()
        told = AttemptFailed(attempt, failure.message, 0.0 if may_go_on else None)
        await self._ledger.failed(told, turn.member.price)
        return may_go_on

    def finish(self, answer: ChatCompletion) -> ChatCompletion:
        """What the SDK gets of an answer that was noted; the last one of a run is for the user."""
        return answer if self._gate.is_last else self.demands.finish(answer)

    def finish_parts(
        self, parts: Iterator[ChatCompletionChunk], following: StreamJudge
    ) -> Iterator[ChatCompletionChunk]:
        """The same for the parts of a stream."""
        return parts if self._gate.is_last else self.demands.finish_parts(parts, following)

    def cancelled(self, turn: Turn, receipt: Receipt) -> None:
        """Note that the caller gave up waiting."""
        self._count_unused()
        self._health.let_go([turn.member.pair])
        self._gate.settled(receipt, turn.member)
        self._ledger.cancelled(turn.attempt("cancelled", receipt, self._clock.now()), turn.member.price)

    async def failed(
        self, turn: Turn, failure: GatewayError, receipt: Receipt, *, is_final: bool = False
    ) -> None:
        """Note a failure; then wait until the next attempt, at another member where one is well.

        Raises:
            GatewayError: `failure` itself, where there is to be no next attempt.
            LimitError: the run's budget ended the attempt, or allows no other.
        """
        self._count_unused()
        pair = turn.member.pair
        self._gate.settled(receipt, turn.member)
        self._tried.note(pair, failure)
        self._note_health(pair, failure)
        is_final = is_final or self._gate.is_last
        plan = None if is_final else self._plan(turn, failure)
        is_limit = self._gate.is_cut(failure) or (plan is not None and self._gate.is_shut())
        attempt = turn.attempt("failed", receipt, self._clock.now(), failure.code)
        self._tried.took(pair, attempt.seconds)
        told = AttemptFailed(attempt, failure.message, None if plan is None or is_limit else plan[1])
        if plan is None or is_limit:
            await self._ledger.failed(told, turn.member.price)
            await self._give_up(failure, is_limit=is_limit, is_final=is_final)
            self._next = self._elsewhere(turn, failure) if plan is None else plan[0]
            return
        self._next, wait = plan
        try:
            await self._go_on(turn, told, failure, wait)
        except BaseException:  # the next attempt, which may be a probe, is not made
            self._health.let_go([self._next])
            raise

    def _count_unused(self) -> None:
        """Note a request that left before the SDK was loaded and was another than the SDK's."""
        asked = self._clients.thrown_away()
        if asked is not None:
            self._ledger.unused(asked.agent, asked.provider, asked.model)

    async def _give_up(self, failure: GatewayError, *, is_limit: bool, is_final: bool) -> None:
        """Raise what ends the call; where it is the budget that ends the attempt, it decides what comes next."""
        if self._gate.is_last or (is_limit and is_final):
            raise await self._gate.error(failure) from failure
        if not is_limit:
            raise self._last_word(failure)

    def _elsewhere(self, turn: Turn, failure: GatewayError) -> Pair:
        """For one last answer: rather another member than the one that took all the time."""
        return self._health.other(self._movable(turn, failure)) or turn.member.pair

    async def _go_on(self, turn: Turn, told: AttemptFailed, failure: GatewayError, wait: float) -> None:
        """Tell what happened and where the call goes on; wait until it may.

        Raises:
            GatewayError: `failure`, where the wait outlasted the deadline.
        """
        await self._ledger.failed(told, turn.member.price)
        before = turn.member.pair
        if self._next != before:
            await self._ledger.switched(
                ProviderSwitched(self._pool.agent, *before, *self._next, failure.code)
            )
        if wait > 0:
            await self._clock.sleep(wait)
        if self.deadline.is_over and not self._gate.is_shut():  # the wait took longer than it was to
            raise self._last_word(failure)

    def _note_health(self, pair: Pair, failure: GatewayError) -> None:
        """A refusal, a bad key, an empty purse, an unreachable host, an answer that ended at our limit or for what
        it says, or time that others had used up: these tell nothing about the member."""
        is_not_its_own = isinstance(failure, UnusableAnswerError) and not failure.is_retryable
        is_others = isinstance(failure, DeadlineError) and self.deadline.is_near and self._tried.count > 1
        if (
            is_others
            or self._gate.is_cut(failure)
            or is_not_its_own
            or isinstance(failure, MisfitError)
            or is_of_key(failure)
            or isinstance(failure, BadRequestError | HostError)
        ):
            self._health.let_go([pair])
        else:
            self._health.failed(pair, failure, self._policy.cooldown_s)

    def _plan(self, turn: Turn, failure: GatewayError) -> tuple[Pair, float] | None:
        """Where the next attempt goes and after how many seconds; None where there should be none."""
        is_learned = self._learned.note(turn.member.pair.provider, failure, turn.request)
        if self.deadline.is_over:
            return None
        if self.demands.may_ask_otherwise(failure, turn.member, turn.request):
            self._tried.otherwise += 1
            return turn.member.pair, 0.0
        if self._tried.count - self._tried.otherwise >= self._policy.attempts:
            return None
        if is_learned:
            self._tried.otherwise += 1
            return turn.member.pair, 0.0
        movable = self._movable(turn, failure)
        other = self._health.other(movable)
        if other is not None:
            self._choice = movable
            return other, 0.0
        if isinstance(failure, MisfitError):
            return None
        return self._repeat(turn.line.destination if is_of_key(failure) else None)

    def _movable(self, turn: Turn, failure: GatewayError) -> list[Pair]:
        """Untried members that need not share this failure."""
        untried = [
            member
            for member in self._pool.members
            if member.pair not in self._tried.failures and self._entrance.is_ready(member.pair)
        ]
        return movable(failure, turn.member, untried, self._clients.destination)

    def _repeat(self, refused: Destination | None) -> tuple[Pair, float] | None:
        """A member that was tried: the one that may be asked soonest, the one that failed first among equals.

        Where a key was `refused`, only one that has another.
        """
        left_s = self.deadline.left_s()
        waits = {
            pair: wait
            for pair, failure in self._tried.failures.items()
            if (refused is None or self._clients.destination(pair.provider).key != refused.key)
            and (wait := self._wait_s(failure, left_s)) is not None
        }
        if not waits or not self._health.may_repeat():
            return None
        soonest = min(waits, key=waits.__getitem__)
        self._choice = [soonest]
        return soonest, waits[soonest]

    def _wait_s(self, failure: GatewayError, left_s: float) -> float | None:
        repeats = self._tried.count - len(self._tried.failures) + 1
        return wait_s(failure, repeats, left_s=left_s, policy=self._policy, jitter=self._clock.jitter())

    def _last_word(self, failure: GatewayError) -> GatewayError:
        return self._tried.last_word(failure, self._entrance.notes())
