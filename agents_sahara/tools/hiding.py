"""Takes what was sent as a header out of what came back: a server may echo it, and a model would read it."""

from __future__ import annotations

from collections.abc import Mapping

from agents_sahara.settings import Secret

_LEAST_SECRET = 8
"""Characters of a header's value that is taken out of answers: a shorter one is a word, and no secret. So is what
stands behind its first word, as in `Bearer ...`."""

_PLAIN = frozenset({"accept", "accept-language", "cache-control", "prefer", "user-agent"})
"""Headers that hold no secret, and whose values answers may well hold."""


def without_secrets(text: str, headers: Mapping[str, Secret]) -> str:
    """`text` with each secret of `headers` as `***`."""
    for name, secret in headers.items():
        whole = secret.reveal()
        for said in () if name.lower() in _PLAIN else (whole, whole.partition(" ")[2]):
            if len(said) >= _LEAST_SECRET:
                text = Secret(said).scrub(text)
    return text
