"""Take every known secret out of a text before it is shown.

The second wall: errors of this package never hold a key; a traceback of foreign code might.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from agents_sahara.settings import spellings

_SECRET_ENDINGS = ("KEY", "TOKEN", "SECRET", "PASSWORD")
_LEAST = 6
"""A shorter value is no secret, and would be found in any text."""


def without_secrets(text: str, environ: Mapping[str, str]) -> str:
    """`text` with the value of every variable that is named like a secret as `***`."""
    for secret in sorted(set(_secrets(environ)), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _secrets(environ: Mapping[str, str]) -> Iterator[str]:
    for name, value in environ.items():
        value = value.strip()
        if name.upper().endswith(_SECRET_ENDINGS) and len(value) >= _LEAST:
            yield from spellings(value)
