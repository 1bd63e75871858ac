"""The table of topics by language; `DOMAINS` says which topics belong together."""

TOPIC_WORDS: dict[str, dict[str, str]] = {code: {} for code in ("en", "es", "fr", "de", "it", "pt")}
"""Topic -> its words, by language; `*` ends a stem."""
