"""The operator's settings for a team: a missing key is told before anything heavy starts."""

from __future__ import annotations

from agents_sahara.graph.values import AgentGraph
from agents_sahara.settings import Settings


def settings_for(graph: AgentGraph) -> Settings:
    """From the environment.

    Raises:
        SettingsError: a variable cannot be used, or the team needs the gateway's key and there is none.
    """
    settings = Settings.from_environ()
    of_gateway = (provider for provider, _ in graph.pairs() if not has_own_endpoint(graph, provider))
    if graph.open_models() or any(of_gateway):
        settings.require_key()
    return settings


def has_own_endpoint(graph: AgentGraph, provider: str | None) -> bool:
    """Whether calls of `provider` go to an address in the file, and not to the gateway."""
    endpoint = graph.endpoints.get(provider or "")
    return endpoint is not None and endpoint.base_url is not None
