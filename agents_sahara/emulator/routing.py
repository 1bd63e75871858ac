"""Find the pair that a request means, or say what would have been near.

A request names its model in the body and its provider in the `OpenAI-Organization` header. What the real gateway
does without that header is not documented; here it is enough where one provider alone serves the model.
"""

from __future__ import annotations

from collections.abc import Sequence

from agents_sahara.diagnostics.suggest import nearest
from agents_sahara.emulator.catalog import Catalog, Pair
from agents_sahara.emulator.refusals import RefusalError
from agents_sahara.types import Json

HEADER = "OpenAI-Organization"
_MOST_LISTED = 12


def route(catalog: Catalog, provider: str | None, model: str) -> Pair:
    """The pair that answers.

    Raises:
        RefusalError: 404 where it is not served, 400 where the header is missing and needed.
    """
    if provider is not None:
        return _served(catalog, provider, model)
    serving = catalog.providers_of(model)
    if not serving:
        raise _no_model(catalog, model)
    if len(serving) > 1:
        message = f"{model!r} is served by {_list(serving)}: name one in the header {HEADER}."
        raise RefusalError(400, message, code="provider_missing", param=HEADER)
    return _served(catalog, serving[0], model)


def filtered_models(catalog: Catalog, provider: str | None) -> Json:
    """All ids, or those of one provider.

    Raises:
        RefusalError: 404, there is no such provider.
    """
    if provider is None:
        return list(catalog.models)
    if provider not in catalog.providers:
        raise _no_provider(catalog, provider)
    return [*catalog.models_of(provider)]


def filtered_providers(catalog: Catalog, model: str | None) -> Json:
    """All providers, or those that serve one model.

    Raises:
        RefusalError: 404, there is no such model.
    """
    if model is None:
        return list(catalog.providers)
    if model not in catalog.models:
        raise _no_model(catalog, model)
    return [*catalog.providers_of(model)]


def detail_pair(catalog: Catalog, provider: str | None, model: str | None) -> Pair:
    """The pair that `modelDetail` asks for.

    Raises:
        RefusalError: 400 where the query lacks a name, 404 where the pair is not served.
    """
    if not model or not provider:
        missing = "provider" if model else "model"
        message = f"The query lacks {missing!r}: modelDetail needs model and provider."
        raise RefusalError(400, message, param=missing)
    return _served(catalog, provider, model)


def _served(catalog: Catalog, provider: str, model: str) -> Pair:
    pair = catalog.find(provider, model)
    if pair is not None:
        return pair
    if provider not in catalog.providers:
        raise _no_provider(catalog, provider)
    if model not in catalog.models:
        raise _no_model(catalog, model, provider=provider)
    message = (
        f"The provider {provider!r} does not serve the model {model!r}. "
        f"It is served by {_list(catalog.providers_of(model))}; "
        f"{provider!r} serves {_list(catalog.models_of(provider))}."
    )
    raise RefusalError(404, message, code="model_not_found", param="model")


def _no_model(catalog: Catalog, model: str, *, provider: str | None = None) -> RefusalError:
    where = "" if provider is None else f" on the provider {provider!r}"
    near = _near(model, "models", catalog.models)
    return RefusalError(
        404, f"There is no model {model!r}{where}. {near}", code="model_not_found", param="model"
    )


def _no_provider(catalog: Catalog, provider: str) -> RefusalError:
    near = _near(provider, "providers", catalog.providers)
    message = f"There is no provider {provider!r}. {near}"
    return RefusalError(404, message, code="provider_not_found", param=HEADER)


def _near(word: str, what: str, names: Sequence[str]) -> str:
    near = nearest(word, names)
    question = "" if near is None else f"Did you mean {near!r}? "
    more = "" if len(names) <= _MOST_LISTED else f" and {len(names) - _MOST_LISTED} more"
    return f"{question}The {what} are {_list(names[:_MOST_LISTED])}{more}."


def _list(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names)) if names else "nothing"
