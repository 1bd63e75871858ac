"""Takes every key out of what is told of a run: the gateway's, those of endpoints, and all that is named like one."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable

from agents_sahara.settings import Settings
from agents_sahara.settings.secret import Secret, secrets_of, spellings


def mask_of(settings: Settings, more: Iterable[Secret | None] = ()) -> Callable[[str], str]:
    """Gives a text with each secret that is known now as `***`."""
    known = [secret.reveal() for secret in (settings.api_key, *more) if secret is not None]
    for environ in (os.environ, settings.environ or {}):
        known.extend(secrets_of(environ))
    found = {spelling for secret in known for spelling in spellings(secret)}
    if not found:
        return str
    longest_first = sorted(found, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)))
    return lambda text: pattern.sub("***", text)
