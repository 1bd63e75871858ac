"""Rows 14 and 15: a host that is never reached, or cannot prove who it is.

Certificates are made for the time of the test; one authority of them is trusted by SSL_CERT_FILE while it lasts.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
import ssl
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import trustme

from agents_sahara.clients.transport import tls_context
from tests.faults.cases import ACCEPT, SHORT, Play, Terms, Want, stop, well
from tests.faults.wire import Case, FaultServer, closed_port, deaf_port

_CODE = "host_unreachable"
_TERMS = Terms(deadline=4.0)
_DEAF = replace(SHORT, deadline=8.0)
"""Each attempt has its whole time, also on a busy machine: a shorter one says that time was up."""


@contextmanager
def open_hosts(cases: dict[str, Case]) -> Iterator[Mapping[str, str]]:
    """Base URLs of the hosts of these rows by name, `{}` in place of the case, for as long as they are there."""
    with ExitStack() as stack:
        stack.enter_context(_no_such_names())
        yield {
            "refused": f"http://127.0.0.1:{closed_port()}/{{}}",
            "unknown": "https://gateway.invalid/{}",
            "deaf": f"http://127.0.0.1:{stack.enter_context(deaf_port())}/{{}}",
            "no-tls": stack.enter_context(FaultServer())
            .base_url("{}", "localhost")
            .replace("http:", "https:"),
            **{name: _url(stack, context, cases) for name, context in _certificates(stack).items()},
        }


def _url(stack: ExitStack, context: ssl.SSLContext | None, cases: dict[str, Case]) -> str:
    return stack.enter_context(FaultServer(context, cases)).base_url("{}", "localhost")


def _certificates(stack: ExitStack) -> Mapping[str, ssl.SSLContext]:
    ours, stranger = trustme.CA(), trustme.CA()
    stack.enter_context(_trusting(ours))
    then = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    return {
        "good": _issued(ours, "localhost"),
        "self-signed": _by_pem(stranger.cert_pem, stranger.private_key_pem),
        "unknown-issuer": _issued(stranger, "localhost"),
        "another-name": _issued(ours, "gateway.example"),
        "expired": _issued(ours, "localhost", not_before=then, not_after=then + dt.timedelta(days=9)),
    }


def _play(row: int, name: str, host: str, want: Want, terms: Terms = _TERMS, members: int = 2) -> Play:
    return Play(row, name, (well(),), run=want, stream=want, terms=terms, host=host, members=members)


def _tls(name: str, host: str, reason: str) -> Play:
    return _play(15, name, host, Want("stop", _CODE, 0, ("TLS", reason, "localhost"), within_s=1.5))


ROWS = (
    _play(14, "a refused connection, alone", "refused", stop(_CODE, "refused", calls=0), members=1),
    _play(14, "a refused connection", "refused", stop(_CODE, "refused", calls=0)),
    _play(14, "an unknown name", "unknown", stop(_CODE, "its name cannot be resolved", calls=0)),
    _play(14, "no connection in time", "deaf", stop(_CODE, "no connection", calls=0), _DEAF),
    _play(15, "a good certificate", "good", ACCEPT),
    _tls("a self-signed certificate", "self-signed", "self-signed"),
    _tls("a certificate of an unknown issuer", "unknown-issuer", "issuer"),
    _tls("a certificate for another name", "another-name", "another name"),
    _tls("an expired certificate", "expired", "expired"),
    _tls("no TLS at all", "no-tls", ""),
)


def _issued(authority: trustme.CA, name: str, **dates: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **dates).configure_cert(context)
    return context


def _by_pem(certificate: trustme.Blob, key: trustme.Blob) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with certificate.tempfile() as certificate_file, key.tempfile() as key_file:
        context.load_cert_chain(certificate_file, key_file)
    return context


@contextmanager
def _trusting(authority: trustme.CA) -> Iterator[None]:
    """SSL_CERT_FILE names `authority` alone."""
    before = os.environ.get("SSL_CERT_FILE")
    with tempfile.TemporaryDirectory() as folder:
        trusted = Path(folder) / "trusted.pem"
        authority.cert_pem.write_to_path(trusted)
        os.environ["SSL_CERT_FILE"] = str(trusted)
        tls_context.cache_clear()
        try:
            yield
        finally:
            os.environ.pop("SSL_CERT_FILE")
            if before is not None:
                os.environ["SSL_CERT_FILE"] = before
            tls_context.cache_clear()


@contextmanager
def _no_such_names() -> Iterator[None]:
    """Names that end in `.invalid` are unknown without asking anyone (RFC 6761 says that they always are)."""
    look_up: Callable[..., Any] = socket.getaddrinfo

    def refuse(host: Any, *rest: Any, **options: Any) -> Any:
        if str(host).endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(host, *rest, **options)

    socket.getaddrinfo = refuse
    try:
        yield
    finally:
        socket.getaddrinfo = look_up
