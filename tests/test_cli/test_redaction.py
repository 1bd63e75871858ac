"""A key is taken out of what is recorded, in whatever spelling a gateway sends it back."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote

import pytest

from agents_sahara.cli.probing.redaction import hidden_header, redacted
from agents_sahara.settings import Secret
from tests.test_cli.programs import KEY

ODD_KEY = 'sk-"q\\x/+%&<canary>~0123456789'
"""A key that each spelling changes."""


def spellings_of(key: str) -> dict[str, str]:
    """By name."""
    data = key.encode()
    return {
        "plain": key,
        "bearer": f"Bearer {key}",
        "upper case": key.upper(),
        "lower case": key.lower(),
        "json": json.dumps(key)[1:-1],
        "json of json": json.dumps(json.dumps(key))[1:-1],
        "quoted": quote(key, safe=""),
        "all quoted": "".join(f"%{byte:02X}" for byte in data),
        "base64": base64.b64encode(data).decode(),
        "base64 for urls": base64.urlsafe_b64encode(data).decode(),
        "base64 of basic": base64.b64encode(b"user:" + data).decode(),
        "html": html.escape(key),
        "hex": data.hex(),
        "json escapes": "".join(f"\\u{ord(char):04x}" for char in key),
        "starred": f"{key[:9]}*****{key[-9:]}",
        "backwards": key[::-1],
    }


@pytest.mark.parametrize("key", [KEY, ODD_KEY], ids=["plain key", "odd key"])
@pytest.mark.parametrize("name", list(spellings_of(KEY)))
def test_a_key_is_found_in_every_spelling(key: str, name: str) -> None:
    spelled = spellings_of(key)[name]
    shown = redacted(f"before {spelled} after", Secret(key))
    assert "***" in shown
    assert "canary" not in shown.lower()
    assert (shown.startswith("before "), shown.endswith(" after")) == (True, True)


@pytest.mark.parametrize("size", range(1, len(KEY)))
def test_a_text_that_was_cut_off_ends_with_no_beginning_of_the_key(size: int) -> None:
    assert redacted(f"the key is: {KEY[:size]}", Secret(KEY), is_cut=True) == "the key is: ***"


def test_other_text_stays_as_it_is() -> None:
    text = '{"error": {"message": "Bad sk-canary, token limit 5", "type": "x"}}'
    assert redacted(text, Secret(KEY)) == text.replace("sk-canary", "***")
    assert redacted("nothing like it", Secret(KEY), is_cut=True) == "nothing like it"


@pytest.mark.parametrize(
    ("name", "is_hidden"),
    [
        ("Authorization", True),
        ("proxy-authorization", True),
        ("X-API-Key", True),
        ("Set-Cookie", True),
        ("Cookie", True),
        ("x-amz-security-token", True),
        ("x-request-id", False),
        ("openai-organization", False),
        ("x-ratelimit-remaining-tokens", False),
        ("www-authenticate", False),
        ("retry-after", False),
    ],
)
def test_headers_that_hold_keys_are_hidden_and_those_that_tell_something_are_kept(
    name: str, is_hidden: bool
) -> None:
    assert hidden_header(name) is is_hidden
