"""Fixtures for the whole suite, and the guard that keeps every test on this machine."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.testing import no_sleep
from agents_sahara.testing import sahara_gateway as sahara_gateway  # a fixture for the whole suite
from agents_sahara.types import Json

_LOOPBACK = ("127.", "::1", "localhost")


def _refuse_strangers(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        sock, address = args
        if sock.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(_LOOPBACK):
            raise PermissionError(f"a test tried to reach {address[0]!r}: only loopback is allowed")


sys.addaudithook(_refuse_strangers)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's background job; programs would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def state_of_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where runs of tests leave their records: never in the developer's home."""
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SAHARA_STATE_DIR", str(folder))
        patch.setenv("SAHARA_FAST", "off")
        yield folder


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, state_of_tests: Path) -> None:
    """No key, base URL, proxy or OPENAI_* of the developer's machine reaches a test, and no test its home."""
    for name in list(os.environ):
        if name.startswith(("SAHARA_", "OPENAI_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SAHARA_STATE_DIR", str(state_of_tests))
    monkeypatch.setenv("SAHARA_FAST", "off")


@pytest.fixture
def on_uvloop(monkeypatch: pytest.MonkeyPatch) -> None:
    """`asyncio.run` runs on uvloop, as programs with the extra `[fast]` do."""
    monkeypatch.setattr("asyncio.events.new_event_loop", import_module("uvloop").new_event_loop)


@pytest.fixture(params=["asyncio", "uvloop"])
def each_loop(request: pytest.FixtureRequest) -> None:
    """For tests of what is sent and received, which must hold on both event loops; all others run on asyncio's."""
    if request.param == "uvloop":
        request.getfixturevalue("on_uvloop")


@pytest.fixture
def gateway() -> Iterator[LocalGateway]:
    """A running local gateway with the documented catalog; delays that a script asks for take no time."""
    with LocalGateway(sleep=no_sleep) as running:
        yield running


@pytest.fixture
def http(gateway: LocalGateway) -> Iterator[httpx2.Client]:
    """A plain HTTP client of the local gateway, with a key and the provider `openai`."""
    headers = {"Authorization": "Bearer test-key", "OpenAI-Organization": "openai"}
    with httpx2.Client(
        base_url=gateway.base_url, headers=headers, trust_env=False, verify=False, timeout=10
    ) as client:
        yield client


@pytest.fixture
def hello() -> dict[str, Json]:
    """The request of the API documentation's raw HTTP sample."""
    return {
        "model": "gpt-4o",
        "messages": [
            {"role": "system", "content": "You are a helpful assistant."},
            {"role": "user", "content": "Hello!"},
        ],
    }
