"""Ask one model for one token, to see whether it answers at all.

A one-token answer is cut off by design, so this is no run of a team: the plain HTTP call of the Sahara API
documentation ("Model Inference by Raw HTTP Request", checked 2026-11-22).
"""

from __future__ import annotations

import json
import time

import httpx2

from agents_sahara.catalog.discovery import said
from agents_sahara.clients.transport import explain, sync_client
from agents_sahara.errors import AccessError, GatewayError, HostError, NotFoundError, UnusableAnswerError
from agents_sahara.graph.values import Endpoint
from agents_sahara.settings import Secret, Settings

TIMEOUT_S = 30.0


def probe(settings: Settings, endpoint: Endpoint | None, provider: str, model: str) -> str:
    """What came back, in words.

    Raises:
        GatewayError: no answer; the subclass says why.
        SettingsError: the key that this call needs is missing.
    """
    base_url, key, organization = _destination(settings, endpoint, provider)
    headers = {"Accept": "application/json"}
    if key is not None:
        headers["Authorization"] = f"Bearer {key.reveal()}"
    if organization is not None:
        headers["OpenAI-Organization"] = organization
    body = {"model": model, "messages": [{"role": "user", "content": "Say ok."}], "max_tokens": 1}
    started = time.monotonic()
    try:
        with sync_client(needs_tls=base_url.startswith("https:")) as http:
            response = http.post(
                f"{base_url}/chat/completions", headers=headers, json=body, timeout=TIMEOUT_S
            )
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        why = explain(error)
        raise HostError(f"{base_url}: {why.reason}", mend=why.mend, provider=provider, model=model) from None
    _refuse_failure(response, key, provider, model)
    simulated = " [simulated]" if response.headers.get("x-sahara-backend") == "sim" else ""
    return f"answered in {time.monotonic() - started:.1f} s{simulated}"


def _destination(
    settings: Settings, endpoint: Endpoint | None, provider: str
) -> tuple[str, Secret | None, str | None]:
    if endpoint is None or endpoint.base_url is None:
        return settings.base_url, settings.require_key(), provider
    key = settings.endpoint_key(endpoint.api_key_env) if endpoint.api_key_env is not None else None
    return endpoint.base_url.rstrip("/"), key, None


def _refuse_failure(response: httpx2.Response, key: Secret | None, provider: str, model: str) -> None:
    status = response.status_code
    if status == 200 and _has_choices(response):
        return
    words = said(response.content, key.scrub if key is not None else str)
    if status in (401, 403):
        raise AccessError(
            f"the key is refused ({status})", mend="check the key", provider=provider, model=model
        )
    if status == 404:
        raise NotFoundError(f"not served (404){words}", mend="agents-sahara models --provider", status=status)
    if status == 200:
        raise UnusableAnswerError("the answer is no chat completion", provider=provider, model=model)
    raise GatewayError(f"failed with {status}{words}", provider=provider, model=model, status=status)


def _has_choices(response: httpx2.Response) -> bool:
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and bool(answer.get("choices"))
