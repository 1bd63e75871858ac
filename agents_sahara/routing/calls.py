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
from agents_sahara.routing.answers import Receipt, StreamJudge, judge
from agents_sahara.routing.tries import Route, Tries

_FAILURES = (openai.OpenAIError, httpx2.HTTPError, ValueError, RecursionError, TimeoutError)
"""All that a call raises when the gateway, not our code, is at fault; JSON and validation errors are ValueErrors, and
JSON that is nested too deep is a RecursionError."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Makes the calls of one route."""

    route: Route
    pool: ClientPool
    policy: RetryPolicy
    clock: Clock

    async def answer(self, request: Mapping[str, Any]) -> ChatCompletion:
        """A whole and usable completion.

        Raises:
            GatewayError: there was none, after all retries.
            SettingsError: there is no key for the provider.
        """
        tries = await self._begin()
        while True:
            receipt = Receipt()
            outcome = await self._ask(tries, request, receipt)
            if isinstance(outcome, ChatCompletion):
                tries.answered(receipt)
                return outcome
            await tries.failed(outcome, receipt)

    async def stream(self, request: Mapping[str, Any]) -> AsyncGenerator[ChatCompletionChunk]:
        """The chunks of a completion; bookkeeping is held back until there is output to show.

        Raises:
            GatewayError: the answer is not whole; `partial_text` holds what was shown.
            SettingsError: there is no key for the provider.
        """
        tries = await self._begin()
        while True:
            following = StreamJudge(tries.callee)
            held: list[ChatCompletionChunk] = []
            async with aclosing(_chunks(tries, request, following)) as chunks:
                async for chunk in chunks:
                    held.append(chunk)
                    if following.has_output:
                        for ready in held:
                            yield ready
                        held.clear()
            failure = following.verdict()
            if failure is None:
                tries.answered(following.receipt)
                return
            failure.partial_text = following.text
            await tries.failed(failure, following.receipt, is_final=following.has_output)

    async def _begin(self) -> Tries:
        return Tries(self.route, await self.pool.line(self.route.provider), self.policy, self.clock)

    async def _ask(
        self, tries: Tries, request: Mapping[str, Any], receipt: Receipt
    ) -> ChatCompletion | GatewayError:
        """One attempt at a plain answer."""
        try:
            async with asyncio.timeout(tries.start()):
                answer: object = await tries.line.client.chat.completions.create(**tries.dressed(request))
        except asyncio.CancelledError:
            tries.cancelled()
            raise
        except _FAILURES as error:
            return tries.describe(error)
        problem = judge(answer, tries.callee)
        if isinstance(answer, ChatCompletion):
            receipt.note(answer)
            return problem or answer
        assert problem is not None
        return problem


async def _chunks(
    tries: Tries, request: Mapping[str, Any], following: StreamJudge
) -> AsyncGenerator[ChatCompletionChunk]:
    """One attempt at a stream; `following` knows afterwards how it ended."""
    stream: AsyncStream[ChatCompletionChunk] | None = None
    try:
        async with asyncio.timeout(tries.start()):
            stream = await tries.line.client.chat.completions.create(**tries.dressed(request))
        source = aiter(stream)
        while True:
            async with asyncio.timeout(tries.allowed_s()):
                chunk = await anext(source, None)
            if chunk is None:
                return
            following.note(chunk)
            yield chunk
    except (asyncio.CancelledError, GeneratorExit):
        tries.cancelled()
        raise
    except _FAILURES as error:
        following.failure = tries.describe(error)
    finally:
        if stream is not None:
            await stream.close()
