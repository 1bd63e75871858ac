"""`openai` clients that no environment variable changes.

openai 3.54 (checked 2026-11-22) reads OPENAI_CUSTOM_HEADERS, whose entries beat the arguments, OPENAI_ORG_ID, which
would choose the compute provider, OPENAI_PROJECT_ID and OPENAI_ADMIN_KEY whenever a client is made or copied.
These classes take that back, so that copies made by `with_options` are as clean as their original.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
from anyio import EndOfStream
from openai import APIConnectionError, APITimeoutError, AsyncOpenAI, Omit, OpenAI

from agents_sahara.clients.decoder import EventDecoder
from agents_sahara.clients.templates import Templates, kind_of
from agents_sahara.settings import Secret, Settings

_LOGGER = logging.getLogger("openai")

_TEMPLATED = frozenset({"content", "options"})
"""What a post that may be made from a template says, and nothing beside."""

_NO_KEY = "no-key"
"""openai refuses to make a client without a key; `NO_CREDENTIAL` keeps this one off the wire."""

NO_CREDENTIAL: Mapping[str, Omit] = {"Authorization": Omit()}
"""Extra headers of every request to a destination without a key."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where one provider's calls go, and with which credential."""

    base_url: str
    organization: str | None
    """The compute provider, sent as `OpenAI-Organization`; None for an endpoint of its own."""
    key: Secret | None
    """None sends no credential."""


def gateway_destination(settings: Settings, provider: str) -> Destination:
    """The gateway, asked to use `provider`.

    Raises:
        SettingsError: no key is set.
    """
    return Destination(settings.base_url, provider, settings.require_key())


def endpoint_destination(settings: Settings, base_url: str, api_key_env: str | None) -> Destination:
    """An endpoint of its own: it never gets the gateway's key or the name of a compute provider.

    Raises:
        SettingsError: `api_key_env` names a variable that holds no key.
    """
    key = settings.endpoint_key(api_key_env) if api_key_env is not None else None
    return Destination(base_url.rstrip("/"), None, key)


class SaharaAsyncOpenAI(AsyncOpenAI):
    """An `AsyncOpenAI` of our own settings only."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        _forget_environment(self, options)
        self._templates = Templates()

    def _make_sse_decoder(self) -> EventDecoder:
        return EventDecoder()

    async def post(self, path: str, *, cast_to: type[Any], stream: bool = False, **more: Any) -> Any:
        """What the client gives; a post of bytes that is as the last one, but for them, is made from that one."""
        kind = self._kind(path, more) if cast_to is httpx2.Response else None
        if kind is None:
            return await super().post(path, cast_to=cast_to, stream=stream, **more)
        again = self._templates.request(kind, more["content"], more["options"]["timeout"])
        if again is not None:
            return await self._sent(again, stream=stream)
        response = await super().post(path, cast_to=cast_to, stream=stream, **more)
        self._templates.learn(kind, response.request)
        return response

    def _kind(self, path: str, more: Mapping[str, Any]) -> Hashable | None:
        """Of the requests that are made from a template; None for those that the client itself makes."""
        is_ours = more.keys() == _TEMPLATED and isinstance(more["content"], bytes) and not self.max_retries
        if not is_ours or _LOGGER.isEnabledFor(logging.DEBUG):  # the client tells of each step there
            return None
        return kind_of(path, more["options"], self.api_key, self.organization, self.project, self.base_url)

    async def _sent(self, request: httpx2.Request, *, stream: bool) -> httpx2.Response:
        """The answer to `request`; raises what the client raises."""
        try:
            response = await self._client.send(request, stream=stream)
        except httpx2.TimeoutException as error:
            raise APITimeoutError(request=request) from error
        except (httpx2.RequestError, ssl.SSLError, EndOfStream) as error:
            raise APIConnectionError(request=request) from error
        if response.is_success:
            return response
        if not response.is_closed:
            await response.aread()
        raise self._make_status_error_from_response(response)


class SaharaOpenAI(OpenAI):
    """An `OpenAI` of our own settings only."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        _forget_environment(self, options)

    def _make_sse_decoder(self) -> EventDecoder:
        return EventDecoder()


def _forget_environment(client: AsyncOpenAI | OpenAI, options: Mapping[str, Any]) -> None:
    client.organization = options.get("organization")
    client.project = options.get("project")
    client.admin_api_key = options.get("admin_api_key")
    client._custom_headers = dict(options.get("default_headers") or {})  # noqa: SLF001  no public way to drop them


def async_openai(destination: Destination, http: httpx2.AsyncClient) -> AsyncOpenAI:
    """A client that shares `http` and never retries by itself."""
    return SaharaAsyncOpenAI(**_options(destination), http_client=http)


def sync_openai(destination: Destination, http: httpx2.Client) -> OpenAI:
    """The same for code that is not async."""
    return SaharaOpenAI(**_options(destination), http_client=http)


def _options(destination: Destination) -> dict[str, Any]:
    return {
        "base_url": destination.base_url,
        "organization": destination.organization,
        "api_key": destination.key.reveal() if destination.key is not None else _NO_KEY,
        "max_retries": 0,
    }
