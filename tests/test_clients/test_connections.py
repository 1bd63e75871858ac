"""A connection is never used again in doubt, never left open, and what it broke off is no answer."""

from __future__ import annotations

import asyncio
import errno
import gc
import socket
import ssl
import threading
from typing import Any

import httpx2
import pytest
import trustme

from agents_sahara.clients import connecting, direct
from agents_sahara.clients.connections import Connection
from agents_sahara.clients.direct import DirectTransport
from agents_sahara.clients.early import Asked, EarlyRequest, Wire
from agents_sahara.clients.transport import async_client, explain
from tests.talking import read_request, talking

pytestmark = pytest.mark.usefixtures("each_loop")

_OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
_UNTIL_THE_END = b"HTTP/1.1 200 OK\r\n\r\nhalf"
_OF_A_LENGTH = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"


def _direct(verifier: ssl.SSLContext | None = None) -> DirectTransport:
    return DirectTransport(verifier or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), kept_s=60)


def _open(transport: DirectTransport) -> list[Connection]:
    return [one for keeper in transport._keepers.values() for one in keeper._open]


@pytest.mark.parametrize("said", [_UNTIL_THE_END, _OF_A_LENGTH], ids=["until the end", "of a length"])
@pytest.mark.parametrize("is_reading", [True, False])
def test_an_answer_that_was_broken_off_here_is_not_taken_for_whole(said: bytes, is_reading: bool) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(said)
        connection.recv(1)

    async def go(url: str) -> None:
        transport = _direct()
        response = await transport.handle_async_request(httpx2.Request("GET", url))
        reading = asyncio.create_task(response.aread()) if is_reading else None
        await asyncio.sleep(0)
        await transport.aclose()
        with pytest.raises(httpx2.ReadError):
            await (reading or response.aread())

    with talking(talk) as url:
        asyncio.run(go(url))


def test_a_request_without_a_time_limit_does_not_end_at_that_of_the_one_before() -> None:
    release = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.sendall(_OK)
        read_request(connection)
        release.wait(5)
        connection.sendall(_OK)

    async def go(url: str) -> list[str]:
        async with async_client(needs_tls=False) as client:
            first = await client.get(url, timeout=0.05)
            (connection,) = _open(client._transport)  # type: ignore[arg-type]
            assert connection._timer is not None
            asyncio.get_running_loop().call_at(connection._timer.when() + 0.01, release.set)
            return [first.text, (await client.get(url, timeout=None)).text]

    with talking(talk) as url:
        assert asyncio.run(go(url)) == ["ok", "ok"]


def test_what_tls_holds_back_behind_an_answer_is_not_the_next_one() -> None:
    size = 256 * 1024 + 1
    is_head_read, is_held, has_more = threading.Event(), threading.Event(), threading.Event()
    authority = trustme.CA()
    served, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert("127.0.0.1").configure_cert(served)
    authority.configure_trust(trusting)

    def answer(plain: socket.socket) -> None:
        with served.wrap_socket(plain, server_side=True) as connection:
            read_request(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size)
            is_head_read.wait(5)
            connection.sendall(b"x" * size)
            is_held.wait(5)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nother")
            has_more.set()
            connection.recv(1)

    def serve(server: socket.socket) -> None:
        answer(server.accept()[0])
        with served.wrap_socket(server.accept()[0], server_side=True) as connection:
            read_request(connection)
            connection.sendall(_OK)

    async def go(url: str) -> bytes:
        transport = _direct(trusting)
        response = await transport.handle_async_request(httpx2.Request("GET", url))
        (connection,) = _open(transport)
        is_head_read.set()
        async with asyncio.timeout(5):
            while not connection._is_paused:  # noqa: ASYNC110  nothing tells of it
                await asyncio.sleep(0)
            is_held.set()
            await asyncio.to_thread(has_more.wait, 5)
            for _ in range(20):
                await asyncio.sleep(0)
        assert len(await response.aread()) == size
        body = await (await transport.handle_async_request(httpx2.Request("GET", url))).aread()
        await transport.aclose()
        return body

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        assert asyncio.run(go(f"https://127.0.0.1:{server.getsockname()[1]}/")) == b"ok"
        thread.join(5)


