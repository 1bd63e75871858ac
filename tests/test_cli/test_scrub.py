"""No value of a variable that is named like a secret survives in a text."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote

from agents_sahara.cli.scrub import without_secrets

KEY = "sk-a/b+c=d'e 9"


def test_a_secret_is_found_raw_quoted_encoded_and_in_a_repr() -> None:
    forms = (KEY, quote(KEY, safe=""), repr(KEY), b64encode(KEY.encode()).decode())
    text = without_secrets(" | ".join(forms), {"SAHARA_API_KEY": f" {KEY}\n"})
    assert text.replace("***", "").replace('"', "") == " |  |  | "


def test_a_longer_secret_goes_before_one_that_it_contains() -> None:
    environ = {"A_TOKEN": "abcdef", "B_SECRET": "abcdefghij"}
    assert without_secrets("x abcdefghij y abcdef", environ) == "x *** y ***"


def test_ordinary_and_short_values_stay() -> None:
    assert (
        without_secrets("/home/me 1 yes", {"HOME": "/home/me", "X_KEY": "1", "Y_TOKEN": ""})
        == "/home/me 1 yes"
    )
