"""What a terminal would obey or hide never reaches it; everything else does, unchanged."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents_sahara.cli.terminal import Sanitizer, clean, one_line
from tests.test_cli.payloads import PAYLOADS

FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff"
    "\U000e0000-\U000e0fff]"
)


@pytest.mark.parametrize(("payload", "shown"), PAYLOADS.values(), ids=PAYLOADS)
def test_a_payload_leaves_only_its_harmless_text(payload: str, shown: str) -> None:
    assert clean(payload) == shown


@pytest.mark.parametrize(("payload", "shown"), PAYLOADS.values(), ids=PAYLOADS)
def test_a_payload_cut_anywhere_is_cleaned_as_if_it_were_whole(payload: str, shown: str) -> None:
    for at in range(len(payload) + 1):
        sanitizer = Sanitizer()
        assert sanitizer.feed(payload[:at]) + sanitizer.feed(payload[at:]) == shown
    one_by_one = Sanitizer()
    assert "".join(one_by_one.feed(char) for char in payload) == shown


@pytest.mark.parametrize(
    "text",
    [
        "¡Hola! Me llamo James.\n\t¿En qué puedo ayudarte hoy?",
        "日本語 العربية עברית हिन्दी ไทย",
        "family 👨‍👩‍👧, heart ❤️, burning ❤️‍🔥, keycap 1️⃣, flag 🇪🇸",
        "می‌خواهم",
        "[bold]not markup[/bold] :smile: %s {x}",
    ],
)
def test_honest_text_passes_unchanged(text: str) -> None:
    assert clean(text) == text


@given(st.text(st.characters(codec=None)))
def test_no_forbidden_character_is_ever_shown(text: str) -> None:
    assert not FORBIDDEN.search(clean(text))


@given(st.lists(st.text(st.characters(codec=None), max_size=8)))
def test_the_cuts_between_pieces_never_matter(pieces: list[str]) -> None:
    sanitizer = Sanitizer()
    assert "".join(map(sanitizer.feed, pieces)) == clean("".join(pieces))


@given(st.text(st.characters(codec=None)))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_an_escape_that_never_ends_does_not_swallow_the_answer() -> None:
    assert "the answer" in clean("\x1b]52;c;" + "A" * 10_000 + " the answer")
    assert "the answer" in clean("\x1b[" + "1;" * 10_000 + " the answer")
    assert clean("\x1b]0;title\nthe answer") == "\nthe answer"


def test_a_megabyte_of_escapes_takes_no_longer_than_a_linear_scan_should() -> None:
    started = time.process_time()
    clean("\x1b]\x1b[\x9b\x90" * 250_000)
    assert time.process_time() - started < 5


def test_one_line_stays_one_line_and_short() -> None:
    assert one_line("a\r\nb\tc\x1b[2Jd\u2028e") == "a\\nb cd\\ne"
    assert one_line("x" * 600, most=10) == "xxxxxxxxx…"
