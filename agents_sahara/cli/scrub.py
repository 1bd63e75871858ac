"""Take every known secret out of a text before it is shown.

The second wall: errors of this package never hold a key; a traceback of foreign code might.
"""

from __future__ import annotations

from collections.abc import Mapping

from agents_sahara.settings import secrets_of, spellings


def without_secrets(text: str, environ: Mapping[str, str]) -> str:
    """`text` with the value of every variable that is named like a secret as `***`."""
    found = {spelling for secret in secrets_of(environ) for spelling in spellings(secret)}
    for secret in sorted(found, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
