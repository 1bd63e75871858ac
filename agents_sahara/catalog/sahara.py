"""The plain client of the gateway: discovery, and `openai` clients that are set up for a provider.

For people who want the gateway without agents. Knows nothing of team files.
"""

from __future__ import annotations

from typing import Literal, Self, overload

import httpx2
from openai import AsyncOpenAI, OpenAI

from agents_sahara.catalog.discovery import Catalog
from agents_sahara.clients.hermetic import async_openai, gateway_destination, sync_openai
from agents_sahara.clients.transport import async_client, sync_client
from agents_sahara.settings import Settings
from agents_sahara.types import Json


class Sahara:
    """Discovery and configured clients; a context manager.

    `settings` defaults to the environment's (`SAHARA_API_KEY`, `SAHARA_BASE_URL`).
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = Settings.from_environ() if settings is None else settings
        self._catalog = Catalog(self.settings)
        self._opened: list[httpx2.Client] = []

    def models(self, provider: str | None = None) -> list[str]:
        """Ids of all models, or of those that `provider` serves.

        Raises:
            CatalogError, AccessError, HostError, SettingsError: as `Catalog.models`.
        """
        return self._catalog.models(provider)

    def providers(self, model: str | None = None) -> list[str]:
        """Names of all compute providers, or of those that serve `model`.

        Raises:
            CatalogError, AccessError, HostError, SettingsError: as `Catalog.providers`.
        """
        return self._catalog.providers(model)

    def model_detail(self, model: str, provider: str) -> dict[str, Json]:
        """What the gateway knows of one model at one provider.

        Raises:
            CatalogError, AccessError, HostError, SettingsError: as `Catalog.model_detail`.
        """
        return self._catalog.model_detail(model, provider)

    @overload
    def openai(self, provider: str, *, sync: Literal[True]) -> OpenAI: ...
    @overload
    def openai(self, provider: str, *, sync: Literal[False] = ...) -> AsyncOpenAI: ...
    def openai(self, provider: str, *, sync: bool = False) -> OpenAI | AsyncOpenAI:
        """An `AsyncOpenAI` (or `OpenAI`) for `provider`, untouched by OPENAI_* variables and proxies.

        It does not retry by itself; `with_options(max_retries=...)` turns that on. An async client has its own
        connections: use it on one event loop and close it there (`async with`).

        Raises:
            SettingsError: no key is set.
        """
        destination = gateway_destination(self.settings, provider)
        needs_tls = destination.base_url.startswith("https:")
        if not sync:
            return async_openai(destination, async_client(needs_tls=needs_tls))
        http = sync_client(needs_tls=needs_tls)
        self._opened.append(http)
        return sync_openai(destination, http)

    def close(self) -> None:
        """Close the catalog's connection and the synchronous clients."""
        self._catalog.close()
        while self._opened:
            self._opened.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
