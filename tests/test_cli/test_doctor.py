"""`doctor`: what is configured and what can be reached, step by step; the key is in no output."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import jsonschema
import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Raw, Rule, When
from tests.test_cli.programs import KEY, TRIAGE, Done, toolbox
from tests.test_cli.schemas import schema


@pytest.fixture
def online(gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch) -> LocalGateway:
    """A gateway that the environment points to."""
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    return gateway


def _outcomes(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, dict[str, str], str]:
    done: Done = toolbox(capsys, "doctor", *argv, "--json")
    report = json.loads(done.out)
    jsonschema.validate(report, schema("doctor"))
    assert report["ok"] is (done.code == 0)
    assert KEY not in done.out + done.err
    return done.code, {check["name"]: check["outcome"] for check in report["checks"]}, done.out


@pytest.mark.usefixtures("online")
def test_all_well_is_exit_0_and_the_key_is_never_shown(capsys: pytest.CaptureFixture[str]) -> None:
    code, outcomes, _ = _outcomes(capsys, TRIAGE)
    assert code == 0
    assert outcomes == {
        "team file": "ok",
        "key": "ok",
        "base URL": "ok",
        "usage record": "ok",
        "name": "ok",
        "connection": "ok",
        "TLS": "skipped",
        "catalog": "ok",
        "conversations": "ok",
    }


@pytest.mark.usefixtures("online")
def test_people_get_a_line_for_each_check(capsys: pytest.CaptureFixture[str]) -> None:
    done = toolbox(capsys, "doctor")
    assert (done.code, done.err) == (0, "")
    assert "ok      key: set\n" in done.out
    assert "skipped TLS: not used for http://\n" in done.out
    assert KEY not in done.out


def test_no_key_is_exit_4_with_advice(
    gateway: LocalGateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    code, outcomes, _ = _outcomes(capsys)
    assert (code, outcomes["key"], outcomes["connection"], outcomes["catalog"]) == (
        4,
        "failed",
        "ok",
        "skipped",
    )
    assert "mend: create a key" in toolbox(capsys, "doctor").out


@pytest.mark.parametrize(
    ("name", "value", "check"),
    [
        ("SAHARA_API_KEY", "two words", "key"),
        ("SAHARA_BASE_URL", "http://gateway.example", "base URL"),
        ("SAHARA_USAGE_RECORD", "perhaps", "usage record"),
        ("SAHARA_MAX_IN_FLIGHT", "many", "calls at once"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    name: str, value: str, check: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    code, outcomes, out = _outcomes(capsys)
    assert (code, outcomes) == (4, {check: "failed"})
    assert name in out
    assert check in ("usage record", "calls at once") or value not in out


@pytest.mark.usefixtures("online")
def test_a_usage_record_that_is_off_or_cannot_be_kept_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    for state, outcome in ((tmp_path / "new" / "state", "ok"), (tmp_path / "file" / "state", "warning")):
        monkeypatch.setenv("SAHARA_STATE_DIR", str(state))
        code, outcomes, out = _outcomes(capsys)
        assert (code, outcomes["usage record"]) == (0, outcome)
    assert f"{tmp_path / 'file'} cannot be written" in out
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path / ("x" * 300)))
    code, outcomes, out = _outcomes(capsys)
    assert (code, outcomes["usage record"]) == (0, "warning")
    assert "File name too long" in out
    assert not (tmp_path / "new").exists()
    monkeypatch.setenv("SAHARA_USAGE_RECORD", "off")
    assert _outcomes(capsys)[1]["usage record"] == "skipped"


def test_two_keys_that_differ_are_doubtful(
    online: LocalGateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAHARA_DEVPORTAL_API_KEY", "another-key-entirely")
    code, outcomes, out = _outcomes(capsys)
    assert (code, outcomes["key"]) == (0, "warning")
    assert "another-key-entirely" not in out
    assert online.calls


def test_a_name_that_does_not_resolve_ends_the_way_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setenv("SAHARA_BASE_URL", "https://gateway.invalid/api")
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    code, outcomes, out = _outcomes(capsys)
    assert (code, outcomes) == (
        4,
        {"key": "ok", "base URL": "ok", "usage record": "ok", "name": "failed", "catalog": "skipped"},
    )
    assert "gateway.invalid: its name cannot be resolved" in out


def test_a_refused_connection_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAHARA_BASE_URL", "http://127.0.0.1:9/api")
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    code, outcomes, out = _outcomes(capsys)
    assert (code, outcomes["name"], outcomes["connection"]) == (4, "ok", "failed")
    assert "the connection was refused" in out


def test_a_server_that_speaks_no_tls_is_told_in_plain_words(
    gateway: LocalGateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url.replace("http://", "https://"))
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    code, outcomes, out = _outcomes(capsys)
    assert (code, outcomes["connection"], outcomes["TLS"]) == (4, "ok", "failed")
    assert "TLS: " in out


def test_a_key_that_the_catalog_refuses_is_exit_4(
    online: LocalGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    online.script([Rule(Fail(401, {"error": {"message": f"bad {KEY}"}}), When(path="models"))])
    code, outcomes, _ = _outcomes(capsys)
    assert (code, outcomes["catalog"]) == (4, "failed")


@pytest.mark.usefixtures("online")
def test_a_team_with_mistakes_is_exit_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("version: 1\nnosuch: 1\n", encoding="utf-8")
    code, outcomes, _ = _outcomes(capsys, str(path), "--probe")
    assert (code, outcomes["team file"], outcomes["catalog"]) == (3, "failed", "ok")


@pytest.mark.usefixtures("online")
def test_a_model_that_the_catalog_does_not_list_is_exit_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "team.yaml"
    path.write_text(Path(TRIAGE).read_text(encoding="utf-8").replace("gpt-4o", "gpt-4p"), encoding="utf-8")
    code, outcomes, out = _outcomes(capsys, str(path))
    assert (code, outcomes["model"]) == (3, "failed")
    assert "did you mean 'gpt-4o'?" in out


def test_probe_asks_each_pair_once_for_one_token(
    online: LocalGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    code, outcomes, out = _outcomes(capsys, TRIAGE, "--probe")
    asked = [call for call in online.calls if call.method == "POST"]
    assert (code, outcomes["gpt-4o on openai"], outcomes["deepseek-ai/DeepSeek-V3 on together"]) == (
        0,
        "ok",
        "ok",
    )
    assert [(call.provider, call.model) for call in asked] == [
        ("openai", "gpt-4o"),
        ("together", "deepseek-ai/DeepSeek-V3"),
    ]
    assert {json.loads(json.dumps(call.body))["max_tokens"] for call in asked} == {1}
    assert {call.headers["authorization"] for call in asked} == {f"Bearer {KEY}"}
    assert "[simulated]" in out


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (Rule(Fail(401, {"error": {"message": KEY}})), 4),
        (Rule(Fail(404)), 1),
        (Rule(Fail(500, {"error": {"message": f"\x1b[2J{KEY}"}})), 1),
        (Rule(Fail(400, {"error": {"message": json.dumps({"x": f"{'y' * 270} {KEY}"})}})), 1),
        (Rule(Raw("not json")), 1),
        (Rule(Raw("[" * 100_000)), 1),
        (Rule(Raw("{}")), 1),
    ],
)
def test_a_probe_without_an_answer_has_the_exit_code_of_its_reason(
    rule: Rule, code: int, online: LocalGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    online.script([rule])
    ended, outcomes, _ = _outcomes(capsys, TRIAGE, "--probe")
    assert (ended, outcomes["gpt-4o on openai"]) == (code, "failed")
    plain = toolbox(capsys, "doctor", TRIAGE, "--probe")
    assert KEY[:6] not in plain.out
    assert "\x1b" not in plain.out


def test_an_endpoint_of_its_own_gets_its_own_key_and_only_with_consent(
    online: LocalGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(
        f"version: 1\nname: own\nproviders: {{mine: {{base_url: '{online.base_url}', api_key_env: MINE_AUTH}}}}\n"
        "agents: {solo: {instructions: Answer., model: gpt-4o, provider: mine}}\n",
        encoding="utf-8",
    )
    code, outcomes, _ = _outcomes(capsys, str(path))
    assert (code, outcomes["key of mine"]) == (4, "failed")
    monkeypatch.setenv("MINE_AUTH", "my-own-key")
    online.script([Rule(Raw('{"choices": [{}]}'))])
    code, outcomes, out = _outcomes(capsys, str(path), "--probe")
    asked = [call for call in online.calls if call.method == "POST"]
    assert (code, outcomes["key of mine"], outcomes["gpt-4o on mine"]) == (0, "ok", "ok")
    assert [call.headers["authorization"] for call in asked] == ["Bearer my-own-key"]
    assert "openai-organization" not in asked[0].headers
    assert "my-own-key" not in out


def test_probe_sends_nothing_to_a_host_that_is_not_allowed(
    online: LocalGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "foreign.yaml"
    path.write_text(
        "version: 1\nname: foreign\nproviders: {mine: {base_url: 'https://models.example/v1'}}\n"
        "agents: {solo: {instructions: Answer., model: tiny, provider: mine}}\n",
        encoding="utf-8",
    )
    code, outcomes, out = _outcomes(capsys, str(path), "--probe")
    assert (code, outcomes["team file"], outcomes["tiny on mine"]) == (3, "ok", "skipped")
    assert "--allow-host models.example" in out
    assert {call.method for call in online.calls} == {"GET"}
