"""Takes secrets out of what tools tell: a server may echo a header, and an exception may quote a key."""

from __future__ import annotations

import base64
import traceback
from collections.abc import Mapping

from agents_sahara.settings import Secret, Settings
from agents_sahara.settings.masks import mask_of
from agents_sahara.tools.context import current_tools

_LEAST_SECRET = 8
"""Characters of a header's value that is taken out of answers: a shorter one is a word, and no secret. So is what
stands behind its first word, as in `Bearer ...`."""

_PLAIN = frozenset({"accept", "accept-language", "cache-control", "prefer", "user-agent"})
"""Headers that hold no secret, and whose values answers may well hold."""


def without_secrets(text: str, headers: Mapping[str, Secret]) -> str:
    """`text` with each secret of `headers` as `***`."""
    for name, secret in headers.items():
        whole = secret.reveal()
        for said in () if name.lower() in _PLAIN else (whole, whole.partition(" ")[2], *_login(whole)):
            if len(said) >= _LEAST_SECRET:
                text = Secret(said).scrub(text)
    return text


def _login(value: str) -> list[str]:
    """The user's name and password, and the password alone, of a value for basic authentication."""
    kind, _, packed = value.partition(" ")
    if kind.lower() != "basic":
        return []
    try:
        whole = base64.b64decode(packed, validate=True).decode()
    except ValueError:
        return []
    return [whole, whole.partition(":")[2]]


def hidden(text: str) -> str:
    """`text` with every key that the run knows as `***`; outside a run of ours, with those of the environment."""
    run = current_tools.get()
    hide = mask_of(Settings()) if run is None or run.hide is None else run.hide
    return hide(text)


def traceback_of(failure: BaseException) -> str:
    """The traceback for the operator: what a user's function raises may quote what it sent."""
    return hidden("".join(traceback.format_exception(failure)).rstrip())
