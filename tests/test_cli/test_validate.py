"""`validate`, `graph` and `schema`: what they print, and with which exit code they end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import jsonschema
import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, When
from tests.test_cli.programs import CONFIGS, KEY, TRIAGE, toolbox
from tests.test_cli.schemas import schema

GOOD = """\
version: 1
name: good
agents:
  solo: {instructions: Answer., model: gpt-4o, provider: openai}
"""
DOUBTFUL = GOOD.removeprefix("version: 1\n")
BAD = GOOD + "nosuch: 1\nentry: sola\n"


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """good.yaml, doubtful.yaml and bad.yaml in the working folder."""
    for name, text in (("good", GOOD), ("doubtful", DOUBTFUL), ("bad", BAD)):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def online(gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch) -> LocalGateway:
    """A gateway that the environment points to."""
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    return gateway


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("good.yaml",), 0),
        (("doubtful.yaml",), 0),
        (("doubtful.yaml", "--strict"), 3),
        (("good.yaml", "--strict"), 0),
        (("bad.yaml",), 3),
        (("good.yaml", "bad.yaml", "doubtful.yaml"), 3),
        (("nosuch.yaml",), 3),
        ((".",), 3),
        (("good.yaml", "--profile", "nosuch"), 3),
    ],
)
def test_errors_refuse_and_warnings_only_when_strict(
    argv: Sequence[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert toolbox(capsys, "validate", *argv).code == code


@pytest.mark.usefixtures("files")
def test_all_findings_of_all_files_come_at_once_by_place(capsys: pytest.CaptureFixture[str]) -> None:
    done = toolbox(
        capsys, "validate", "good.yaml", "doubtful.yaml", "bad.yaml", "nosuch.yaml", "--format", "json"
    )
    found = json.loads(done.out)
    jsonschema.validate(found, schema("findings"))
    assert (done.code, done.err, found["version"], found["files"]) == (3, "", 1, 4)
    assert [(finding["file"], finding["line"], finding["id"]) for finding in found["findings"]] == [
        ("bad.yaml", 5, "unknown-key"),
        ("bad.yaml", 6, "unknown-entry"),
        ("doubtful.yaml", 1, "missing-version"),
        ("nosuch.yaml", 1, "unreadable-file"),
    ]


@pytest.mark.usefixtures("files")
def test_a_file_given_twice_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    done = toolbox(capsys, "validate", "bad.yaml", "bad.yaml", "--format", "json")
    assert len(json.loads(done.out)["findings"]) == 2


@pytest.mark.usefixtures("files")
def test_text_has_place_rule_and_excerpt_and_colour_only_on_request(
    capsys: pytest.CaptureFixture[str],
) -> None:
    plain = toolbox(capsys, "validate", "bad.yaml")
    assert "bad.yaml:5:1: error[unknown-key]:" in plain.out
    assert "\x1b" not in plain.out
    assert "\x1b" in toolbox(capsys, "validate", "bad.yaml", "--color", "always").out
    assert "\x1b" not in toolbox(capsys, "validate", "bad.yaml", "--color", "always", "--format", "json").out


@pytest.mark.usefixtures("files")
def test_github_and_sarif_have_their_forms(capsys: pytest.CaptureFixture[str]) -> None:
    github = toolbox(capsys, "validate", "bad.yaml", "--format", "github").out
    assert github.startswith("::error file=bad.yaml,line=5,")
    sarif = json.loads(toolbox(capsys, "validate", "bad.yaml", "--format", "sarif").out)
    assert sarif["version"] == "2.1.0"
    assert [result["ruleId"] for result in sarif["runs"][0]["results"]] == ["unknown-key", "unknown-entry"]


def test_every_finished_team_is_without_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    teams = [str(path) for path in sorted(CONFIGS.glob("*.yaml"))]
    done = toolbox(capsys, "validate", "--strict", *teams, "--format", "json")
    assert (done.code, json.loads(done.out)["findings"]) == (0, [])


ONLINE = """\
version: 1
name: online
models:
  fast: {provider: openai, model: gpt-4x}
defaults: {provider: nowhere}
entry: a
agents:
  a: {description: A, instructions: A, model: fast, handoffs: [b, c, d, e]}
  b: {description: B, instructions: B, model: gpt-4o, provider: together}
  c: {description: C, instructions: C, model: gpt-4o, provider: togethr}
  d: {description: D, instructions: D, model: gpt-4o}
  e: {description: E, instructions: E, model: tiny, provider: mine}
providers:
  mine: {base_url: "http://127.0.0.1:1/v1"}
