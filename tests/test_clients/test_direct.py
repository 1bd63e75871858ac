"""Requests over connections that are kept: what is sent, how long is waited, what is used again."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from agents_sahara.clients.direct import DirectTransport
from agents_sahara.clients.transport import async_client, explain
from tests.talking import read_request, talking

pytestmark = pytest.mark.usefixtures("each_loop")

_OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def _direct(kept_s: float = 60) -> DirectTransport:
    return DirectTransport(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), kept_s=kept_s)


async def _parts() -> AsyncIterator[bytes]:
    yield b"one "
    yield b""
    yield b"two"


_REQUESTS: dict[str, dict[str, Any]] = {
    "json": {"method": "POST", "json": {"model": "gpt-4o", "text": "Grüße"}},
    "nothing": {"method": "GET", "params": {"q": "a b"}},
    "empty": {"method": "POST"},
    "a file": {"method": "POST", "files": {"file": ("a.txt", b"x" * 100)}, "data": {"purpose": "batch"}},
    "pieces": {"method": "POST", "content": _parts},
    "odd headers": {
        "method": "POST",
        "headers": [("X", "a  b"), ("x", ""), ("Connection", "close")],
        "content": b"1",
    },
}


@pytest.mark.parametrize("what", _REQUESTS)
def test_the_bytes_that_are_sent_are_those_of_httpx2(what: str) -> None:
    asked: list[bytes] = []

    async def go(url: str) -> None:
        for transport in (httpx2.AsyncHTTPTransport(trust_env=False), _direct()):
            async with httpx2.AsyncClient(transport=transport, trust_env=False) as client:
                options = dict(_REQUESTS[what])
                if callable(options.get("content")):
                    options["content"] = options["content"]()
                if "files" in options:
                    options["headers"] = {"content-type": "multipart/form-data; boundary=b"}
                assert (await client.request(url=url, **options)).text == "ok"

    def talk(connection: socket.socket) -> None:
        connection.settimeout(0.2)
        try:
            while more := connection.recv(65536):
                asked[-1] += more
                if more.endswith(b"0\r\n\r\n"):
                    break
        except TimeoutError:
            pass
        connection.sendall(_OK)

    with talking(talk, asked) as url:
        asyncio.run(go(url))
    assert asked[0] == asked[1]


_UNSAYABLE = (
    [(b"x", b"a\r\nx-y: b")],
    [(b"a b", b"c")],
    [(b"x", b"a\nx-y: b")],
    [(b"x", b"\x00x-y")],
    [(b"x", b" x-y")],
    [(b"host", b"x-y")],
    [(b"content-length", b"9"), (b"content-length", b"1"), (b"x-y", b"")],
)


def test_what_cannot_be_said_is_not_sent() -> None:
    asked: list[bytes] = []

    async def go(url: str) -> None:
        async with httpx2.AsyncClient(transport=_direct(), trust_env=False) as client:
            for headers in _UNSAYABLE:
                request = httpx2.Request("POST", url, headers=[*headers, (b"host", b"it")], content=b"1")
                with pytest.raises(httpx2.LocalProtocolError):
                    await client.send(request)

    with talking(lambda connection: connection.sendall(_OK), asked) as url:
        asyncio.run(go(url))
    assert not any(b"x-y" in request or b"a b" in request for request in asked)


def test_a_connection_that_nobody_uses_is_closed_after_its_time() -> None:
    is_closed = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.sendall(_OK)
        assert connection.recv(1) == b""
        is_closed.set()

    async def go(url: str) -> None:
        transport = _direct(kept_s=0.02)
        async with httpx2.AsyncClient(transport=transport, trust_env=False) as client:
            await client.get(url)
            assert await asyncio.to_thread(is_closed.wait, 5)

    with talking(talk) as url:
        asyncio.run(go(url))


def test_the_connection_that_was_used_last_is_used_first() -> None:
    asked: list[bytes] = []
    both = threading.Barrier(2)

    def talk(connection: socket.socket) -> None:
        both.wait(5)
        for _ in range(4):
            connection.sendall(_OK)
            asked.append(read_request(connection))

    async def go(url: str) -> int:
        async with httpx2.AsyncClient(transport=_direct(), trust_env=False) as client:
            await asyncio.gather(client.get(url), client.get(url))
            for _ in range(3):
                await client.get(url)
            return len(transport_connections(client))

    def transport_connections(client: httpx2.AsyncClient) -> list[object]:
        (keeper,) = client._transport._keepers.values()  # type: ignore[attr-defined]
        return [one for idle in keeper._idle.values() for one in idle]

    with talking(talk) as url:
        assert asyncio.run(go(url)) == 2


def test_an_answer_that_comes_before_all_was_sent_counts_and_its_connection_is_not_used_again() -> None:
    asked: list[bytes] = []
    ended: list[bool] = []

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno")
        is_read.wait(5)  # a connection that is closed with something unread is reset

    is_read = threading.Event()

    async def go(url: str) -> list[int]:
        async with httpx2.AsyncClient(transport=_direct(), trust_env=False, timeout=5) as client:
            headers = {"expect-nothing": "x", "content-length": str(64 << 20)}
            request = httpx2.Request("POST", url, headers=headers, content=_endless())
            first = (await client.send(request)).status_code
            assert ended
            is_read.set()
            return [first, (await client.get(url)).status_code]

    async def _endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 65536
                await asyncio.sleep(0)
        finally:
            ended.append(True)

    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for _ in range(2):
                with server.accept()[0] as connection:
                    asked.append(connection.recv(1024))
                    talk(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        assert asyncio.run(go(f"http://127.0.0.1:{server.getsockname()[1]}/")) == [413, 413]
        thread.join(5)
    assert len(asked) == 2


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no"])
def test_a_server_that_falls_silent_is_given_up_in_time(said: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(said)
        connection.recv(1)

    async def go(url: str) -> None:
        async with async_client(needs_tls=False) as client:
            with pytest.raises(httpx2.ReadTimeout) as caught:
                await client.get(url, timeout=httpx2.Timeout(5, read=0.05))
            assert explain(caught.value).reason == "it fell silent"

    with talking(talk) as url:
        asyncio.run(go(url))


def test_a_server_that_takes_nothing_is_given_up_in_time() -> None:
    async def go(url: str) -> None:
        async with async_client(needs_tls=False) as client:
            with pytest.raises(httpx2.WriteTimeout):
                await client.post(url, content=b"x" * (32 << 20), timeout=httpx2.Timeout(5, write=0.05))

    with socket.create_server(("127.0.0.1", 0)) as server:
        asyncio.run(go(f"http://127.0.0.1:{server.getsockname()[1]}/"))


def test_a_reader_that_is_slow_slows_the_server_down() -> None:
    size, is_done = 32 << 20, threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % size)
        connection.sendall(b"x" * size)
        is_done.set()

    async def go(url: str) -> int:
        transport = _direct()
        response = await transport.handle_async_request(httpx2.Request("GET", url))
        for _ in range(500):
            await asyncio.sleep(0)
        assert not is_done.is_set()
        came = sum([len(part) async for part in response.aiter_raw()])
        await transport.aclose()
        return came

    with talking(talk) as url:
        assert asyncio.run(go(url)) == size


def test_a_call_that_is_given_up_closes_its_connection() -> None:
    is_asked, is_closed = threading.Event(), threading.Event()

    def talk(connection: socket.socket) -> None:
        is_asked.set()
        if connection.recv(1) == b"":
            is_closed.set()

    async def go(url: str) -> None:
        async with async_client(needs_tls=False) as client:
            asking = asyncio.create_task(client.get(url))
            await asyncio.to_thread(is_asked.wait, 5)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            assert await asyncio.to_thread(is_closed.wait, 5)

    with talking(talk) as url:
        asyncio.run(go(url))


def test_connections_stay_with_their_event_loop() -> None:
    asked: list[bytes] = []
    transport = _direct()

    async def go(url: str) -> str:
        request = httpx2.Request("GET", url)
        try:
            return (await (await transport.handle_async_request(request)).aread()).decode()
        finally:
            await transport.aclose()

    with talking(lambda connection: connection.sendall(_OK), asked) as url:
        assert [asyncio.run(go(url)) for _ in range(2)] == ["ok", "ok"]
    assert len(asked) == 2


@pytest.mark.parametrize("is_there", [True, False])
def test_every_address_of_a_host_is_tried(is_there: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = closed.getsockname()[1]

    def looked_up(host: str, port: int, *_: object, **__: object) -> list[tuple[Any, ...]]:
        if host != "gateway.example":
            raise socket.gaierror(socket.EAI_NONAME, "not a number")
        address = ("127.0.0.1", port if is_there else nobody)
        places = (socket.AF_INET6, ("::1", nobody, 0, 0)), (socket.AF_INET, address)
        return [(family, socket.SOCK_STREAM, 6, "", place) for family, place in places]

    async def go(url: str) -> str:
        async with async_client(needs_tls=False) as client:
            return (await client.get(url)).text

    with talking(lambda connection: connection.sendall(_OK)) as url:
        monkeypatch.setattr(socket, "getaddrinfo", looked_up)
        url = url.replace("127.0.0.1", "gateway.example")
        if is_there:
            assert asyncio.run(go(url)) == "ok"
            return
        with pytest.raises(httpx2.ConnectError) as caught:
            asyncio.run(go(url))
    assert explain(caught.value).reason == "the connection was refused"


def test_only_web_addresses_are_asked() -> None:
    async def go() -> None:
        async with async_client(needs_tls=False) as client:
            with pytest.raises(httpx2.UnsupportedProtocol):
                await client.get("ftp://127.0.0.1/")

    asyncio.run(go())
