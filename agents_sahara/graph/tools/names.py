"""Names and sentences that models read of tools, handoffs among them."""

from __future__ import annotations

import unicodedata

MOST_TOOL_NAME = 64
"""Longest tool name of the chat completions API (API reference, checked 2026-11-22)."""


def tool_name(key: str, *, prefix: str = "") -> str | None:
    """`prefix` and the key in ASCII, without accents; None where no letter or digit is left."""
    if not key.isascii():
        key = unicodedata.normalize("NFKD", key).encode("ascii", "ignore").decode()
    plain = key.replace("-", "_")
    if not any(character.isalnum() for character in plain):
        return None
    return (prefix + plain)[:MOST_TOOL_NAME]


def sentence(text: str) -> str:
    """The text on one line, with a stop at its end."""
    line = " ".join(text.split())
    return f"{line}." if line and line[-1].isalnum() else line
