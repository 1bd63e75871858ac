"""What the environment may say, and what of it is refused."""

from __future__ import annotations

import html
import json
import pickle
from base64 import b64encode, urlsafe_b64encode
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents_sahara.errors import SettingsError
from agents_sahara.settings import (
    DEFAULT_BASE_URL,
    Secret,
    Settings,
    base_url_problem,
    is_loopback,
    read_key,
    state_folder,
)

KEY = "sk-planted-0123456789"


def test_the_documented_variables_are_read_and_stripped() -> None:
    for name in ("SAHARA_API_KEY", "SAHARA_DEVPORTAL_API_KEY"):
        settings = Settings.from_environ({name: f"  {KEY}\n"})
        assert settings.require_key().reveal() == KEY
        assert settings.base_url == DEFAULT_BASE_URL
        assert settings.warnings == ()


def test_of_two_different_keys_the_first_wins_with_a_warning() -> None:
    settings = Settings.from_environ({"SAHARA_API_KEY": KEY, "SAHARA_DEVPORTAL_API_KEY": "sk-other"})
    assert settings.require_key().reveal() == KEY
    assert settings.warnings == (
        "SAHARA_API_KEY and SAHARA_DEVPORTAL_API_KEY are set and differ: SAHARA_API_KEY is used",
    )
    assert Settings.from_environ({"SAHARA_API_KEY": KEY, "SAHARA_DEVPORTAL_API_KEY": KEY}).warnings == ()


def test_no_key_is_an_error_only_when_one_is_needed() -> None:
    settings = Settings.from_environ({})
    with pytest.raises(SettingsError) as caught:
        settings.require_key()
    assert caught.value.exit_code == 4
    assert "--local" in caught.value.mend


@pytest.mark.parametrize("text", ["", "  \n", "sk a b", "sk-\x07", "clé", "k" * 5000, "your-api-key", "a\nb"])
def test_what_cannot_be_a_key_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_key("SAHARA_API_KEY", text)
    assert caught.value.where == "SAHARA_API_KEY"
    assert not text.strip() or text.strip() not in f"{caught.value} {caught.value.mend}"


def test_a_secret_shows_itself_nowhere() -> None:
    secret = Secret(KEY)
    shown = [repr(secret), str(secret), f"{secret}", f"{Settings(api_key=secret)}", f"{[secret]!r}"]
    shown.append(repr(Settings.from_environ({"SAHARA_API_KEY": KEY, "DESK_KEY": KEY})))
    assert not any(KEY in text for text in shown)
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert secret == Secret(KEY)
    assert secret != Secret("other")
    assert len({secret, Secret(KEY)}) == 1
    assert secret.scrub(f"you sent {KEY}!") == "you sent ***!"


@given(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=60),
    st.binary(max_size=9),
)
def test_a_secret_is_hidden_however_it_is_spelled(key: str, before: bytes) -> None:
    secret = Secret(key)
    spelled = (key, quote(key), quote(key, safe=""), json.dumps(key)[1:-1], repr(key)[1:-1], html.escape(key))
    assert {secret.scrub(f"<{text}>") for text in spelled} == {"<***>"}
    for encode in (b64encode, urlsafe_b64encode):
        shown = secret.scrub(encode(before + key.encode() + b"!").decode())
        assert "***" in shown
        assert len(shown) <= len(encode(before)) + len("***") + 8  # what it shares with its neighbours


@pytest.mark.parametrize(
    "url",
    [
        "https://portal.saharalabs.ai/api/compute",
        "https://example.com",
        "https://example.com:8443/v1",
        "http://127.0.0.1:8321/api/compute",
        "http://localhost:11434/v1",
        "http://[::1]:8000/v1",
        "https://10.0.0.7/v1",
        "https://[2001:db8::7]/v1",
        "https://my_host.xn--exmple-cua.test:8443/v1",
    ],
)
def test_usable_base_urls(url: str) -> None:
    assert base_url_problem(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/v1",
        "https://user:pw@example.com",
        "https://example.com@evil.test",
        "https://example.com/?x=1",
        "https://example.com/#x",
        "https://example.com?",
        "ftp://example.com",
        "file:///etc/passwd",
        "example.com",
        "https://",
        "https://example.com:99999",
        "https://example.com:0",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://127.1/",
        "https://example.com./",
        "https://exämple.com/",
        "https://example.com\\@evil.test",
        "https://example .com",
        "http://127.0.0.1.evil.test",
        "https://[::1",
        "https://[::1]extra",
        "https://a[::1]",
        "https://[v1.x]/",
        "https://[::1%25lo]/",
        "https://example.com%2f.evil.test",
        "https://example.com;evil.test",
        "https://ex<ample.com",
        "https://{x}",
        "https://*.example.com",
        "https://a..b",
        "https://.example.com",
        "https://-a.test",
        f"https://{'a' * 64}.test",
        f"https://{'a.' * 200}test",
        "",
    ],
)
def test_odd_base_urls_are_refused(url: str) -> None:
    assert base_url_problem(url) is not None
    if url:
        with pytest.raises(SettingsError) as caught:
            Settings.from_environ({"SAHARA_BASE_URL": url})
        assert caught.value.where == "SAHARA_BASE_URL"


