"""After a failure a call goes on over a new connection: the gateway may just be closing those that it has."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Literal

import pytest

from agents_sahara.loader import load_graph
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from tests.talking import talking

TEAM = """\
version: 1
models:
  main:
    pool:
      - {provider: together, model: one}
      - {provider: lepton, model: two}
agents:
  solo: {instructions: Answer., model: main}
"""

_CHOICE = {"index": 0, "finish_reason": "stop"}
_HEAD = {"id": "x", "created": 0, "model": "m"}
GOOD = {
    "run": _HEAD
    | {
        "object": "chat.completion",
        "choices": [_CHOICE | {"message": {"role": "assistant", "content": "Here."}}],
    },
    "stream": _HEAD
    | {
        "object": "chat.completion.chunk",
        "choices": [_CHOICE | {"delta": {"role": "assistant", "content": "Here."}}],
    },
}


def _whole(status: int, body: bytes, kind: str = "application/json") -> bytes:
    head = f"HTTP/1.1 {status} Status\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _good(way: str) -> bytes:
    body = json.dumps(GOOD[way]).encode()
    return (
        _whole(200, b"data: " + body + b"\n\ndata: [DONE]\n\n", "text/event-stream")
        if way == "stream"
        else _whole(200, body)
    )


async def _ask(team: Team, way: str) -> str:
    if way == "run":
        return str((await team.run("Hi!")).output)
    return "".join([getattr(event, "text", "") async for event in team.stream("Hi!")])


@pytest.mark.parametrize(
    "bad", [_whole(503, b"{}"), _whole(200, b'{"choices": []}')], ids=["503", "no answer"]
)
@pytest.mark.parametrize("way", ["run", "stream"])
def test_the_next_member_is_not_asked_over_a_connection_that_may_be_closing(
    way: Literal["run", "stream"], bad: bytes
) -> None:
    asked: list[bytes] = []
    used_again: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        is_first = b"openai-organization: together" in asked[-1].lower()
        connection.sendall(bad if is_first else _good(way))
        used_again.append(connection.recv(65536))

    async def go(base_url: str) -> str:
        settings = Settings.from_environ({"SAHARA_API_KEY": "k" * 20, "SAHARA_BASE_URL": base_url})
        async with Team(load_graph(TEAM), settings) as team:
            return await _ask(team, way)

    with talking(talk, asked) as base_url:
        assert asyncio.run(go(base_url)) == "Here."
    assert len(asked) == 2
    assert used_again == [b"", b""]
