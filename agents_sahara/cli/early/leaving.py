"""Whether the first request may leave before the SDK is loaded, and its start; else a connection is made meanwhile.

Off by SAHARA_EARLY_REQUEST=off. Where an answer was thrown away, which may have cost something, no early request
leaves on this machine until another version of what writes requests is installed.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from agents_sahara.cli.early.asking import first_body
from agents_sahara.cli.early.wire import agents_version, openai_version, written
from agents_sahara.clients.ahead import ahead
from agents_sahara.clients.early import Asked, EarlyRequest, Wire
from agents_sahara.errors import SettingsError
from agents_sahara.graph.values import AgentGraph
from agents_sahara.settings import Settings, state_folder

if TYPE_CHECKING:
    import ssl

NAME: Final = "SAHARA_EARLY_REQUEST"
_NOTE: Final = "early_request_off"


def leave(
    graph: AgentGraph, settings: Settings, agent: str | None, message: str, *, is_stream: bool
) -> EarlyRequest | None:
    """The first request, under way; None where it has to wait for the SDK.

    Raises:
        SettingsError: SAHARA_EARLY_REQUEST is neither `on` nor `off`.
    """
    if not is_on(os.environ) or is_noted(settings):
        return None
    first = graph.entry if agent is None else agent
    if first in graph.workflows:
        return None
    early = prepared(graph, settings, first, message, is_stream=is_stream)
    if early is not None:
        early.start()
    return early


def connect(graph: AgentGraph, settings: Settings, agent: str | None) -> None:
    """Begin a connection for a first request that cannot leave yet; nothing is sent over it.

    Raises:
        SettingsError: SAHARA_EARLY_REQUEST is neither `on` nor `off`.
    """
    base_url = _first_address(graph, settings, graph.entry if agent is None else agent)
    if base_url is not None and is_on(os.environ):
        url = urlsplit(base_url)
        ahead.begin(url.hostname or "", url.port or (443 if url.scheme == "https" else 80))


def _first_address(graph: AgentGraph, settings: Settings, first: str) -> str | None:
    """Whom the first call asks; of a workflow, the gateway."""
    node = graph.agents.get(first)
    endpoint = None if node is None else graph.endpoints.get(node.target.provider)
    if endpoint is not None and endpoint.base_url is not None:
        return endpoint.base_url
    return None if settings.api_key is None else settings.base_url


def prepared(
    graph: AgentGraph, settings: Settings, agent: str, message: str, *, is_stream: bool
) -> EarlyRequest | None:
    """The first request, ready to leave; None where it cannot be told before the SDK is there."""
    body = first_body(graph, agent, message, is_stream=is_stream)
    if body is None or settings.api_key is None:
        return None
    target = graph.agents[agent].target
    data = written(settings.base_url, target.provider, settings.api_key.reveal(), body)
    if data is None:
        return None
    url = urlsplit(settings.base_url)
    tls = _tls() if url.scheme == "https" else None
    wire = Wire(url.hostname or "", url.port or (80 if tls is None else 443), tls, data)
    return EarlyRequest(wire, Asked(agent, target.provider, target.model))


def is_on(environ: Mapping[str, str]) -> bool:
    """Whether the operator lets requests leave early; they do unless told otherwise.

    Raises:
        SettingsError: the variable is neither `on` nor `off`.
    """
    text = environ.get(NAME, "").strip().lower()
    if text not in ("", "on", "off"):
        raise SettingsError(f"the variable {NAME} is {text[:40]!r}", mend="set it to on or off", where=NAME)
    return text != "off"


def _tls() -> ssl.SSLContext:
    """The context of every connection of this process, so that nobody is trusted here who is not there."""
    from agents_sahara.clients.transport import (
        tls_context,
    )  # loads the HTTP client, which a plain address spares

    context = tls_context()
    context.set_alpn_protocols(["http/1.1"])  # as httpcore2 does before each connection
    return context


def note(settings: Settings) -> None:
    """Remember that an answer was thrown away."""
    path = _note(settings)
    if path is not None:
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(_versions(), encoding="utf-8")


def is_noted(settings: Settings) -> bool:
    """Whether an answer was thrown away with what is installed now."""
    path = _note(settings)
    try:
        return path is not None and path.read_text(encoding="utf-8") == _versions()
    except (OSError, ValueError):
        return False


def _note(settings: Settings) -> Path | None:
    state = settings.state_dir or state_folder(os.environ)
    return None if state is None else state / _NOTE


def _versions() -> str:
    return f"openai {openai_version()}, openai-agents {agents_version()}, Python {sys.version.split()[0]}\n"
