"""Requests that differ from earlier ones by their bodies alone: their headers and address are made once.

openai 3.54 (checked 2026-11-28) puts together some twenty headers and parses its URL twice for each request. Knows
nothing of what a body says.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import NamedTuple

import httpx2
from openai._models import FinalRequestOptions  # what `request`, which is public, is given

_MOST = 64
"""Kinds of requests of one client that are kept."""


class _Template(NamedTuple):
    url: httpx2.URL
    headers: httpx2.Headers


class Templates:
    """What is the same for every request of a kind."""

    def __init__(self) -> None:
        self._known: dict[Hashable, _Template] = {}

    def learn(self, kind: Hashable, request: httpx2.Request) -> None:
        """Keep what `request`, as the client made it, has beside its body."""
        if len(self._known) >= _MOST:
            self._known.clear()
        headers = request.headers.copy()
        headers.pop("content-length", None)
        self._known[kind] = _Template(request.url, headers)

    def request(self, kind: Hashable, content: bytes, limits: httpx2.Timeout) -> httpx2.Request | None:
        """The request of this kind with that body; None for a kind that was not seen yet."""
        known = self._known.get(kind)
        if known is None:
            return None
        made = httpx2.Request(
            "POST",
            known.url,
            headers=known.headers,
            stream=httpx2.ByteStream(content),
            extensions={"timeout": limits.as_dict()},
        )
        made.headers["content-length"] = str(len(content))
        made.read()
        return made


def kind_of(options: FinalRequestOptions, limits: httpx2.Timeout, *identity: Hashable) -> Hashable | None:
    """What decides about the headers and the address of a post; None where that cannot be told cheaply."""
    headers = options.headers if isinstance(options.headers, Mapping) else {}
    is_plain = not options.params and options.files is None and options.idempotency_key is None
    if not is_plain or options.json_data is not None or options.extra_json is not None:
        return None
    return options.url, tuple(headers.items()), limits.read, tuple(options.security.items()), *identity
