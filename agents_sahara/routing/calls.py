"""The one retry loop: a model call is tried until it is answered, hopeless or out of time.

The SDK's and the client's own retries are off (`max_retries=0`), so the HTTP calls counted here are all there are.
A stream whose output has reached the caller is never started again: the error carries the text so far.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import httpx2
import openai
from openai.types.chat import ChatCompletion

from agents_sahara.clients import chat
from agents_sahara.clients.chat import SoundChunk
from agents_sahara.clients.pool import ClientPool
from agents_sahara.clients.repeats import MoreText
from agents_sahara.clients.transport import time_limits
from agents_sahara.errors import GatewayError, LimitError, SettingsError
from agents_sahara.retry import RetryPolicy
from agents_sahara.routing.announced import Announced, asking_for_call
from agents_sahara.routing.answers import Receipt, StreamJudge, called, judge, received
from agents_sahara.routing.client import Part
from agents_sahara.routing.demands import Demands, said_by, said_in, without_text
from agents_sahara.routing.failures import in_words, unusable
from agents_sahara.routing.handing import Seen, seen_by
from agents_sahara.routing.held import Held
from agents_sahara.routing.limits import hand_over, hand_over_in_parts
from agents_sahara.routing.patience import Patience
from agents_sahara.routing.pool import Pool
from agents_sahara.routing.roster import Roster
from agents_sahara.routing.shape import is_mere_text
from agents_sahara.routing.tries import RoutingState, Tries
from agents_sahara.routing.turn import Turn
from agents_sahara.routing.unstreamed import in_parts

_FAILURES = (openai.OpenAIError, httpx2.HTTPError, OSError, ValueError, RecursionError)
"""All that a call raises when the gateway, not our code, is at fault; JSON and validation errors are ValueErrors, and
JSON that is nested too deep is a RecursionError. OSErrors: time limits, and a TLS record that cannot be decrypted in
the middle of a stream, which httpcore2 2.16 and openai 3.54 (checked 2026-11-22) pass on as it is."""

_BREAKS = (openai.APIConnectionError, httpx2.HTTPError, OSError)
"""Of them, those that say nothing about what came before: behind the end that the model gave, nothing is missing."""


_BREATH_S = 0.002

_HANDS = 5
"""Turns of the event loop after which a piece is with the reader: it goes from the SDK to our events to them."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Makes the calls of one agent."""

    pool: Pool
    clients: ClientPool
    policy: RetryPolicy
    state: RoutingState
    roster: Roster | None = None
    """Who says which providers serve a model that names none."""

    async def answer(self, request: Mapping[str, Any]) -> ChatCompletion:
        """A whole and usable completion.

        Raises:
            GatewayError: there was none, after all retries.
            LimitError: the run's budget does not allow it.
            SettingsError: there is no key for any provider.
            CatalogError: no provider of the model could be found.
        """
        seen = seen_by(self.pool.handing, request)
        tries, request = await self._tries(seen), seen.request
        given = tries.of_tool(request)
        while given is None:
            way = await tries.admit(request)
            if way is not None:
                return hand_over(way, request["model"])
            turn, receipt = await tries.begin(request), Receipt()
            outcome = await _ask(tries, turn, receipt)
            text = said_by(outcome)
            found = tries.announced(text)
            if found is not None:
                tried = _Announcement(turn, receipt, text, found)
                outcome = await _call_meant(tries, tried, request) or outcome
                if isinstance(outcome, GatewayError):
                    raise outcome
                return tries.finish(outcome)
            if isinstance(outcome, ChatCompletion):
                tries.answered(turn, receipt)
                return tries.finish(outcome)
            await tries.failed(turn, outcome, receipt)
        return given

    async def stream(self, request: Mapping[str, Any]) -> AsyncGenerator[Part]:
        """The chunks of a completion; all but text is held back until the answer is whole or text has come.

        Text that comes with the end of the answer, and first then, is held back too.

        Raises:
            GatewayError: the answer is not whole; `partial_text` holds what was shown.
            LimitError: the run's budget does not allow it, or is used up by it.
            SettingsError: there is no key for a provider.
        """
        seen = seen_by(self.pool.handing, request)
        tries, request = await self._tries(seen), seen.request
        given = tries.of_tool(request)
        for part in () if given is None else in_parts(given):
            yield part
        while given is None:
            way = await tries.admit(request)
            if way is not None:
                for made in hand_over_in_parts(way, request["model"]):
                    yield made
                return
            turn = await tries.begin(request)
            showing = _Showing(tries.demands, tries.follow(turn))
            breath = _Breath()
            async with aclosing(_chunks(tries, turn, showing.following)) as chunks:
                async for chunk in chunks:
                    for ready in showing.passed(chunk):
                        yield ready
                    if showing.is_begun:
                        await breath.take()
            rest = await _rest(tries, turn, showing, request)
            if rest is not None:
                for ready in rest:
                    yield ready
                return

    async def _tries(self, seen: Seen) -> Tries:
        began, pool = self.state.clock.now(), self.pool
        if pool.open and self.roster is not None:
            pool = await self.roster.filled(pool, self.policy.deadline_s)
        demands = Demands(pool, self.state.learned.ladder, seen.return_to)
        return Tries(demands, self.clients, self.policy, self.state, began, seen.taken)


