"""Make the one request of a probe and keep what came back, whatever it is.

Nothing is tried again and no redirect is followed: what happened is the finding.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import httpx2

from agents_sahara.cli.probing.redaction import HIDDEN, hidden_header, redacted
from agents_sahara.cli.probing.table import MADE_UP_KEY, KeyKind, Probe
from agents_sahara.clients.transport import CONNECT_TIMEOUT_S, explain
from agents_sahara.settings import Secret
from agents_sahara.types import Json, JsonObject

SILENCE_S = 30.0
"""Without a byte."""
DEADLINE_S = 60.0
"""For one answer: looked at whenever a piece arrives."""
MOST_CHARACTERS = 64 * 1024
"""Kept of a body."""
_MOST_BYTES = 256 * 1024
"""Read of a body."""

FailureKind: TypeAlias = Literal["host", "broken", "deadline", "not_sent"]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer, or no whole one."""

    kind: FailureKind
    reason: str
    mend: str = ""

    def to_json(self) -> dict[str, Json]:
        """`failure` of one probe."""
        return {"kind": self.kind, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Body:
    """What came behind the headers, decompressed."""

    text: str
    """Bytes that are not UTF-8 are shown as escapes."""
    size: int
    """Bytes that were read."""
    is_cut: bool
    """Whether more than this was sent, or should have been."""

    def to_json(self) -> dict[str, Json]:
        """`response.body`."""
        return {"text": self.text, "bytes": self.size, "cut": self.is_cut}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response, the key taken out."""

    status: int
    http_version: str
    headers: tuple[tuple[str, str], ...]
    body: Body

    def to_json(self) -> dict[str, Json]:
        """`response` of one probe."""
        return {
            "status": self.status,
            "http_version": self.http_version,
            "headers": _headers_json(self.headers),
            "body": self.body.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Exchange:
    """A probe with what was sent and what came of it."""

    probe: Probe
    url: str
    headers: tuple[tuple[str, str], ...]
    seconds: float
    answer: Answer | None = None
    failure: Failure | None = None

    def to_json(self) -> dict[str, Json]:
        """One entry of the record."""
        probe = self.probe
        request: JsonObject = {
            "method": probe.method,
            "url": self.url,
            "headers": _headers_json(self.headers),
            "body": probe.body,
        }
        return {
            "name": probe.name,
            "asks": probe.asks,
            "key": probe.key,
            "request": request,
            "seconds": round(self.seconds, 3),
            "response": None if self.answer is None else self.answer.to_json(),
            "failure": None if self.failure is None else self.failure.to_json(),
        }


def ask(
    http: httpx2.Client,
    base_url: str,
    key: Secret,
    probe: Probe,
    *,
    now: Callable[[], float] = time.monotonic,
) -> Exchange:
    """Send one request; a failure is a result like any other."""
    request = _request(http, base_url, key, probe)
    url, sent = redacted(str(request.url), key), _safe_headers(request.headers, key)
    started = now()
    try:
        response = http.send(request, stream=True)
    except (httpx2.HTTPError, OSError) as error:
        return Exchange(probe, url, sent, now() - started, failure=_failure(error))
    try:
        data, failure = _read(response, started + DEADLINE_S, now)
    finally:
        response.close()
    answer = Answer(
        response.status_code,
        response.http_version,
        _safe_headers(response.headers, key),
        _body(data, key, is_cut=failure is not None or len(data) >= _MOST_BYTES),
    )
    return Exchange(probe, url, sent, now() - started, answer, failure)


def not_sent(base_url: str, key: Secret, probe: Probe, reason: str) -> Exchange:
    """A probe that would have told what an earlier one told already."""
    url = redacted(f"{base_url}/{probe.target}", key)
    return Exchange(probe, url, (), 0.0, failure=Failure("not_sent", reason))


def _request(http: httpx2.Client, base_url: str, key: Secret, probe: Probe) -> httpx2.Request:
    headers = {"Accept": "text/event-stream" if _is_streamed(probe) else "application/json"}
    if probe.provider is not None:
        headers["OpenAI-Organization"] = probe.provider
    text = _key_text(probe.key, key)
    if text is not None:
        headers[probe.carrier] = f"Bearer {text}" if probe.carrier == "Authorization" else text
    timeout = httpx2.Timeout(SILENCE_S, connect=CONNECT_TIMEOUT_S)
    return http.build_request(
        probe.method, f"{base_url}/{probe.target}", headers=headers, json=probe.body, timeout=timeout
    )


def _is_streamed(probe: Probe) -> bool:
    return probe.body is not None and probe.body.get("stream") is True


def _key_text(kind: KeyKind, key: Secret) -> str | None:
    return {"real": key.reveal(), "made up": MADE_UP_KEY, "none": None}[kind]


def _read(response: httpx2.Response, ends: float, now: Callable[[], float]) -> tuple[bytes, Failure | None]:
    """What arrives of the body, up to the cap; with the reason where it is not all."""
    data = bytearray()
    try:
        for part in response.iter_bytes():
            data += part
            if len(data) >= _MOST_BYTES:
                break
            if now() > ends:
                return bytes(data), Failure("deadline", f"no whole answer within {DEADLINE_S:g} s")
    except (httpx2.HTTPError, OSError) as error:
        return bytes(data), _failure(error)
    return bytes(data[:_MOST_BYTES]), None


def _failure(error: Exception) -> Failure:
    why = explain(error)
    return Failure("host" if why.is_host_level else "broken", why.reason, why.mend)


def _body(data: bytes, key: Secret, *, is_cut: bool) -> Body:
    text = redacted(data.decode("utf-8", "backslashreplace"), key, is_cut=is_cut)
    return Body(text[:MOST_CHARACTERS], len(data), is_cut or len(text) > MOST_CHARACTERS)


def _safe_headers(headers: httpx2.Headers, key: Secret) -> tuple[tuple[str, str], ...]:
    return tuple(
        (redacted(name, key), HIDDEN if hidden_header(name) else redacted(value, key))
        for name, value in headers.multi_items()
    )


def _headers_json(headers: Sequence[tuple[str, str]]) -> list[Json]:
    return [f"{name}: {value}" for name, value in headers]
