"""Why a connection failed, in plain words: from real sockets and real TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import httpx2
import pytest

from agents_sahara.clients.transport import TransportFailure, async_client, explain, sync_client, tls_context
from agents_sahara.errors import SettingsError


@pytest.fixture(params=["sync", "async"])
def failure_of(request: pytest.FixtureRequest) -> Callable[[str], TransportFailure]:
    """Asks a URL that gives no answer, and tells why; by each kind of connection."""

    def asked(url: str) -> TransportFailure:
        needs_tls = url.startswith("https:")
        if request.param != "sync":
            return asyncio.run(_explained(url, needs_tls=needs_tls))
        with sync_client(needs_tls=needs_tls) as client:
            with pytest.raises(httpx2.HTTPError) as caught:
                client.get(url)
            return explain(caught.value)

    return asked


async def _explained(url: str, *, needs_tls: bool) -> TransportFailure:
    async with async_client(needs_tls=needs_tls) as client:
        with pytest.raises(httpx2.HTTPError) as caught:
            await client.get(url)
        return explain(caught.value)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts a connection and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            try:
                while True:
                    server.accept()[0].close()
            except OSError:
                return

        thread = threading.Thread(target=hang_up)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_refused_connection(failure_of: Callable[[str], TransportFailure]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    failure = failure_of(f"http://127.0.0.1:{port}/")
    assert (failure.reason, failure.is_host_level) == ("the connection was refused", True)


def test_an_unknown_name(
    failure_of: Callable[[str], TransportFailure], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    failure = failure_of("http://no-such-host.invalid/")
    assert (failure.reason, failure.is_host_level) == ("its name cannot be resolved", True)


def test_a_connection_that_broke(failure_of: Callable[[str], TransportFailure], silent_port: int) -> None:
    failure = failure_of(f"http://127.0.0.1:{silent_port}/")
    assert not failure.is_host_level
    assert failure.is_retryable


def test_a_host_that_speaks_no_tls(failure_of: Callable[[str], TransportFailure], silent_port: int) -> None:
    failure = failure_of(f"https://127.0.0.1:{silent_port}/")
    assert failure.is_host_level


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("certificate verify failed: self-signed certificate", "TLS: its certificate is self-signed"),
        ("certificate verify failed: Hostname mismatch, certificate is not valid for 'x'", "another name"),
        ("certificate verify failed: certificate has expired", "TLS: its certificate has expired"),
        ("certificate verify failed: unable to get local issuer certificate", "does not trust"),
        ("wrong version number", "TLS: no secure connection could be agreed"),
    ],
)
def test_tls_failures_are_told_apart_and_never_tried_again(said: str, reason: str) -> None:
    outer = httpx2.ConnectError("all connection attempts failed")
    outer.__cause__ = ssl.SSLCertVerificationError(1, said)
    failure = explain(outer)
    assert reason in failure.reason
    assert (failure.is_host_level, failure.is_retryable) == (True, False)


def test_causes_inside_a_group_are_found() -> None:
    group = ExceptionGroup("several", [ValueError("x"), ConnectionRefusedError()])
    assert explain(group).reason == "the connection was refused"


@pytest.mark.parametrize("place", ["/no/such.pem", "/", __file__])
def test_certificates_that_cannot_be_loaded_are_a_matter_of_settings(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", place)
    with pytest.raises(SettingsError, match="certificates cannot be loaded") as caught:
        tls_context.__wrapped__()
    assert "SSL_CERT_FILE" in caught.value.mend
