"""A secret that shows itself nowhere, and how it may be spelled where it must not stand.

Knows nothing of what it opens.
"""

from __future__ import annotations

import html
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import NoReturn
from urllib.parse import quote

_LEAST_ENCODED = 6
"""A shorter piece of base64 is found in any text."""

_SECRET_ENDINGS = ("KEY", "TOKEN", "SECRET", "PASSWORD")
_LEAST_SECRET = 6
"""A shorter value is no secret, and would be found in any text."""


def spellings(secret: str) -> tuple[str, ...]:
    """How a gateway or a traceback may spell `secret`: raw, quoted for URLs, JSON, HTML or Python, in base64."""
    if not secret:
        return ()
    plain = {secret, quote(secret), quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1]}
    found = plain | {html.escape(secret)} | set(_in_base64(secret.encode("utf-8", "surrogateescape")))
    return tuple(sorted(found, key=len, reverse=True))


def secrets_of(environ: Mapping[str, str]) -> Iterator[str]:
    """The values of all variables that are named like a secret."""
    for name, value in environ.items():
        value = value.strip()
        if name.upper().endswith(_SECRET_ENDINGS) and len(value) >= _LEAST_SECRET:
            yield value


def _in_base64(data: bytes) -> Iterator[str]:
    """`data` alone, and as it looks behind 0, 1 or 2 other bytes, without the digits that it shares with them."""
    texts = [b64encode(data).decode("ascii")]
    for before in range(3):
        digits = b64encode(bytes(before) + data).decode("ascii")
        texts.append(digits[-(-before * 8 // 6) : (before + len(data)) * 8 // 6])
    for text in texts:
        if len(text) >= _LEAST_ENCODED:
            yield text
            yield text.replace("+", "-").replace("/", "_")


class Secret:
    """A text that shows itself nowhere: not in `repr`, `str`, formatting, comparison output or a pickle."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one place that sends it."""
        return self._text

    def scrub(self, text: str) -> str:
        """`text` with the secret, however it is spelled there, replaced by `***`."""
        for spelling in spellings(self._text):
            text = text.replace(spelling, "***")
        return text

    def __repr__(self) -> str:
        return "Secret('***')"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never pickled")
