"""Connections that follow from our settings alone, and plain words for why one failed.

Proxies of the environment are not used, cookies are not kept and redirects are not followed: on a redirect to
another host httpx2 2.16 (checked 2026-11-22) drops `Authorization` but would still send `x-api-key` and the prompt
there. Certificates are those the machine trusts; SSL_CERT_FILE and SSL_CERT_DIR count.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2

from agents_sahara.clients.bodies import CappedTransport, TooLargeError
from agents_sahara.clients.direct import DirectTransport
from agents_sahara.clients.early import CONNECT_TIMEOUT_S as CONNECT_TIMEOUT_S
from agents_sahara.clients.early import EarlyRequest
from agents_sahara.clients.early_answers import EarlyAnswers
from agents_sahara.clients.lean import LeanAsyncClient
from agents_sahara.errors import SettingsError

READ_TIMEOUT_S: float = 600
"""A backstop on the socket; callers set the real time limit of an attempt. openai tells it in a header, as it stands
here, and its own default is 600."""

_KEPT_S = 30.0
"""How long a connection may be idle."""

LIMITS = httpx2.Limits(max_connections=10_000, max_keepalive_connections=32, keepalive_expiry=_KEPT_S)
"""Of a pool for code that is not async."""

FRESH = httpx2.Limits(max_connections=10_000, max_keepalive_connections=0)
"""A connection for each request."""

TIMEOUT = httpx2.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)

_NO_DESCRIPTOR = frozenset({errno.EMFILE, errno.ENFILE})

_OF_AN_ATTEMPT = 0.8
"""The part of an attempt's time after which a host that does not connect counts as unreachable."""


def time_limits(attempt_s: float) -> httpx2.Timeout:
    """For an attempt that ends after `attempt_s`: an unreachable host is told before that, as what it is."""
    if attempt_s * _OF_AN_ATTEMPT >= CONNECT_TIMEOUT_S:
        return TIMEOUT
    return httpx2.Timeout(READ_TIMEOUT_S, connect=attempt_s * _OF_AN_ATTEMPT)


@cache
def tls_context() -> ssl.SSLContext:
    """The one TLS context of this process: loading the trusted certificates takes some 30 ms of CPU.

    Raises:
        SettingsError: SSL_CERT_FILE or SSL_CERT_DIR names something that holds no certificates.
    """
    try:
        return httpx2.create_ssl_context()
    except OSError as error:
        raise SettingsError(
            f"the trusted certificates cannot be loaded: {error.strerror or error}",
            mend="check SSL_CERT_FILE and SSL_CERT_DIR, or unset them",
            where="SSL_CERT_FILE",
        ) from error


def _verifier(needs_tls: bool) -> ssl.SSLContext:
    """Without https in sight, a context that trusts nobody stands in for the costly one."""
    return tls_context() if needs_tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def async_client(
    *, needs_tls: bool, keeps: bool = True, early: EarlyRequest | None = None
) -> httpx2.AsyncClient:
    """Connections for one event loop: without `keeps` a new one for each request.

    A request that is the `early` one is not sent once more.
    """
    transport = DirectTransport(_verifier(needs_tls), kept_s=_KEPT_S if keeps else 0)
    return LeanAsyncClient(transport, TIMEOUT, None if early is None else EarlyAnswers(early))


def sync_client(*, needs_tls: bool, limits: httpx2.Limits = LIMITS) -> httpx2.Client:
    """A pool for code that is not async."""
    transport = CappedTransport(verify=_verifier(needs_tls), trust_env=False, limits=limits)
    return httpx2.Client(
        transport=transport, trust_env=False, follow_redirects=False, timeout=TIMEOUT, cookies=_no_cookies()
    )


def _no_cookies() -> CookieJar:
    """What one answer sets is not sent with the next request, which may be another provider's or another user's."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


@dataclass(frozen=True, slots=True)
class TransportFailure:
    """Why no answer came."""

    reason: str
    """Ends a sentence that names the host: "... could not be reached: " + reason."""
    mend: str
    is_host_level: bool
    """Whether the host itself was never reached, so that no other provider behind it can help."""
    is_retryable: bool


def explain(error: BaseException, *, is_connecting: bool = False) -> TransportFailure:
    """What a transport error means, from the chain of its causes; `is_connecting` where nothing was sent yet."""
    chain = tuple(_chain(error))
    is_connecting = is_connecting or any(isinstance(cause, httpx2.ConnectError) for cause in chain)
    for cause in chain:
        if isinstance(cause, TooLargeError):
            return TransportFailure(
                f"its answer is too large: {cause}", "ask for a shorter one", False, is_retryable=True
            )
        is_handshake = is_connecting or isinstance(cause, ssl.SSLCertVerificationError)
        if isinstance(cause, ssl.SSLError) and is_handshake:
            return _tls_failure(cause)
        if isinstance(cause, socket.gaierror):
            return TransportFailure(
                "its name cannot be resolved", "check the base URL and the network", True, is_retryable=True
            )
        if isinstance(cause, OSError) and cause.errno in _NO_DESCRIPTOR:
            return TransportFailure(
                "this process has no file descriptor left for a connection",
                "allow it more open files (ulimit -n), or fewer runs at once",
                True,
                is_retryable=True,
            )
        if isinstance(cause, ConnectionRefusedError):
            return TransportFailure(
                "the connection was refused",
                "check the base URL and that the service runs",
                True,
                is_retryable=True,
            )
    return _interrupted(chain)


def _interrupted(chain: tuple[BaseException, ...]) -> TransportFailure:
    if any(isinstance(cause, httpx2.ConnectTimeout) for cause in chain):
        return TransportFailure(
            "no connection could be made in time", "check the network", True, is_retryable=True
        )
    if any(isinstance(cause, httpx2.ConnectError) for cause in chain):
        return TransportFailure(
            "no connection could be made", "check the base URL and the network", True, is_retryable=True
        )
    if any(isinstance(cause, httpx2.TimeoutException) for cause in chain):
        return TransportFailure("it fell silent", "try again later", False, is_retryable=True)
    if any(isinstance(cause, httpx2.DecodingError) for cause in chain):
        return TransportFailure(
            "its answer could not be decompressed", "try again later", False, is_retryable=True
        )
    return TransportFailure(
        "the connection broke before the answer was whole", "try again", False, is_retryable=True
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        cause = todo.pop()
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        todo += [cause.__context__, cause.__cause__]
        if isinstance(cause, BaseExceptionGroup):
            todo += cause.exceptions


_TLS_REASONS = (
    ("self-signed", "its certificate is self-signed"),
    ("self signed", "its certificate is self-signed"),
    ("hostname mismatch", "its certificate is for another name"),
    ("ip address mismatch", "its certificate is for another name"),
    ("not valid for", "its certificate is for another name"),
    ("expired", "its certificate has expired"),
    ("not yet valid", "its certificate is not valid yet"),
    ("unable to get local issuer", "its certificate comes from an issuer that this machine does not trust"),
)


def _tls_failure(error: ssl.SSLError) -> TransportFailure:
    text = f"{getattr(error, 'verify_message', '')} {error}".lower()
    reason = next(
        (plain for sign, plain in _TLS_REASONS if sign in text), "no secure connection could be agreed"
    )
    return TransportFailure(
        f"TLS: {reason}",
        "check the host name in the base URL; a private issuer is trusted by SSL_CERT_FILE",
        is_host_level=True,
        is_retryable=False,
    )
