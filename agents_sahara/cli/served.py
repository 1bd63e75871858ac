"""After a 404: what the provider does serve, from the catalog.

The ids only help to mend the call, so they are waited for a few seconds and no longer, and nothing is said where they
do not come.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress

from agents_sahara.catalog.discovery import Catalog
from agents_sahara.diagnostics.suggest import nearest
from agents_sahara.errors import NotFoundError, SaharaError
from agents_sahara.settings import Settings

_PATIENCE_S = 3.0
_MOST_NAMED = 12


def advise(failure: NotFoundError, settings: Settings) -> None:
    """Put the ids that the provider serves into the failure's `mend`, the nearest first."""
    if failure.provider is None or failure.model is None:
        return
    ids = _served_by(failure.provider, settings)
    if not ids or failure.model in ids:
        return
    near = nearest(failure.model, ids)
    meant = "" if near is None else f"did you mean {near!r}? "
    more = f" and {len(ids) - _MOST_NAMED} more" if len(ids) > _MOST_NAMED else ""
    failure.mend = f"{meant}{failure.provider} serves: {', '.join(ids[:_MOST_NAMED])}{more}"


def _served_by(provider: str, settings: Settings) -> Sequence[str]:
    found: list[str] = []

    def ask() -> None:
        with suppress(SaharaError), Catalog(settings) as catalog:
            found.extend(catalog.models(provider))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(_PATIENCE_S)
    return tuple(found)
