"""What only the catalog can say about a team: whether its models and providers exist.

The documentation's snapshot warns offline; the gateway's own answer decides, so its findings take the place of
those warnings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from agents_sahara.diagnostics.finding import Finding, Place, Report
from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.graph.values import AUTO, AgentGraph, ModelTarget
from agents_sahara.loader import Loaded

CATALOG_RULES = ("unknown-provider", "unknown-model", "unserved-model")
"""The ids of the findings that are made here."""

_GUESSES = frozenset({"unlisted-provider", "unlisted-model"})


class AsksCatalog(Protocol):
    """The two questions of `catalog.discovery.Catalog` that are asked here."""

    def models(self, provider: str | None = None) -> list[str]:
        """Ids of all models, or of those that `provider` serves."""

    def providers(self, model: str | None = None) -> list[str]:
        """Names of all providers, or of those that serve `model`."""


def with_catalog(loaded: Loaded, catalog: AsksCatalog) -> list[Finding]:
    """The findings of a file that was read, after the catalog was asked; a file with errors is left as it is.

    Raises:
        CatalogError, AccessError, HostError, SettingsError: the catalog gave no answer.
    """
    if loaded.graph is None:
        return list(loaded.findings)
    targets = list(_gateway_targets(loaded.graph))
    judged = {place for target in targets for place in (target.model_place, target.provider_place)}
    kept = [found for found in loaded.findings if found.id not in _GUESSES or found.place not in judged]
    return kept + list(_judge(targets, catalog))


def _gateway_targets(graph: AgentGraph) -> Iterator[ModelTarget]:
    """What the gateway is asked for; endpoints of their own are no part of its catalog."""
    for node in graph.agents.values():
        for member in (node.target, *node.backups):
            endpoint = graph.endpoints.get(member.provider)
            if endpoint is None or endpoint.base_url is None:
                yield member


def _judge(targets: list[ModelTarget], catalog: AsksCatalog) -> tuple[Finding, ...]:
    report = Report()
    providers = catalog.providers()
    for target in targets:
        if target.provider == AUTO:
            _add_unnamed(report, target, catalog)
        elif target.provider not in providers:
            message = f"the gateway's catalog lists no provider {target.provider!r}"
            mend = did_you_mean(target.provider, providers, what="providers")
            report.add("unknown-provider", _place(target.provider_place), message, mend=mend)
        elif target.model not in catalog.models(target.provider):
            _add_unserved(report, target, catalog)
    return report.sorted()


def _add_unserved(report: Report, target: ModelTarget, catalog: AsksCatalog) -> None:
    place, models = _place(target.model_place), catalog.models()
    if target.model in models:
        message = f"the provider {target.provider!r} does not serve {target.model!r}"
        mend = f"it is served by: {', '.join(catalog.providers(target.model)) or 'none'}"
        report.add("unserved-model", place, message, mend=mend)
        return
    message = f"the gateway's catalog lists no model {target.model!r}"
    report.add("unknown-model", place, message, mend=did_you_mean(target.model, models, what="model ids"))


def _add_unnamed(report: Report, target: ModelTarget, catalog: AsksCatalog) -> None:
    """What `auto` finds nobody for."""
    place, models = _place(target.model_place), catalog.models()
    if target.model not in models:
        message = f"the gateway's catalog lists no model {target.model!r}"
        report.add("unknown-model", place, message, mend=did_you_mean(target.model, models, what="model ids"))
    elif not catalog.providers(target.model):
        message = f"the gateway's catalog names no provider that serves {target.model!r}"
        report.add("unserved-model", place, message, mend="name another model, or the provider")


def _place(place: Place | None) -> Place:
    return place or Place("<text>", 1, 1, 1, 1)