class _Breath:
    """Gives way to the reader every few milliseconds.

    The SDK reads a stream as fast as it comes (openai-agents 0.24, checked 2026-11-22): chunks that are all there
    would be parsed to the last before the first is shown.
    """

    def __init__(self) -> None:
        self._next = 0.0
        self._at_once = _HANDS
        """How often more it gives way whatever the time is: the first piece goes straight to the reader."""

    async def take(self) -> None:
        """Let others run, if it is time."""
        if self._at_once or time.monotonic() >= self._next:
            self._at_once = max(0, self._at_once - 1)
            await asyncio.sleep(0)
            self._next = time.monotonic() + _BREATH_S


async def _ask(tries: Tries, turn: Turn, receipt: Receipt) -> ChatCompletion | GatewayError:
    """One attempt at a plain answer."""
    try:
        with turn.place:
            limit_s = tries.deadline.whole_s()
            async with asyncio.timeout(limit_s):
                answer = await chat.completion(turn.client, turn.request, time_limits(limit_s))
    except asyncio.CancelledError:
        tries.cancelled(turn, receipt)
        raise
    except _FAILURES as error:
        return tries.describe(turn, error)
    problem = judge(answer, turn.callee, tries.ids(turn))
    if isinstance(answer, ChatCompletion):
        receipt.note(answer)
        if receipt.output_tokens is None:
            receipt.received = received(answer)
        problem = problem or tries.demands.judge(answer, turn.callee, turn.member)
        if problem is None:
            receipt.called = called(answer)
        return problem or answer
    assert problem is not None
    return problem


class _Showing:
    """What of one stream goes to the caller at once, and what waits until the answer is judged."""

    def __init__(self, demands: Demands, following: StreamJudge) -> None:
        self.following = following
        self.held = Held()
        self._demands = demands
        self._shown = -1
        """How many pieces of text the caller has; -1 before anything went on."""

    @property
    def is_begun(self) -> bool:
        """Whether the caller has anything."""
        return self._shown >= 0

    @property
    def text(self) -> str:
        """The text that the caller has."""
        return "".join(self.following.texts[: max(self._shown, 0)])

    def passed(self, chunk: Part) -> Iterable[Part]:
        """What goes on now that `chunk` has come; never what ends the answer."""
        is_end = self.following.finish_reason is not None
        if not (self.is_begun and not is_end) and not self._may_begin():
            self.held.add(chunk)
            if self.held.is_full:
                self.following.failure = unusable("the answer comes in too many parts", self.following.callee)
            return ()
        ready = (chunk,) if self.is_begun else self.held.passed(chunk, may_show=True)
        self._shown = len(self.following.texts)
        return ready

    def _may_begin(self) -> bool:
        return not self.is_begun and self._demands.may_show(self.following)


