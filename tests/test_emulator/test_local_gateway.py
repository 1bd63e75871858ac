from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import httpx2
import pytest

from agents_sahara.emulator import listening
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule
from agents_sahara.emulator.wire import Cut, Pace
from agents_sahara.types import Json

CHAT = "/chat/completions"


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_it_is_gone_after_the_block_with_its_thread_and_its_socket() -> None:
    before = threads()
    with LocalGateway() as gateway:
        port = int(gateway.base_url.split(":")[2].split("/")[0])
        assert threads() > before
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            pass
    assert threads() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_it_can_be_started_again_and_stopped_twice() -> None:
    gateway = LocalGateway()
    with pytest.raises(RuntimeError, match="before it is started"):
        _ = gateway.base_url
    for _ in range(2):
        gateway.start()
        with pytest.raises(RuntimeError, match="running already"):
            gateway.start()
        gateway.stop()
    gateway.stop()


def test_a_taken_port_is_an_os_error() -> None:
    with LocalGateway() as first:
        port = int(first.base_url.split(":")[2].split("/")[0])
        with pytest.raises(OSError, match="in use"):
            LocalGateway(port=port).start()


def test_start_and_stop_take_milliseconds() -> None:
    seconds = []
    for _ in range(5):
        started = time.process_time()
        with LocalGateway():
            pass
        seconds.append(time.process_time() - started)
    assert min(seconds) < 0.05


def test_several_at_once_do_not_know_each_other(hello: dict[str, Json]) -> None:
    with (
        LocalGateway() as one,
        LocalGateway(pairs=[("p", "m")]) as other,
        httpx2.Client(headers={"x-api-key": "k"}, trust_env=False, verify=False) as client,
    ):
        assert client.post(other.base_url + CHAT, json=hello | {"model": "m"}).status_code == 200
        assert client.post(one.base_url + CHAT, json=hello | {"model": "m"}).status_code == 404
    assert (len(one.calls), len(other.calls)) == (1, 1)


@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_hundred_requests_at_once_are_each_answered_their_own(
    gateway: LocalGateway, hello: dict[str, Json], is_streamed: bool
) -> None:
    async def ask(client: httpx2.AsyncClient, number: int) -> str:
        message: Json = [{"role": "user", "content": f"Repeat the number {number}."}]
        response = await client.post(CHAT, json=hello | {"messages": message, "stream": is_streamed})
        assert response.status_code == 200
        return response.text

    async def ask_all() -> list[str]:
        headers = {"Authorization": "Bearer k", "OpenAI-Organization": "openai"}
        async with httpx2.AsyncClient(
            base_url=gateway.base_url,
            headers=headers,
            trust_env=False,
            verify=False,
            timeout=30,
            limits=httpx2.Limits(max_connections=None),
        ) as client:
            return await asyncio.gather(*(ask(client, number) for number in range(100)))

    assert len(set(asyncio.run(ask_all()))) == 100
    assert len(gateway.calls) == 100


def test_a_connection_answers_many_requests_without_waiting_for_acks(
    gateway: LocalGateway, http: httpx2.Client, hello: dict[str, Json]
) -> None:
    """A delayed ACK would cost 40 ms a request."""
    http.post(CHAT, json=hello)
    started = time.perf_counter()
    for _ in range(50):
        http.post(CHAT, json=hello | {"stream": True})
    assert time.perf_counter() - started < 50 * 0.035


def test_stopping_breaks_off_what_is_under_way(hello: dict[str, Json]) -> None:
    held = Rule(pace=Pace(cut=Cut(after_chunks=1, hold_s=3600)))
    gateway = LocalGateway(script=[held])
    gateway.start()
    seen: list[str] = []

    def ask() -> None:
        with httpx2.Client(headers={"x-api-key": "k"}, trust_env=False, verify=False) as client:
            try:
                with client.stream(
                    "POST", gateway.base_url + CHAT, json=hello | {"stream": True}
                ) as response:
                    for part in response.iter_text():
                        seen.append(part)
                        begun.set()
            except httpx2.HTTPError as error:
                seen.append(type(error).__name__)

    begun = threading.Event()
    asking = threading.Thread(target=ask)
    asking.start()
    assert begun.wait(10)
    gateway.stop()
    asking.join(10)
    assert seen[-1] in ("RemoteProtocolError", "ReadError")


def test_half_sent_headers_are_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "HEADERS_WITHIN_S", 0.05)
    with LocalGateway() as gateway:
        port = int(gateway.base_url.split(":")[2].split("/")[0])
        for sent in (b"", b"GET /api", b"GET /api/compute/models HTTP/1.1\r\nHost: loc"):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as slow:
                slow.sendall(sent)
                assert slow.recv(1) == b""


@pytest.mark.parametrize("garbage", [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"A" * 100_000])
def test_what_is_no_http_is_answered_with_400_or_closed(
    gateway: LocalGateway, garbage: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    port = int(gateway.base_url.split(":")[2].split("/")[0])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as strange:
        strange.sendall(garbage + b"\r\n\r\n")
        assert strange.recv(12) in (b"HTTP/1.1 400", b"")
    assert capfd.readouterr() == ("", "")


def test_a_bug_of_the_gateway_is_a_500_and_stands_in_the_log_whole(hello: dict[str, Json]) -> None:
    def broken(body: object) -> object:
        raise ZeroDivisionError("of our own")

    lines: list[str] = []
    with (
        LocalGateway(decide=broken, log=lines.append) as gateway,  # type: ignore[arg-type]  # that is the bug
        httpx2.Client(headers={"x-api-key": "k"}, trust_env=False, verify=False) as client,
    ):
        response = client.post(gateway.base_url + CHAT, json=hello)
    assert (response.status_code, response.json()["error"]["type"]) == (500, "server_error")
    assert any("ZeroDivisionError: of our own" in line for line in lines)


def test_the_log_is_one_line_an_event_and_holds_no_key(hello: dict[str, Json]) -> None:
    lines: list[str] = []
    with LocalGateway(log=lines.append) as gateway:
        headers = {"Authorization": "Bearer very-secret"}
        with httpx2.Client(headers=headers, trust_env=False, verify=False) as client:
            client.post(gateway.base_url + CHAT, json=hello)
            client.get(gateway.base_url + "/models%0Aforged")
    assert lines[0] == f"local Sahara gateway on {gateway.base_url}: simulator, no language model"
    assert not any("\n" in line or "very-secret" in line for line in lines)
    assert len(lines) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serving_ends_cleanly_on_a_signal(number: signal.Signals) -> None:
    code = "from agents_sahara.emulator.serve import serve; serve(port=0)"
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "simulator, no language model" in process.stderr.readline()
        os.kill(process.pid, number)
        _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (0, "stopped\n")
