"""The clients of one team: a connection pool for each event loop, a client for each provider on it.

An `AsyncOpenAI` belongs to the loop that opened its connections: used from a second `asyncio.run` it fails with
"Event loop is closed" (openai-python issue 1254, checked 2026-11-22). Here each loop gets its own, closed with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2
from openai import AsyncOpenAI, Omit

from agents_sahara.clients.early import Asked, EarlyRequest
from agents_sahara.clients.hermetic import (
    NO_CREDENTIAL,
    Destination,
    async_openai,
    endpoint_destination,
    gateway_destination,
)
from agents_sahara.clients.per_loop import PerLoop
from agents_sahara.clients.places import Gate, Places
from agents_sahara.clients.transport import async_client
from agents_sahara.settings import Settings


@dataclass(frozen=True, slots=True)
class OwnEndpoint:
    """An OpenAI-compatible endpoint beside the gateway."""

    base_url: str
    api_key_env: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """A client that is ready to call one provider."""

    client: AsyncOpenAI
    fresh: AsyncOpenAI
    """The same on a new connection for each request: for attempts after a failure, when the gateway may just be
    closing those that it has."""
    destination: Destination
    extra_headers: Mapping[str, str | Omit]
    """To be sent with each request."""
    places: Places
    """As many as calls may be under way at once."""

    def scrub(self, text: str) -> str:
        """`text` without the key, should the gateway have echoed it."""
        return self.destination.key.scrub(text) if self.destination.key is not None else text


@dataclass(slots=True)
class _LoopClients:
    http: httpx2.AsyncClient
    fresh: httpx2.AsyncClient
    lines: dict[str, Line] = field(default_factory=dict)


class ClientPool:
    """Opens clients when they are first needed and closes each once."""

    def __init__(
        self,
        settings: Settings,
        endpoints: Mapping[str, OwnEndpoint],
        places: Mapping[str, int] | None = None,
        early: EarlyRequest | None = None,
    ) -> None:
        """`places`: by provider, how many calls may be under way at once; others have no limit of their own.
        `early`: a request that is under way before any client is there."""
        self._settings = settings
        self._early = early
        self._is_early_told = early is None
        self._places = {
            name: Places((Gate(), most), settings.max_in_flight) for name, most in (places or {}).items()
        }
        self._any_place = Places(None, settings.max_in_flight)
        self._endpoints = endpoints
        self._clients = PerLoop(self._open, _close)

    async def line(self, provider: str) -> Line:
        """The client of `provider` for the running loop.

        Raises:
            SettingsError: there is no key for it.
        """
        clients = await self._clients.here()
        line = clients.lines.get(provider)
        if line is None:
            line = clients.lines[provider] = self._connect(provider, clients)
        return line

    def _connect(self, provider: str, clients: _LoopClients) -> Line:
        destination = self.destination(provider)
        headers: Mapping[str, str | Omit] = {} if destination.key is not None else NO_CREDENTIAL
        return Line(
            async_openai(destination, clients.http),
            async_openai(destination, clients.fresh),
            destination,
            headers,
            self.places(provider),
        )

    def places(self, provider: str) -> Places:
        """The places of `provider`, the same for every event loop."""
        return self._places.get(provider, self._any_place)

    def destination(self, provider: str) -> Destination:
        """Where the calls of `provider` go.

        Raises:
            SettingsError: there is no key for it.
        """
        endpoint = self._endpoints.get(provider)
        if endpoint is None or self._settings.is_local:
            return gateway_destination(self._settings, provider)
        return endpoint_destination(self._settings, endpoint.base_url, endpoint.api_key_env)

    def _open(self) -> _LoopClients:
        needs_tls = self._needs_tls()
        http = async_client(needs_tls=needs_tls, early=self._early)
        return _LoopClients(http, async_client(needs_tls=needs_tls, keeps=False))

    def thrown_away(self) -> Asked | None:
        """Whom an early request asked for nothing, told once."""
        early = self._early
        if self._is_early_told or early is None or early.stage != "thrown away":
            return None
        self._is_early_told = True
        return early.asked

    def left_over(self) -> Asked | None:
        """Whom an early request asked that nobody has told of, now that a run is over: its answer is given up."""
        if self._early is not None:
            self._early.abandon()
        return self.thrown_away()

    def _needs_tls(self) -> bool:
        urls = [self._settings.base_url, *(endpoint.base_url for endpoint in self._endpoints.values())]
        return any(url.startswith("https:") for url in urls)

    async def aclose(self, *, waiting: asyncio.AbstractEventLoop | None = None) -> None:
        """Close every connection, those of other running loops too; the pool can be used again after.

        The loop `waiting` stands still until this is done: it closes its connections as soon as it goes on.
        """
        await self._clients.aclose(waiting=waiting)


async def _close(clients: _LoopClients) -> None:
    await clients.http.aclose()
    await clients.fresh.aclose()