async def _rest(
    tries: Tries, turn: Turn, showing: _Showing, request: Mapping[str, Any]
) -> Iterable[Part] | None:
    """What goes to the caller once a stream has ended; None where it is started again.

    Raises:
        GatewayError: the answer is not whole, and not asked for again.
    """
    following, held = showing.following, showing.held
    failure = following.verdict() or tries.demands.judge_stream(following, held, turn.member)
    text = said_in(following, failure)
    found = tries.announced(text)
    if found is not None:
        tried = _Announcement(turn, following.receipt, text, found)
        meant = await _call_meant(tries, tried, request)
        if meant is not None:
            return in_parts(without_text(meant, is_shown=showing.is_begun))
        if failure is not None:
            raise failure
        return tries.finish_parts(held.release(), following)
    if failure is None:
        following.receipt.called = following.called()
        tries.answered(turn, following.receipt)
        return tries.finish_parts(held.release(), following)
    failure.partial_text = failure.partial_text or showing.text
    await tries.failed(turn, failure, following.receipt, is_final=showing.is_begun)
    return None


class _Announcement(NamedTuple):
    """An answer that announces a handoff and does not make it."""

    turn: Turn
    receipt: Receipt
    text: str
    found: Announced


async def _call_meant(
    tries: Tries, tried: _Announcement, request: Mapping[str, Any]
) -> ChatCompletion | None:
    """The answer with the handoff that was meant, once its model was asked; None where the first one stands.

    Either way the first answer is noted, and no failure of the question is one of the call.
    """
    failure = in_words(tried.found.tool, tried.turn.callee)
    if not await tries.set_aside(tried.turn, failure, tried.receipt, goes_on=True):
        return None
    asking = asking_for_call(request, tried.text, tried.found.tool)
    try:
        if await tries.admit(asking) is not None:
            return None
        turn, receipt = await tries.begin(asking), Receipt()
    except (GatewayError, LimitError, SettingsError):
        return None
    outcome = await _ask(tries, turn, receipt)
    if isinstance(outcome, GatewayError):
        await tries.set_aside(turn, outcome, receipt, goes_on=False)
        return None
    made = tries.demands.handing_over(outcome, None if tried.found.is_call else tried.text)
    receipt.called = called(outcome) if made is not None else ()
    tries.answered(turn, receipt)
    return made


async def _chunks(tries: Tries, turn: Turn, following: StreamJudge) -> AsyncGenerator[Part]:
    """One attempt at a stream; `following` knows afterwards how it ended."""
    stream: chat.ChunkStream | None = None
    patience: Patience | None = None
    try:
        with turn.place:
            first_by = tries.deadline.first_token_by()
            limit_s = tries.deadline.until_s(first_by)
            async with asyncio.timeout(limit_s):
                stream = await chat.stream(turn.client, turn.request, time_limits(limit_s))
            patience = Patience()
            while following.failure is None:
                with patience.within(
                    tries.deadline.idle_s() if following.is_under_way else tries.deadline.until_s(first_by)
                ):
                    pieces = await stream.arrived()
                if not pieces:
                    return
                for chunk in _noted(stream, pieces, following):
                    yield chunk
    except (asyncio.CancelledError, GeneratorExit):
        tries.cancelled(turn, following.receipt)
        raise
    except _FAILURES as error:
        if following.finish_reason is None or not isinstance(error, _BREAKS):
            following.failure = tries.describe(turn, error)
    finally:
        if patience is not None:
            patience.close()
        if stream is not None:
            await stream.close()


def _noted(stream: chat.ChunkStream, pieces: Sequence[object], following: StreamJudge) -> Iterator[Part]:
    """The chunks of these pieces, until one breaks the stream."""
    for piece in pieces:
        chunk = stream.chunk(piece)
        if chunk is None:
            return
        if isinstance(chunk, MoreText) and not following.note_more(chunk.text):
            chunk = chunk.whole()
        if not isinstance(chunk, MoreText):
            is_mere = isinstance(chunk, SoundChunk) and _says_text_alone(chunk)  # before anything is mended
            following.note(chunk)
            if is_mere:
                stream.repeats(piece, cast("SoundChunk", chunk))
        yield cast("Part", chunk)
        if following.failure is not None:
            return


def _says_text_alone(chunk: SoundChunk) -> bool:
    return is_mere_text(chunk) and not chunk.choices[0].delta.model_extra
