"""Take a key out of everything that is written down about a call, however the gateway echoes it.

Stricter than an error message needs: a record is meant to be shown to others. Also a piece of the key is taken out,
because gateways echo keys with their middle starred out.
"""

from __future__ import annotations

import re
from functools import lru_cache

from agents_sahara.settings import Secret, spellings

HIDDEN = "***"
_LEAST_PIECE = 8
"""A shorter run of the key's characters is found in any text."""

_SECRET_HEADERS = re.compile(
    r"cookie|authori[sz]ation|(?:^|[-_])(?:api[-_]?key|key|token|secret|password|passwd|session)$",
    re.IGNORECASE,
)


def hidden_header(name: str) -> bool:
    """Whether the whole value of this header is hidden: it identifies its holder."""
    return _SECRET_HEADERS.search(name) is not None


def redacted(text: str, key: Secret, *, is_cut: bool = False) -> str:
    """`text` without the key; `is_cut` where it may end in the middle of one."""
    pattern, spelled = _sought(key.reveal())
    text = pattern.sub(HIDDEN, text)
    if is_cut:
        text = _without_a_beginning(text, spelled)
    return _without_pieces(text, key.reveal())


@lru_cache(maxsize=4)
def _sought(key: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    data = key.encode("utf-8")
    more = {
        data.hex(),
        "".join(f"%{byte:02x}" for byte in data),
        "".join(f"\\u{ord(char):04x}" for char in key),
        "".join(f"&#{ord(char)};" for char in key),
        "".join(f"&#x{ord(char):x};" for char in key),
        key[::-1],
    }
    spelled = tuple(sorted({*spellings(key), *more}, key=len, reverse=True))
    return re.compile("|".join(map(re.escape, spelled)), re.IGNORECASE), spelled


def _without_a_beginning(text: str, spelled: tuple[str, ...]) -> str:
    """The end of a text that was cut off may be the beginning of the key."""
    folded = text[-max(map(len, spelled)) :].lower()
    longest = max(_overlap(folded, spelling.lower()) for spelling in spelled)
    return text[: len(text) - longest] + HIDDEN if longest else text


def _overlap(text: str, word: str) -> int:
    """How many characters at the end of `text` are the beginning of `word`."""
    return next((size for size in range(min(len(text), len(word)), 0, -1) if text.endswith(word[:size])), 0)


def _without_pieces(text: str, key: str) -> str:
    folded, sought = text.lower(), key.lower()
    grams = {sought[at : at + _LEAST_PIECE] for at in range(len(sought) - _LEAST_PIECE + 1)}
    parts, kept, at = [], 0, 0
    while at <= len(folded) - _LEAST_PIECE:
        if folded[at : at + _LEAST_PIECE] not in grams:
            at += 1
            continue
        end = at + _LEAST_PIECE
        while end < len(folded) and folded[end - _LEAST_PIECE + 1 : end + 1] in grams:
            end += 1
        parts += [text[kept:at], HIDDEN]
        kept = at = end
    return "".join([*parts, text[kept:]])
