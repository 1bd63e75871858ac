"""An `AsyncClient` for requests that go straight to a transport: no cookies, redirects, hooks, or keys in URLs.

httpx2 2.16 (checked 2026-11-22) prepares each request for all of these, which costs as much as sending it.
"""

from __future__ import annotations

import logging
from typing import Any

import httpx2

from agents_sahara.clients.early_answers import EarlyAnswers

_MOST_URLS = 64

_logger = logging.getLogger("httpx2")
"""Where httpx2 tells of its requests, and whoever listens there expects them."""


class LeanAsyncClient(httpx2.AsyncClient):
    """Sends what it is given, as it is, over `transport`."""

    def __init__(
        self,
        transport: httpx2.AsyncBaseTransport,
        timeout: httpx2.Timeout,
        early: EarlyAnswers | None = None,
    ) -> None:
        super().__init__(transport=transport, trust_env=False, follow_redirects=False, timeout=timeout)
        self._direct = transport
        self._early = early
        """Who may have the answer of a first request already."""
        self._urls: dict[str, httpx2.URL] = {}

    def build_request(self, method: str, url: httpx2.URL | str, **options: Any) -> httpx2.Request:
        """A request; the few URLs of a team are parsed once each."""
        return super().build_request(method, self._parsed(url) if isinstance(url, str) else url, **options)

    def _parsed(self, url: str) -> httpx2.URL:
        known = self._urls.get(url)
        if known is None:
            if len(self._urls) >= _MOST_URLS:
                self._urls.clear()
            known = self._urls[url] = httpx2.URL(url)
        return known

    async def send(self, request: httpx2.Request, *, stream: bool = False, **_: Any) -> httpx2.Response:
        """The answer, read to its end unless `stream`; what it sets or where it redirects to is not followed."""
        if self.is_closed:
            raise RuntimeError("Cannot send a request, as the client has been closed.")
        early, self._early = self._early, None
        response = None if early is None else await early.answer(request)
        if response is None:
            response = await self._direct.handle_async_request(request)
        response.request = request
        version, reason = response.http_version, response.reason_phrase
        _logger.info(
            'HTTP Request: %s %s "%s %d %s"',
            request.method,
            request.url,
            version,
            response.status_code,
            reason,
        )
        if stream:
            return response
        try:
            await response.aread()
        except BaseException:
            await response.aclose()
            raise
        return response
