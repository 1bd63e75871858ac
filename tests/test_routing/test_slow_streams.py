"""Streams that think, drip or say nothing: what counts as a sign of life, and when they are cut."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from agents_sahara.errors import DeadlineError
from agents_sahara.retry import RetryPolicy
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from tests.talking import EVENTS, talking
from tests.test_routing.asking import Waits, open_caller, streamed
from tests.test_routing.pooling import ask_team, pooled


def _event(finish: str | None = None, **delta: object) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


def _at_intervals(pieces: Iterator[bytes]) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        connection.sendall(EVENTS)
        for piece in pieces:
            time.sleep(0.05)
            connection.sendall(piece)

    return talk


REASONS = {
    "reasoning_content": [_event(reasoning_content="Hm. ")] * 16,
    "reasoning": [_event(reasoning="Hm. ")] * 16,
    "arguments": [
        _event(tool_calls=[{"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}])
    ] * 16,
}  # fmt: skip


@pytest.mark.parametrize("kind", REASONS)
def test_a_model_that_thinks_for_longer_than_the_first_token_may_take_is_not_cut(kind: str) -> None:
    policy = RetryPolicy(attempts=1, first_token_s=0.4, idle_s=5.0)
    pieces = [*REASONS[kind], _event("stop", content="Fine.")]

    async def go(base_url: str) -> str:
        async with open_caller(base_url, policy, Waits()) as caller:
            return await streamed(caller)

    with talking(_at_intervals(iter(pieces))) as base_url:
        assert asyncio.run(go(base_url)) == "Fine."


@pytest.mark.parametrize("piece", [b": ping\n\n", _event(role="assistant"), _event(content="")])
def test_signs_of_life_without_a_word_are_cut_at_the_first_tokens_time(piece: bytes) -> None:
    policy = RetryPolicy(attempts=1, first_token_s=0.4, idle_s=5.0)

    async def go(base_url: str) -> float:
        async with Team(pooled(), Settings.local(base_url), policy=policy) as team:
            began = time.monotonic()
            with pytest.raises(DeadlineError):
                await ask_team(team, "stream")
            return time.monotonic() - began

    with talking(_at_intervals(iter([piece] * 200))) as base_url:
        assert 0.4 <= asyncio.run(go(base_url)) < 2.0


def test_a_stream_that_drips_for_ever_ends_at_the_deadline() -> None:
    policy = RetryPolicy(attempts=1, deadline_s=0.6, first_token_s=0.5, idle_s=0.5)

    async def go(base_url: str) -> tuple[float, str]:
        async with Team(pooled(), Settings.local(base_url), policy=policy) as team:
            began = time.monotonic()
            with pytest.raises(DeadlineError) as caught:
                await ask_team(team, "stream")
            return time.monotonic() - began, caught.value.partial_text

    with talking(_at_intervals(iter([_event(content="on ")] * 200))) as base_url:
        took_s, text = asyncio.run(go(base_url))
    assert 0.6 <= took_s < 5.0
    assert text.startswith("on on ")
