"""Requests that differ from earlier ones by their bodies alone: their headers and address are made once.

openai 3.54 (checked 2026-11-28) puts together some twenty headers and parses its URL twice for each request. Knows
nothing of what a body says.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

import httpx2

_KNOWN = frozenset({"headers", "security", "timeout"})
"""Options of a post that a template knows of."""

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
        headers.encoding = request.headers.encoding
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
        made.headers.encoding = known.headers.encoding  # else it is looked for in all of them
        made.headers["content-length"] = str(len(content))
        made.read()
        return made


def kind_of(path: str, options: Mapping[str, Any], *identity: Hashable) -> Hashable | None:
    """What decides about the headers and the address of a post; None where that cannot be told cheaply."""
    limits = options.get("timeout")
    if not options.keys() <= _KNOWN or not isinstance(limits, httpx2.Timeout):
        return None
    headers, security = options.get("headers") or {}, options.get("security") or {}
    return path, tuple(headers.items()), limits.read, tuple(security.items()), *identity
