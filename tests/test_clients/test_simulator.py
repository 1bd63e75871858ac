"""Whether a simulator answers at an address: only those of this machine are asked, and nobody is waited for long."""

from __future__ import annotations

import socket
from unittest import mock

import pytest

from agents_sahara.clients.simulator import Address
from agents_sahara.emulator.gateway import LocalGateway
from tests.faults.wire import closed_port


def test_the_local_gateway_says_that_it_is_one_and_is_asked_once() -> None:
    with LocalGateway() as gateway:
        address = Address(gateway.base_url)
        assert [address.is_simulator() for _ in range(3)] == [True] * 3
        assert [(call.method, call.status) for call in gateway.calls] == [("GET", 401)]


def test_a_local_gateway_with_a_model_behind_it_is_no_simulator() -> None:
    with LocalGateway(backend=f"http://127.0.0.1:{closed_port()}/v1") as gateway:
        assert not Address(gateway.base_url).is_simulator()


def test_nobody_is_no_simulator_until_somebody_is_there() -> None:
    port = closed_port()
    address = Address(f"http://127.0.0.1:{port}/api/compute")
    assert not address.is_simulator()
    with LocalGateway(port=port):
        assert address.is_simulator()


def test_who_says_nothing_is_not_waited_for_twice() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        mock.patch("socket.create_connection", wraps=socket.create_connection) as connect,
    ):
        address = Address(f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert not any(address.is_simulator() for _ in range(3))
        assert connect.call_count == 1


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:1", "http://portal.example/api", "https://portal.example"]
)
def test_no_other_machine_is_asked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection")

    monkeypatch.setattr(socket, "create_connection", refuse)
    assert not Address(url).is_simulator()