"""


def test_online_what_the_catalog_does_not_list_is_an_error_at_its_place(
    online: LocalGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "team.yaml"
    path.write_text(ONLINE, encoding="utf-8")
    offline = toolbox(capsys, "validate", str(path), "--format", "json")
    assert (offline.code, online.calls) == (0, [])
    done = toolbox(capsys, "validate", str(path), "--online", "--format", "json")
    found = json.loads(done.out)["findings"]
    assert done.code == 3
    assert [
        (finding["line"], finding["column"], finding["id"], finding["severity"]) for finding in found
    ] == [
        (4, 35, "unknown-model", "error"),
        (5, 22, "unknown-provider", "error"),
        (9, 47, "unserved-model", "error"),
        (10, 65, "unknown-provider", "error"),
    ]
    assert found[2]["mend"] == "it is served by: openai"
    assert found[3]["mend"].startswith("did you mean 'together'?")
    assert {call.method for call in online.calls} == {"GET"}


def test_online_members_of_pools_and_backups_are_looked_up_too(
    online: LocalGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "team.yaml"
    path.write_text(
        "version: 1\nmodels:\n"
        "  deep: {pool: [{provider: openai, model: gpt-4o}, {provider: openai, model: gpt-4x}]}\n"
        "  last: {provider: togethr, model: llama-3-8b}\n"
        "agents:\n  solo: {instructions: Answer., model: deep, fallback: [last]}\n",
        encoding="utf-8",
    )
    done = toolbox(capsys, "validate", str(path), "--online", "--format", "json")
    found = json.loads(done.out)["findings"]
    assert [(finding["line"], finding["column"], finding["id"]) for finding in found] == [
        (3, 78, "unknown-model"),
        (4, 20, "unknown-provider"),
    ]
    assert (done.code, bool(online.calls)) == (3, True)


def test_online_a_pair_that_the_catalog_lists_is_no_longer_doubtful(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "team.yaml"
    path.write_text(GOOD.replace("gpt-4o", "new-model-9").replace("openai", "newcloud"), encoding="utf-8")
    with LocalGateway(pairs=[("newcloud", "new-model-9")]) as gateway:
        monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
        monkeypatch.setenv("SAHARA_API_KEY", KEY)
        assert toolbox(capsys, "validate", str(path), "--strict").code == 3
        assert toolbox(capsys, "validate", str(path), "--strict", "--online").code == 0


@pytest.mark.usefixtures("files")
def test_online_without_a_key_or_a_catalog_is_exit_4_and_the_findings_are_still_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    done = toolbox(capsys, "validate", "good.yaml", "bad.yaml", "--online")
    assert done.code == 4
    assert "bad.yaml:5:1: error[unknown-key]" in done.out
    assert "error[settings]: no key" in done.err


def test_online_a_catalog_that_fails_is_exit_4(
    online: LocalGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    online.script([Rule(Fail(404), When(path="providers"))])
    done = toolbox(capsys, "validate", TRIAGE, "--online")
    assert done.code == 4
    assert "error[catalog]" in done.err
    assert KEY not in done.out + done.err


def test_the_schema_is_draft_7_and_takes_every_finished_team(capsys: pytest.CaptureFixture[str]) -> None:
    done = toolbox(capsys, "schema")
    drawn = json.loads(done.out)
    jsonschema.Draft7Validator.check_schema(drawn)
    assert (done.code, drawn["$schema"]) == (0, "http://json-schema.org/draft-07/schema#")


def test_graph_json_of_a_file_fits_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    done = toolbox(capsys, "graph", TRIAGE, "--format", "json")
    drawn = json.loads(done.out)
    jsonschema.validate(drawn, schema("graph"))
    assert (done.code, drawn["entry"]) == (0, "triage")
    assert [(edge["from"], edge["to"]) for edge in drawn["edges"]] == [
        ("triage", "spanish"),
        ("triage", "english"),
    ]


@pytest.mark.usefixtures("files")
def test_graph_of_a_broken_file_is_exit_3_with_its_findings(capsys: pytest.CaptureFixture[str]) -> None:
    done = toolbox(capsys, "graph", "bad.yaml")
    assert (done.code, done.out) == (3, "")
    assert "error[unknown-key]" in done.err


def test_graph_asks_for_no_consent_since_nothing_is_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "foreign.yaml"
    foreign = "providers: {openai: {base_url: 'https://models.example/v1'}}\n"
    path.write_text(GOOD + foreign, encoding="utf-8")
    assert toolbox(capsys, "graph", str(path)).code == 0
    assert toolbox(capsys, "validate", str(path)).code == 0
