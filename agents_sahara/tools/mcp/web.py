"""The HTTP under a session with a server at a URL: to that host alone, as it is, and one failure at a time.

mcp 2.3 ends the whole session where one request fails on the network, and follows redirects within the host (checked
2026-11-28). Here a request that fails gets an answer that says so, no redirect is followed, and addresses of private
networks are refused as those of `http` tools are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx2
from mcp_types import INTERNAL_ERROR

from agents_sahara.clients.bodies import AsyncCappedResponse, AsyncCappedTransport
from agents_sahara.clients.transport import CONNECT_TIMEOUT_S, LIMITS, explain, tls_context
from agents_sahara.settings import is_loopback
from agents_sahara.tools.addresses import hold_to, refusal

_SILENCE_S = 3600.0
"""A backstop: each call has a time limit of its own, and a stream for notifications may be silent for long."""


REDIRECTS = "the server redirects, which is not followed"

_NO_SESSION = 404
"""What a server says to a session that it does not know any more."""


def _is_json(answer: httpx2.Response) -> bool:
    return answer.headers.get("content-type", "").lower().startswith("application/json")


class WebTransport(AsyncCappedTransport):
    """Connections to one server; remembers the last failure to reach it."""

    def __init__(self, url: str, hosts: frozenset[str]) -> None:
        """`hosts`: what the operator allowed; the server's own where that is this machine is allowed as well."""
        needs_tls = httpx2.URL(url).scheme == "https"
        verify = tls_context() if needs_tls else False
        super().__init__(verify=verify, trust_env=False, limits=LIMITS)
        host = httpx2.URL(url).host
        hold_to(self, hosts | {host} if is_loopback(host) else hosts)
        self.unreached = ""
        """Why the server could not be reached when it was last tried; empty where it was."""
        self.is_refused = False
        """Whether that was because its name leads where nobody allowed."""
        self.refused = 0
        """The status of 400 or more of its last answer; 0 where that was none."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The server's answer, or one that says why there is none."""
        try:
            got = await super().handle_async_request(request)
        except (httpx2.TransportError, OSError) as error:
            refused = refusal(error)
            self.is_refused = refused is not None
            self.unreached = explain(error).reason if refused is None else str(refused)
            return _answer(request, 502, f"the server could not be reached: {self.unreached}")
        self.unreached = ""
        self.refused = got.status_code if got.status_code >= 400 else 0
        if got.has_redirect_location:
            await got.aclose()
            return _answer(request, 502, REDIRECTS)
        if got.status_code >= 400 and got.status_code != _NO_SESSION and not _is_json(got):
            await got.aclose()
            return _answer(request, got.status_code, f"it answers with HTTP status {got.status_code}")
        assert isinstance(got.stream, httpx2.AsyncByteStream)
        response = _Told(got.status_code, headers=got.headers, stream=got.stream, extensions=got.extensions)
        response.request = request
        return response


class _Told(AsyncCappedResponse):
    """An answer that always has a body which can be read: where it breaks, the body says so."""

    async def aread(self) -> bytes:
        """The whole body."""
        try:
            body = await super().aread()
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            await self.aclose()
            body = _error(self.request, explain(error).reason)
            self._content = body
        return body


def _answer(request: httpx2.Request, status: int, reason: str) -> httpx2.Response:
    headers = {"content-type": "application/json"}
    return httpx2.Response(status, headers=headers, content=_error(request, reason), request=request)


def _error(request: httpx2.Request, reason: str) -> bytes:
    try:
        number = json.loads(request.content).get("id")
    except (ValueError, AttributeError, httpx2.RequestNotRead):
        number = None
    error = {"code": INTERNAL_ERROR, "message": reason}
    return json.dumps({"jsonrpc": "2.0", "id": number, "error": error}).encode()


def web_client(transport: WebTransport, headers: Mapping[str, str]) -> httpx2.AsyncClient:
    """A client that keeps no cookies and takes nothing from the environment."""
    return httpx2.AsyncClient(
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        timeout=httpx2.Timeout(_SILENCE_S, connect=CONNECT_TIMEOUT_S),
        headers=dict(headers),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )
