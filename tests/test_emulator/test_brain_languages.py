"""Which language a message is in, what an agent is called, and what it is told to speak."""

from __future__ import annotations

import pytest

from agents_sahara.emulator.brain.identify import language_of
from agents_sahara.emulator.brain.languages.all_languages import LANGUAGES
from agents_sahara.emulator.brain.persona import name_in
from agents_sahara.emulator.brain.speech import (
    language_asked_for,
    languages_named,
    languages_of_places,
    spoken_by_instructions,
)
from tests.test_emulator.accuracy import languages_right
from tests.test_emulator.brain_messages import HELD_OUT
from tests.test_emulator.brain_names import NAMED, NAMELESS, TOLD_LANGUAGES


@pytest.mark.parametrize("code", sorted(HELD_OUT))
def test_short_messages_are_told_apart_in_every_language(code: str) -> None:
    right, asked = languages_right(code)
    assert asked >= 30
    assert right / asked >= 0.92


@pytest.mark.parametrize("code", sorted(HELD_OUT))
def test_long_texts_are_recognised_by_their_ends(code: str) -> None:
    assert language_of(" ".join(HELD_OUT[code]) * 400) == code


@pytest.mark.parametrize("text", ["", "   ", "12345", "42.50", "🎉", "https://example.com/a?b=c"])
def test_a_text_without_words_has_no_language(text: str) -> None:
    assert language_of(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [("お名前は何ですか", "ja"), ("你好", "zh"), ("Как вас зовут?", "ru"), ("Πώς σε λένε;", "el")],
)
def test_other_scripts_are_not_taken_for_one_of_the_six(text: str, code: str) -> None:
    assert language_of(text) == code


@pytest.mark.parametrize(("instructions", "name"), NAMED)
def test_the_name_is_read_in_any_phrasing(instructions: str, name: str) -> None:
    assert name_in(instructions) == name


@pytest.mark.parametrize("instructions", NAMELESS)
def test_a_role_or_a_remark_is_no_name(instructions: str) -> None:
    assert name_in(instructions) is None


@pytest.mark.parametrize(("instructions", "codes"), TOLD_LANGUAGES)
def test_the_languages_an_agent_must_speak_are_read(instructions: str, codes: tuple[str, ...]) -> None:
    assert spoken_by_instructions(instructions) == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Spanish agent", {"es"}),
        ("Agente de español", {"es"}),
        ("parle l'espagnol et l'anglais", {"es", "en"}),
        ("Spricht Französisch", {"fr"}),
        ("Parla tedesco", {"de"}),
        ("Fala italiano e português", {"it", "pt"}),
        ("hispanohablantes", {"es"}),
        ("deutschsprachige Kunden", {"de"}),
        ("support pt-BR", {"pt"}),
        ("Polish the spaniel in the item list", set()),
        ("Germane remarks on frenzied anglers", set()),
        ("IT support", set()),
    ],
)
def test_language_names_are_whole_words_of_any_of_the_six(text: str, codes: set[str]) -> None:
    assert languages_named(text) == codes


def test_places_say_what_is_spoken_there() -> None:
    assert languages_of_places("Iberia desk") == {"es", "pt"}
    assert languages_of_places("Latin America") == {"es", "pt"}
    assert languages_of_places("customers in Brazil") == {"pt"}
    assert languages_of_places("Billing") == frozenset()


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("Can I talk to someone in German, please?", "de"),
        ("Quiero hablar en inglés", "en"),
        ("Je voudrais parler en italien", "it"),
        ("Do you speak German?", None),
        ("I want to talk about Spanish grammar", None),
        ("Hello", None),
    ],
)
def test_a_wish_for_a_language_is_heard(message: str, code: str | None) -> None:
    assert language_asked_for(message) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("my name is José García", "en"),
        ("Ich möchte mit Frau Nuñez sprechen", "de"),
        ("holaaaa", "es"),
        ("Helloooo!!!", "en"),
        ("comment ca va", "fr"),
        ("Salut, ça va ?", "fr"),
        ("Servus", "de"),
        ("sim", "pt"),
        ("¿Qué tal?", "es"),
    ],
)
def test_foreign_names_drawn_out_words_and_everyday_greetings_do_not_mislead(text: str, code: str) -> None:
    assert language_of(text, tuple(LANGUAGES)) == code