@given(st.text(max_size=60))
def test_no_text_breaks_the_judgement_of_a_base_url(text: str) -> None:
    base_url_problem(text)
    base_url_problem(f"https://{text}")


def test_a_slash_at_the_end_of_the_base_url_does_not_matter() -> None:
    assert (
        Settings.from_environ({"SAHARA_BASE_URL": "https://example.com/v1/ "}).base_url
        == "https://example.com/v1"
    )
    assert Settings.from_environ({"SAHARA_BASE_URL": " "}).base_url == DEFAULT_BASE_URL


def test_local_settings_read_nothing_of_the_operators(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    monkeypatch.setenv("WORKSTATION_KEY", KEY)
    settings = Settings.local("http://127.0.0.1:1/api/compute/")
    assert settings.base_url == "http://127.0.0.1:1/api/compute"
    assert settings.require_key().reveal() != KEY
    with pytest.raises(SettingsError):
        settings.endpoint_key("WORKSTATION_KEY")


def test_an_endpoints_key_comes_from_the_variable_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKSTATION_KEY", "wk-1\n")
    assert Settings.from_environ().endpoint_key("WORKSTATION_KEY").reveal() == "wk-1"
    with pytest.raises(SettingsError, match="api_key_env"):
        Settings.from_environ().endpoint_key("ABSENT_VARIABLE")


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("10.0.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:7f00:1", False),
        ("x.test", False),
        (None, False),
    ],
)
def test_loopback_is_told_from_the_rest(host: str | None, expected: bool) -> None:
    assert is_loopback(host) is expected


HOME = {"HOME": "/home/ana"}


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", HOME, "/home/ana/.local/state/agents_sahara"),
        ("linux", {**HOME, "XDG_STATE_HOME": "/var/ana"}, "/var/ana/agents_sahara"),
        ("linux", {"XDG_STATE_HOME": "/var/ana"}, "/var/ana/agents_sahara"),
        ("linux", {**HOME, "XDG_STATE_HOME": "not/absolute"}, "/home/ana/.local/state/agents_sahara"),
        ("linux", {**HOME, "XDG_STATE_HOME": ""}, "/home/ana/.local/state/agents_sahara"),
        (
            "darwin",
            {**HOME, "XDG_STATE_HOME": "/var/ana"},
            "/home/ana/Library/Application Support/agents_sahara",
        ),
        ("win32", {**HOME, "LOCALAPPDATA": "/c/local"}, "/c/local/agents_sahara"),
        ("win32", HOME, "/home/ana/AppData/Local/agents_sahara"),
        ("linux", {**HOME, "SAHARA_STATE_DIR": " /srv/state "}, "/srv/state"),
        ("win32", {"LOCALAPPDATA": "/c/local", "SAHARA_STATE_DIR": "/srv/state"}, "/srv/state"),
    ],
)
def test_state_lies_where_the_platform_keeps_it_or_where_the_operator_says(
    platform: str, environ: dict[str, str], folder: str
) -> None:
    assert state_folder(environ, platform) == Path(folder)


def test_a_relative_state_folder_is_beneath_the_current_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert state_folder({"SAHARA_STATE_DIR": "state"}) == tmp_path / "state"


def test_a_user_without_a_home_has_no_state_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object) -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr(Path, "home", nobody)
    monkeypatch.setattr(Path, "expanduser", nobody)
    assert state_folder({}) is None
    assert state_folder({"SAHARA_STATE_DIR": "~nobody/state"}) is None


def test_usage_is_recorded_unless_the_operator_says_off(tmp_path: Path) -> None:
    state = {"SAHARA_STATE_DIR": str(tmp_path)}
    for text in ("", "on", " On "):
        settings = Settings.from_environ({**state, "SAHARA_USAGE_RECORD": text})
        assert settings.usage_folder() == tmp_path / "usage"
    assert Settings.from_environ({**state, "SAHARA_USAGE_RECORD": "off"}).usage_folder() is None
    assert Settings(usage_record=False, state_dir=tmp_path).usage_folder() is None
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ({"SAHARA_USAGE_RECORD": "false"})
    assert caught.value.where == "SAHARA_USAGE_RECORD"


@pytest.mark.parametrize(
    ("text", "most"), [("1", 1), (" 250 ", 250), ("10000", 10_000), ("", 1000), (None, 1000)]
)
def test_the_calls_in_flight_have_a_limit(text: str | None, most: int) -> None:
    environ = {} if text is None else {"SAHARA_MAX_IN_FLIGHT": text}
    assert Settings.from_environ(environ).max_in_flight == most


@pytest.mark.parametrize("text", ["0", "-1", "10001", "many", "1.5", "٣", "9" * 5000])
def test_a_limit_of_calls_in_flight_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ({"SAHARA_MAX_IN_FLIGHT": text})
    assert caught.value.where == "SAHARA_MAX_IN_FLIGHT"
    assert len(caught.value.message) < 200
