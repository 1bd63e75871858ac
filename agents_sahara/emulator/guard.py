"""What a request must show before it is looked at: a loopback Host, a key, a body of bearable size.

The gateway is on loopback, but web pages in a browser can reach loopback too: hence Host and Origin. Names of
headers are in lower case.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request

from agents_sahara.emulator.refusals import RefusalError

BODY_WITHIN_S = 60.0
MOST_BODY_BYTES = 8 * 1024 * 1024
_DRAINED_BYTES = 64 * 1024 * 1024
"""A body that is too large is still read this far, and dropped, so that its sender gets to see the answer."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def check_host(headers: Mapping[str, str]) -> None:
    """Refuse what a browser sends for a page of another origin, or under a name that is not loopback's.

    Raises:
        RefusalError: 403.
    """
    for name, url in (("Host", f"//{headers.get('host', '')}"), ("Origin", headers.get("origin"))):
        if url is not None and _host(url) not in _LOOPBACK:
            raise RefusalError(403, f"This gateway serves loopback only; it refuses this {name} header.")


def check_key(headers: Mapping[str, str]) -> None:
    """Any key will do, in either of the documented headers, but there must be one.

    Raises:
        RefusalError: 401.
    """
    scheme, _, key = headers.get("authorization", "").partition(" ")
    has_bearer = scheme.lower() == "bearer" and key.strip()
    if not has_bearer and not headers.get("x-api-key", "").strip():
        message = "No API key: send 'Authorization: Bearer KEY' or 'x-api-key: KEY' (here any text will do)."
        raise RefusalError(401, message, code="invalid_api_key")


def check_json_type(headers: Mapping[str, str]) -> None:
    """Refuse a body that does not say that it is JSON.

    Raises:
        RefusalError: 400.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RefusalError(400, f"Content-Type must be 'application/json', not {kind!r}.")


async def read_body(request: Request) -> bytes:
    """The whole body.

    Raises:
        RefusalError: 413 where it is too large, 408 where it does not come.
    """
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            return await _read(request)
    except TimeoutError:
        raise RefusalError(408, f"The body did not arrive within {BODY_WITHIN_S:g} s.") from None
    except ClientDisconnect:
        raise RefusalError(400, "The client went away before its body was complete.") from None


async def _read(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size <= MOST_BODY_BYTES:
            parts.append(part)
        elif size > _DRAINED_BYTES:
            break
        else:
            parts.clear()
    if size > MOST_BODY_BYTES:
        raise RefusalError(
            413, f"The body is larger than {MOST_BODY_BYTES} bytes.", headers={"Connection": "close"}
        )
    return b"".join(parts)


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
