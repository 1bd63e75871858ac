"""Fixtures for the whole suite, and the guard that keeps every test on this machine."""

from __future__ import annotations

import os
import socket
import sys
from typing import Any

import pytest

_LOOPBACK = ("127.", "::1", "localhost")


def _refuse_strangers(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        sock, address = args
        if sock.family in (socket.AF_INET, socket.AF_INET6) and not str(address[0]).startswith(_LOOPBACK):
            raise PermissionError(f"a test tried to reach {address[0]!r}: only loopback is allowed")


sys.addaudithook(_refuse_strangers)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, base URL, proxy or OPENAI_* of the developer's machine reaches a test."""
    for name in list(os.environ):
        if name.startswith(("SAHARA_", "OPENAI_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
