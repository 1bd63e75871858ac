"""The backend that asks a real model: any OpenAI-compatible server, such as Ollama, llama.cpp or vLLM.

Knows HTTP and server-sent events; what the answers become is `relay`'s job. The caller's Sahara key is never
sent on; nothing of the environment changes where a request goes; redirects are not followed.
"""

from __future__ import annotations

import ipaddress
import json
import os
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from urllib.parse import urlsplit

import httpx2

from agents_sahara.emulator.chat_request import ChatRequest
from agents_sahara.emulator.delivery import BACKEND_HEADER, EVENT_STREAM, JSON_TYPE, REASON_HEADER
from agents_sahara.emulator.refusals import RefusalError
from agents_sahara.emulator.relay import has_content, is_finished, relabel, relay_chunks
from agents_sahara.emulator.wire import DONE, Outgoing, Piece, dump, event
from agents_sahara.types import Json, JsonObject

_LABELS = {BACKEND_HEADER: "upstream", REASON_HEADER: "upstream"}
_NOT_SENT_ON = ("compute_provider",)
_ADVICE = "Is the server behind --backend running, and does its address end in /v1?"
_MOST_ERROR_CHARACTERS = 500
CONNECT_WITHIN_S = 5.0
ANSWER_WITHIN_S = 600.0
"""Between two bytes: a small machine may think for minutes before the first word."""


class Upstream:
    """A server behind the gateway as a backend."""

    name = "upstream"

    def __init__(self, url: str, *, model: str | None, key_env: str | None, allow_remote: bool) -> None:
        """`key_env` names a variable with a key for that server.

        Raises:
            ValueError: the URL is not one of HTTP, holds a password, or leaves this machine without
                `allow_remote`; or the variable is not set.
        """
        self._url = f"{_checked(url, allow_remote=allow_remote)}/chat/completions"
        self._model = model
        self._key = _key(key_env)
        self._client: httpx2.AsyncClient | None = None
        answers = "" if model is None else f", model {model!r}"
        self.behind = f"answered by the server at {url}{answers}"

    async def respond(self, request: ChatRequest) -> Outgoing:
        """The server's answer, its tool calls repaired.

        Raises:
            RefusalError: 502, 503 or 504, with advice; or the status that the server gave.
        """
        if request.is_stream:
            return await self._stream(request)
        async with self._ask(request) as response:
            body = _object(await response.aread())
        return Outgoing(200, JSON_TYPE | _LABELS, dump(relabel(body, request)))

    async def aclose(self) -> None:
        """Close connections to the server."""
        if self._client is not None:
            await self._client.aclose()

    async def _stream(self, request: ChatRequest) -> Outgoing:
        """Waits for the first chunk, so that a server which fails before it is an error and no broken stream."""
        chunks = relay_chunks(self._chunks(request), request)
        first = await anext(chunks, None)
        if first is None:
            raise RefusalError(502, f"The server behind the gateway sent an empty stream. {_ADVICE}")
        return Outgoing(200, EVENT_STREAM | _LABELS, _pieces(first, chunks))

    async def _chunks(self, request: ChatRequest) -> AsyncGenerator[JsonObject, None]:
        has_ended = False
        async with self._ask(request) as response:
            if "event-stream" not in response.headers.get("content-type", ""):
                yield _object(await response.aread())
                return
            async for line in response.aiter_lines():
                data = line.removeprefix("data:").strip() if line.startswith("data:") else ""
                if data == "[DONE]":
                    return
                if data:
                    chunk = _object(data)
                    has_ended = has_ended or is_finished(chunk)
                    yield chunk
        if not has_ended:
            raise RefusalError(502, "The server behind the gateway broke off its stream.")

    @asynccontextmanager
    async def _ask(self, request: ChatRequest) -> AsyncIterator[httpx2.Response]:
        body = {name: value for name, value in request.body.items() if name not in _NOT_SENT_ON}
        body["model"] = self._model or request.model
        headers = {} if self._key is None else {"Authorization": f"Bearer {self._key}"}
        try:
            async with self._opened().stream("POST", self._url, json=body, headers=headers) as response:
                if response.status_code != 200:
                    raise _error(response, await response.aread())
                yield response
        except httpx2.TimeoutException as error:
            message = f"The server behind the gateway did not answer in time. {_ADVICE}"
            raise RefusalError(504, message) from error
        except httpx2.ConnectError as error:
            raise RefusalError(503, f"Nothing answers at {self._url}. {_ADVICE}") from error
        except httpx2.HTTPError as error:
            kind = type(error).__name__
            message = f"The server behind the gateway failed ({kind}). {_ADVICE}"
            raise RefusalError(502, message) from error

    def _opened(self) -> httpx2.AsyncClient:
        if self._client is None:
            self._client = httpx2.AsyncClient(
                trust_env=False,
                follow_redirects=False,
                verify=self._url.startswith("https:"),
                timeout=httpx2.Timeout(ANSWER_WITHIN_S, connect=CONNECT_WITHIN_S),
            )
        return self._client


async def _pieces(
    first: JsonObject, others: AsyncGenerator[dict[str, Json], None]
) -> AsyncGenerator[Piece, None]:
    async with aclosing(others):
        yield Piece(event(first), has_content(first))
        async for chunk in others:
            yield Piece(event(chunk), has_content(chunk))
    yield Piece(DONE)


def _object(data: bytes | str) -> JsonObject:
    try:
        value: Json = json.loads(data)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, Mapping):
        raise RefusalError(502, f"The server behind the gateway sent no JSON object. {_ADVICE}")
    if "error" in value and "choices" not in value:
        raise RefusalError(502, f"The server behind the gateway sent an error: {_message(value)}")
    return value


def _error(response: httpx2.Response, data: bytes) -> RefusalError:
    """What the server refused is refused here; where it is the gateway's own affair it becomes a 502."""
    status = response.status_code
    try:
        said = _message(json.loads(data))
    except (ValueError, RecursionError):
        said = data.decode("utf-8", "replace")[:_MOST_ERROR_CHARACTERS]
    wait = response.headers.get("retry-after")
    headers = {} if wait is None else {"Retry-After": wait}
    shown = status if status in (400, 404, 408, 413, 422, 429, 503) else 502
    return RefusalError(shown, f"The server behind the gateway answered {status}: {said}", headers=headers)


def _message(value: Json) -> str:
    error = value.get("error", value) if isinstance(value, Mapping) else value
    said = error.get("message", error) if isinstance(error, Mapping) else error
    return str(said)[:_MOST_ERROR_CHARACTERS]


def _checked(url: str, *, allow_remote: bool) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"the backend {url!r} is not an http:// or https:// address")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError("the backend's address may hold no user, password, query or fragment")
    if not allow_remote and not _is_loopback(parts.hostname):
        raise ValueError(
            f"the backend {parts.hostname!r} is not on this machine: prompts would leave it; "
            "allow it explicitly if that is meant"
        )
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _key(name: str | None) -> str | None:
    if name is None:
        return None
    key = os.environ.get(name, "").strip()
    if not key:
        raise ValueError(f"the variable {name!r}, named for the backend's key, is not set")
    return key