def test_a_connection_that_is_made_while_all_are_closed_is_closed_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[bytes] = []
    made: list[Connection] = []
    transport = _direct()

    async def meanwhile(*where: Any) -> Connection:
        made.append(await connecting.connected(*where))
        await transport.aclose()
        return made[0]

    async def go(url: str) -> None:
        with pytest.raises(httpx2.ConnectError, match="closed meanwhile"):
            await transport.handle_async_request(httpx2.Request("GET", url))
        await made[0].closed()
        assert not made[0].is_usable

    monkeypatch.setattr(direct, "connected", meanwhile)
    with talking(lambda connection: connection.sendall(_OK), asked) as url:
        asyncio.run(go(url))
    assert not any(b"GET" in request for request in asked)


@pytest.mark.parametrize("is_begun", [True, False])
def test_a_body_that_is_forgotten_does_not_hold_its_connection(is_begun: bool) -> None:
    is_closed = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.sendall(_OF_A_LENGTH)
        if connection.recv(1) == b"":
            is_closed.set()

    async def go(url: str) -> None:
        transport = _direct()
        response = await transport.handle_async_request(httpx2.Request("GET", url))
        if is_begun:
            async for _ in response.aiter_raw():
                break
        del response
        gc.collect()
        assert await asyncio.to_thread(is_closed.wait, 5)
        assert not _open(transport)

    with talking(talk) as url:
        asyncio.run(go(url))


@pytest.mark.parametrize(("size", "connections"), [(10, 1), (100_000, 2)])
def test_a_long_request_that_is_refused_is_the_last_of_its_connection(size: int, connections: int) -> None:
    seen: list[socket.socket] = []

    def talk(connection: socket.socket) -> None:
        seen.append(connection)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno")
        read_request(connection)
        connection.sendall(_OK)

    async def go(url: str) -> None:
        async with async_client(needs_tls=False) as client:
            for _ in range(2):
                await client.post(url, content=b"x" * size)

    with talking(talk) as url:
        asyncio.run(go(url))
    assert len(seen) == connections


def test_of_several_addresses_none_is_left_open_by_a_call_that_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def go() -> None:
        is_slow, never = asyncio.Event(), asyncio.Event()

        async def connect(_: int, address: str) -> socket.socket:
            if address == "good":
                return good
            try:
                await never.wait()
            except asyncio.CancelledError:
                is_slow.set()
            await never.wait()
            raise AssertionError

        monkeypatch.setattr(connecting, "_connect", connect)
        monkeypatch.setattr(connecting, "_HEAD_START_S", 0)
        reaching = asyncio.create_task(connecting._first([(0, "slow"), (0, "good")]))
        await asyncio.wait_for(is_slow.wait(), 5)
        reaching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reaching

    good, other = socket.socketpair()
    with other:
        asyncio.run(go())
        assert good.fileno() == -1


def test_what_is_written_is_sent_at_once() -> None:
    async def go(url: str) -> None:
        transport = _direct()
        response = await transport.handle_async_request(httpx2.Request("GET", url))
        (connection,) = _open(transport)
        assert connection._transport is not None
        sock = connection._transport.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        await response.aread()
        await transport.aclose()

    with talking(lambda connection: connection.sendall(_OK)) as url:
        asyncio.run(go(url))


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999/", "https://a..b/"])
def test_a_host_or_a_port_that_is_none_is_told_as_a_failed_connection(url: str) -> None:
    async def go() -> None:
        with pytest.raises(httpx2.ConnectError):
            await _direct().handle_async_request(httpx2.Request("GET", url))

    asyncio.run(go())


def test_a_process_without_descriptors_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    async def go() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(socket, "socket", none_left)
            with pytest.raises(httpx2.ConnectError) as caught:
                await _direct().handle_async_request(httpx2.Request("GET", "http://127.0.0.1:9/"))
        assert explain(caught.value).reason == "this process has no file descriptor left for a connection"

    asyncio.run(go())


def test_an_early_request_that_is_given_up_keeps_its_tls() -> None:
    """A thread that still sends would otherwise go on without it."""
    ours, theirs = socket.socketpair()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    early = EarlyRequest(Wire("it", 443, context, b""), Asked("a", "b", "c"))
    with theirs, context.wrap_socket(ours, server_hostname="it", do_handshake_on_connect=False) as connection:
        early._socket = connection
        early.close()
        assert connection.version() is None
        assert connection._sslobj is not None  # type: ignore[attr-defined]
        assert theirs.recv(1) == b""
