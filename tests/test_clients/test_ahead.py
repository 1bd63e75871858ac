"""A connection that is made ahead of time is the one that the first request takes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest

from agents_sahara.clients.ahead import Ahead, ahead
from agents_sahara.clients.transport import async_client
from tests.faults.wire import closed_port

_OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(5)
        yield made


def _port(server: socket.socket) -> int:
    return int(server.getsockname()[1])


def _is_ended(connection: socket.socket) -> bool:
    connection.settimeout(5)
    return connection.recv(1) == b""


def test_it_is_given_to_one_request_to_that_host(server: socket.socket) -> None:
    made = Ahead()
    made.begin("127.0.0.1", _port(server))
    made.wait(5)
    assert made.take("127.0.0.1", 9) is None
    taken = made.take("127.0.0.1", _port(server))
    assert taken is not None
    assert made.take("127.0.0.1", _port(server)) is None
    with taken, server.accept()[0] as accepted:
        assert taken.getpeername() == accepted.getsockname()


def test_what_nobody_takes_is_closed(server: socket.socket) -> None:
    made = Ahead()
    made.begin("127.0.0.1", _port(server))
    made.wait(5)
    made.close()
    with server.accept()[0] as accepted:
        assert _is_ended(accepted)


def test_what_comes_too_late_is_closed(server: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    made, connect = Ahead(), socket.create_connection

    def slow(*where: object) -> socket.socket:
        found = connect(*where)  # type: ignore[arg-type]  # as it was called
        assert made.take("127.0.0.1", _port(server)) is None
        return found

    monkeypatch.setattr(socket, "create_connection", slow)
    made.begin("127.0.0.1", _port(server))
    made.wait(5)
    with server.accept()[0] as accepted:
        assert _is_ended(accepted)


@pytest.mark.parametrize("host", ["127.0.0.1", "no\0host", "." * 300])
def test_a_host_that_cannot_be_reached_is_left_to_the_request(host: str) -> None:
    made, port = Ahead(), closed_port()
    made.begin(host, port)
    made.wait(5)
    assert made.take(host, port) is None


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_request_goes_over_it_unless_it_has_ended(server: socket.socket, is_gone: bool) -> None:
    async def asked() -> str:
        async with async_client(needs_tls=False) as client:
            return (await client.get(f"http://127.0.0.1:{_port(server)}/")).text

    def answer(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(5)
            assert connection.recv(1024).startswith(b"GET")
            connection.sendall(_OK)

    async def go() -> str:
        asking = asyncio.create_task(asked())
        await asyncio.to_thread(lambda: answer(server.accept()[0] if is_gone else first))
        return await asking

    ahead.begin("127.0.0.1", _port(server))
    ahead.wait(5)
    first = server.accept()[0]
    if is_gone:
        first.close()
    assert asyncio.run(go()) == "ok"
