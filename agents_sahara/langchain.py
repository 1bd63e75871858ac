"""A LangChain `ChatOpenAI` for the gateway (extra `[langchain]`).

The model gets clients that are ready, so that neither OPENAI_* variables nor proxies change what it sends.
Knows nothing of teams.
"""

from __future__ import annotations

from langchain_openai import ChatOpenAI

from agents_sahara.clients.hermetic import async_openai, gateway_destination, sync_openai
from agents_sahara.clients.transport import async_client, sync_client
from agents_sahara.settings import Settings

RETRIES = 2
"""openai's own number: LangChain users expect it."""


def chat_model(
    *,
    provider: str,
    model: str,
    settings: Settings | None = None,
    max_retries: int = RETRIES,
    **options: object,
) -> ChatOpenAI:
    """A chat model on `provider`; `options` are `ChatOpenAI`'s own (temperature, streaming, ...).

    `settings` defaults to the environment's. The async side has its own connections: use it on one event loop.

    Raises:
        SettingsError: no key is set.
    """
    destination = gateway_destination(settings or Settings.from_environ(), provider)
    needs_tls = destination.base_url.startswith("https:")
    plain = sync_openai(destination, sync_client(needs_tls=needs_tls)).with_options(max_retries=max_retries)
    asynchronous = async_openai(destination, async_client(needs_tls=needs_tls)).with_options(
        max_retries=max_retries
    )
    fixed: dict[str, object] = {
        "model": model,
        "client": plain.chat.completions,
        "root_client": plain,
        "async_client": asynchronous.chat.completions,
        "root_async_client": asynchronous,
        "use_responses_api": False,
    }
    return ChatOpenAI.model_validate({"stream_usage": True, **options, **fixed})
