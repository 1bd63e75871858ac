"""What comes behind an answer is nobody's answer: not the next call's, and not another user's."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from itertools import count

import pytest

from agents_sahara.clients.transport import sync_client
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from tests.talking import read_request, talking
from tests.teams import solo


def _http(body: bytes) -> bytes:
    return (
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    )


def _answer(text: str) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return _http(json.dumps({"choices": [choice]}).encode())


TAILS = pytest.mark.parametrize(
    "tail", [_answer("Of another."), b"rest", b"\r\n"], ids=["answer", "rest", "blank"]
)


@pytest.mark.usefixtures("each_loop")
@TAILS
def test_what_comes_behind_an_answer_is_not_the_answer_to_the_next_call(tail: bytes) -> None:
    numbers = count(1)

    def talk(connection: socket.socket) -> None:
        connection.sendall(_answer(f"Answer {next(numbers)}.") + tail)
        connection.recv(1)  # until the client is done with this connection

    async def go(base_url: str) -> list[str]:
        async with Team(solo(), Settings.local(base_url)) as team:
            results = [await team.run("Hello!") for _ in range(3)]
            assert [len(result.attempts) for result in results] == [1, 1, 1]
            return [result.output for result in results]

    with talking(talk) as base_url:
        assert asyncio.run(go(base_url)) == ["Answer 1.", "Answer 2.", "Answer 3."]


@pytest.mark.usefixtures("each_loop")
@TAILS
def test_what_comes_on_an_idle_connection_is_nobodys_answer(tail: bytes) -> None:
    numbers = count(1)
    is_idle, has_come = threading.Event(), threading.Event()

    def talk(connection: socket.socket) -> None:
        number = next(numbers)
        connection.sendall(_answer(f"Answer {number}."))
        if number == 1:
            is_idle.wait(5)
            connection.sendall(tail)
            has_come.set()
        connection.recv(1)  # until the client is done with this connection

    async def go(base_url: str, *, is_read: bool) -> list[str]:
        async with Team(solo(), Settings.local(base_url)) as team:
            first = (await team.run("Hello!")).output
            is_idle.set()
            if is_read:
                await asyncio.to_thread(has_come.wait, 5)
                await asyncio.sleep(0.02)  # the event loop sees it
            else:
                has_come.wait(5)  # it comes while the event loop stands still
            second = await team.run("Hello!")
            assert len(second.attempts) == 1
            return [first, second.output]

    for is_read in (True, False):
        numbers = count(1)
        is_idle.clear()
        has_come.clear()
        with talking(talk) as base_url:
            assert asyncio.run(go(base_url, is_read=is_read)) == ["Answer 1.", "Answer 2."]


@TAILS
def test_the_same_holds_for_code_that_is_not_async(tail: bytes) -> None:
    numbers = count(1)

    def talk(connection: socket.socket) -> None:
        connection.sendall(_http(b"%d" % next(numbers)) + tail)
        connection.recv(1)  # until the client is done with this connection

    with talking(talk) as base_url, sync_client(needs_tls=False) as client:
        assert [client.get(base_url).text for _ in range(3)] == ["1", "2", "3"]


def test_a_connection_on_which_no_more_came_is_used_again() -> None:
    asked: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        for _ in range(3):
            connection.sendall(_http(b"1"))
            connection.recv(65536)

    with talking(talk, asked) as base_url, sync_client(needs_tls=False) as client:
        assert [client.get(base_url).text for _ in range(3)] == ["1", "1", "1"]
    assert len(asked) == 1


_CHUNK = {"index": 0, "delta": {"content": "Yes."}, "finish_reason": "stop"}
_STREAM = b"data: " + json.dumps({"object": "chat.completion.chunk", "choices": [_CHUNK]}).encode()


@pytest.mark.usefixtures("each_loop")
@pytest.mark.parametrize("is_stream", [False, True], ids=["whole", "streamed"])
def test_a_call_goes_over_the_connection_of_the_call_before(is_stream: bool) -> None:
    asked: list[bytes] = []
    body = b"%s\n\ndata: [DONE]\n\n" % _STREAM
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    answer = head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if is_stream else _answer("Yes.")

    def talk(connection: socket.socket) -> None:
        for _ in range(3):
            connection.sendall(answer)
            read_request(connection)

    async def go(base_url: str) -> None:
        async with Team(solo(), Settings.local(base_url)) as team:
            for _ in range(3):
                if is_stream:
                    assert [event async for event in team.stream("Hello!")]
                else:
                    assert (await team.run("Hello!")).output == "Yes."

    with talking(talk, asked) as base_url:
        asyncio.run(go(base_url))
    assert len(asked) == 1
