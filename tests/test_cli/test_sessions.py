"""`--session` and `--continue`, against the local gateway over real HTTP."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import jsonschema
import pytest

from agents_sahara.emulator.gateway import LocalGateway
from tests.test_cli.programs import KEY, TRIAGE, run_agent
from tests.test_cli.schemas import schema

QUESTION = "Hola, ¿Cómo te llamas?"


@pytest.fixture
def team(tmp_path: Path) -> str:
    """The documented example with a file of conversations beside it."""
    path = tmp_path / "team.yaml"
    text = Path(TRIAGE).read_text("utf-8")
    path.write_text('session: {store: "sqlite:sessions.db"}\n' + text, "utf-8")
    return str(path)


def test_a_session_goes_on_with_what_was_said_and_who_spoke(
    team: str, gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    assert run_agent(capsys, team, QUESTION, "--session", "anna").code == 0
    done = run_agent(capsys, team, QUESTION, "--session", "anna", "--json", "-v")
    result = json.loads(done.out)
    jsonschema.validate(result, schema("result"))
    assert (result["path"], result["session"]) == (["spanish"], "anna")
    assert f"conversation 'anna' in {Path(team).parent.resolve() / 'sessions.db'}" in done.err
    run_agent(capsys, team, "Hello!", "--session", "bert")
    done = run_agent(capsys, team, QUESTION, "--continue", "--stream-json")
    events = [json.loads(line) for line in done.out.splitlines()]
    for event in events:
        jsonschema.validate(event, schema("event"))
    assert (events[0]["type"], events[0]["session"], events[0]["entry"]) == ("run_started", "bert", "english")
    assert KEY not in "".join(map(str, _everything(Path(team).parent / "sessions.db")))


def _everything(path: Path) -> list[object]:
    with closing(sqlite3.connect(path)) as db, db:
        return [
            row
            for table in ("conversations", "turns", "receipts")
            for row in db.execute(f"SELECT * FROM {table}")
        ]


def test_there_must_be_a_conversation_to_continue(team: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = run_agent(capsys, team, "--local", "--continue", "Hola")
    assert done.code == 2
    assert "the team 'language-triage' has no stored conversation to go on with" in done.err
    assert "mend: begin one: --session anna" in done.err


def test_a_run_without_a_session_keeps_nothing(team: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_agent(capsys, team, "--local", QUESTION).code == 0
    assert [path.name for path in Path(team).parent.iterdir()] == ["team.yaml"]


def test_a_store_that_cannot_be_used_is_told_with_its_mend(
    team: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (Path(team).parent / "sessions.db").write_text("This is no database. " * 100)
    done = run_agent(capsys, team, "--local", QUESTION, "--session", "anna")
    assert done.code == 3
    assert "error[session]: the file of conversations" in done.err
    assert "mend: move it away, or name another file in `session`" in done.err
    done = run_agent(capsys, team, "--local", QUESTION, "--session", "anna", "--json")
    body = json.loads(done.out)
    jsonschema.validate(body, schema("error"))
    assert body["error"]["fault"] == "corrupt"


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 2000])
def test_a_text_that_cannot_be_an_id_is_refused(
    team: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run_agent(capsys, team, "--local", QUESTION, "--session", name)
    assert done.code == 2
    assert "the id of a session" in done.err


def test_a_conversation_in_memory_is_said_to_be_forgotten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "team.yaml"
    path.write_text("session: {store: memory}\n" + Path(TRIAGE).read_text("utf-8"), "utf-8")
    done = run_agent(capsys, str(path), "--local", QUESTION, "--session", "anna")
    assert done.code == 0
    assert "this one is forgotten when the command ends" in done.err


def test_an_agent_that_is_gone_is_told(team: str, capsys: pytest.CaptureFixture[str]) -> None:
    run_agent(capsys, team, "--local", QUESTION, "--session", "anna")
    text = Path(team).read_text("utf-8").replace("spanish", "castilian")
    Path(team).write_text(text, "utf-8")
    done = run_agent(capsys, team, "--local", QUESTION, "--continue")
    assert done.code == 0
    assert "the agent 'spanish', which spoke last, is no longer in the team: 'triage' began" in done.err
