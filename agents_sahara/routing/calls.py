"""The one retry loop: a model call is tried until it is answered, hopeless or out of time.

The SDK's and the client's own retries are off (`max_retries=0`), so the HTTP calls counted here are all there are.
A stream whose output has reached the caller is never started again: the error carries the text so far.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import httpx2
import openai
from openai import AsyncStream
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from agents_sahara.clients.pool import ClientPool
from agents_sahara.errors import GatewayError
from agents_sahara.retry import Clock, RetryPolicy
from agents_sahara.routing.answers import CallIds, Receipt, StreamJudge, judge
from agents_sahara.routing.health import Health
from agents_sahara.routing.pool import Pool
from agents_sahara.routing.tries import Tries, Turn

_FAILURES = (openai.OpenAIError, httpx2.HTTPError, ValueError, TimeoutError)
"""All that a call raises when the gateway, not our code, is at fault; JSON and validation errors are ValueErrors."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Makes the calls of one agent."""

    pool: Pool
    clients: ClientPool
    policy: RetryPolicy
    clock: Clock
    health: Health

    async def answer(self, request: Mapping[str, Any]) -> ChatCompletion:
        """A whole and usable completion.

        Raises:
            GatewayError: there was none, after all retries.
            SettingsError: there is no key for a provider.
        """
        tries = self._tries()
        while True:
            turn, receipt = await tries.begin(), Receipt()
            outcome = await _ask(tries, turn, request, receipt)
            if isinstance(outcome, ChatCompletion):
                tries.answered(turn, receipt)
                return outcome
            await tries.failed(turn, outcome, receipt)

    async def stream(self, request: Mapping[str, Any]) -> AsyncGenerator[ChatCompletionChunk]:
        """The chunks of a completion; bookkeeping is held back until there is output to show.

        Raises:
            GatewayError: the answer is not whole; `partial_text` holds what was shown.
            SettingsError: there is no key for a provider.
        """
        tries = self._tries()
        while True:
            turn = await tries.begin()
            following = StreamJudge(turn.callee, CallIds(request.get("messages")))
            held: list[ChatCompletionChunk] = []
            async with aclosing(_chunks(tries, turn, request, following)) as chunks:
                async for chunk in chunks:
                    held.append(chunk)
                    if following.has_output:
                        for ready in held:
                            yield ready
                        held.clear()
            failure = following.verdict()
            if failure is None:
                tries.answered(turn, following.receipt)
                return
            failure.partial_text = following.text
            await tries.failed(turn, failure, following.receipt, is_final=following.has_output)

    def _tries(self) -> Tries:
        return Tries(self.pool, self.clients, self.policy, self.clock, self.health)


async def _ask(
    tries: Tries, turn: Turn, request: Mapping[str, Any], receipt: Receipt
) -> ChatCompletion | GatewayError:
    """One attempt at a plain answer."""
    try:
        async with asyncio.timeout(tries.whole_s()):
            answer: object = await turn.line.client.chat.completions.create(**tries.dressed(turn, request))
    except asyncio.CancelledError:
        tries.cancelled(turn)
        raise
    except _FAILURES as error:
        return tries.describe(turn, error)
    problem = judge(answer, turn.callee, CallIds(request.get("messages")))
    if isinstance(answer, ChatCompletion):
        receipt.note(answer)
        return problem or answer
    assert problem is not None
    return problem


async def _chunks(
    tries: Tries, turn: Turn, request: Mapping[str, Any], following: StreamJudge
) -> AsyncGenerator[ChatCompletionChunk]:
    """One attempt at a stream; `following` knows afterwards how it ended."""
    stream: AsyncStream[ChatCompletionChunk] | None = None
    try:
        async with asyncio.timeout(tries.first_token_s(turn)):
            stream = await turn.line.client.chat.completions.create(**tries.dressed(turn, request))
        source = aiter(stream)
        while True:
            async with asyncio.timeout(tries.idle_s() if following.has_output else tries.first_token_s(turn)):
                chunk = await anext(source, None)
            if chunk is None:
                return
            following.note(chunk)
            yield chunk
    except (asyncio.CancelledError, GeneratorExit):
        tries.cancelled(turn)
        raise
    except _FAILURES as error:
        following.failure = tries.describe(turn, error)
    finally:
        if stream is not None:
            await stream.close()
