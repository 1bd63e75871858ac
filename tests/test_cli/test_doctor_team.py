"""`doctor TEAM`: its servers of tools and where its conversations are kept; nothing is started without consent."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.loader import load_graph
from agents_sahara.sessions.schema import APPLICATION
from agents_sahara.tools.mcp.offers import Offer
from agents_sahara.tools.mcp.pins import Pins
from agents_sahara.trust.remembered import RememberedYes, fingerprint
from tests.test_cli.programs import KEY, toolbox
from tests.test_cli.schemas import schema
from tests.test_tools.test_mcp.serving import RAW, demo, over_http, raw_command
from tests.test_tools.test_mcp.test_team import COMMAND, HEAD, _one, spawns

NOBODY = '"http://127.0.0.1:1/mcp"'


@pytest.fixture(autouse=True)
def _online(gateway: LocalGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path / "state"))


class Doctor:
    """The command, asked about one team."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path, self._capsys = folder / "team.yaml", capsys

    def __call__(self, text: str, *options: str) -> tuple[int, dict[str, dict[str, Any]]]:
        """The exit code, and the rows by name."""
        self.path.write_text(text)
        done = toolbox(self._capsys, "doctor", str(self.path), *options, "--json")
        report = json.loads(done.out)
        jsonschema.validate(report, schema("doctor"))
        assert report["ok"] is (done.code == 0)
        return done.code, {row["name"]: row for row in report["checks"]}


@pytest.fixture
def doctor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Doctor:
    return Doctor(tmp_path, capsys)


def _said(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["outcome"], row["detail"], row["mend"]


def test_without_probe_a_program_is_found_and_not_started(doctor: Doctor) -> None:
    with spawns() as started:
        code, rows = doctor(_one(f"command: {COMMAND}"), "--allow-commands")
    assert (code, started) == (0, [])
    words = f"{sys.executable} -I -S {RAW}"
    assert _said(rows["server raw"]) == ("ok", f"runs {words}: {sys.executable}", "")
    assert "tools of raw" not in rows


def test_what_is_missing_is_told_without_contact(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    code, rows = doctor(_one("command: [no-such-program, serve]"))
    assert (code, rows["server raw"]["outcome"]) == (4, "failed")
    assert "no folder of PATH has it" in rows["server raw"]["detail"]
    code, rows = doctor(_one("command: [no-such-program, serve]", ", required: false"))
    assert (code, rows["server raw"]["outcome"]) == (0, "warning")
    code, rows = doctor(_one(f"command: {COMMAND}, env: [HANDBOOK_PLACE]"))
    assert (code, rows["server raw"]["outcome"]) == (0, "warning")
    assert rows["server raw"]["mend"] == "export HANDBOOK_PLACE=..."
    assert rows["server raw"]["detail"].endswith("; not set: HANDBOOK_PLACE")
    monkeypatch.setenv("HANDBOOK_PLACE", "canary-of-the-place")
    code, rows = doctor(_one(f"command: {COMMAND}, env: [HANDBOOK_PLACE]"))
    assert (code, rows["server raw"]["outcome"]) == (0, "ok")
    assert "canary" not in str(rows)


def test_an_address_is_told_without_its_query_and_not_reached(doctor: Doctor) -> None:
    code, rows = doctor(_one('url: "https://tools.example/mcp?canary=1"'))
    assert code == 0
    assert _said(rows["server raw"]) == ("ok", "at https://tools.example/mcp", "")


@pytest.mark.parametrize(
    ("keys", "mend", "detail"),
    [
        (f"command: {COMMAND}", "--allow-commands", "it starts the program"),
        ('url: "https://tools.example/mcp"', "--allow-host tools.example", "it reaches the host"),
    ],
    ids=["command", "url"],
)
def test_what_is_not_consented_to_is_skipped_and_says_how_to_consent(
    doctor: Doctor, keys: str, mend: str, detail: str
) -> None:
    with spawns() as started:
        code, rows = doctor(_one(keys), "--probe")
    row = rows["tools of raw"]
    assert (code, started, row["outcome"], row["mend"]) == (3, [], "skipped", mend)
    assert row["detail"].startswith(f"not consented to: {detail}")
    assert rows["gpt-4o on openai"]["outcome"] == "ok"


def test_a_yes_that_was_remembered_counts(doctor: Doctor, tmp_path: Path) -> None:
    text = _one(f"command: {COMMAND}, allow: [echo]")
    doctor.path.write_text(text)
    graph = load_graph(doctor.path, environ={})
    [want] = graph.wants()
    print_ = fingerprint(want, graph.folder)
    assert print_ is not None
    assert RememberedYes(tmp_path / "state").keep(print_, want)
    code, rows = doctor(text, "--probe")
    assert (code, rows["tools of raw"]["outcome"]) == (0, "ok")


def test_a_program_is_asked_left_and_not_accepted_by_that(doctor: Doctor, tmp_path: Path) -> None:
    text = _one(f"command: {COMMAND}, allow: [echo, pid]")
    for _ in range(2):
        code, rows = doctor(text, "--probe", "--allow-commands")
        assert (code, rows["tools of raw"]["outcome"]) == (0, "ok")
        told, _, pin = rows["tools of raw"]["detail"].partition("; pin: ")
        assert told == "2 tools: echo, pid, not accepted before"
    assert not (tmp_path / "state" / "mcp").exists()
    code, rows = doctor(
        _one(f"command: {COMMAND}, allow: [echo, pid], pin: '{pin}'"), "--probe", "--allow-commands"
    )
    assert _said(rows["tools of raw"]) == ("ok", "2 tools: echo, pid, as accepted", "")
    wrong = f"sha256:{'0' * 64}"
    code, rows = doctor(
        _one(f"command: {COMMAND}, allow: [echo], pin: '{wrong}'"), "--probe", "--allow-commands"
    )
    assert (code, rows["tools of raw"]["outcome"]) == (3, "failed")
    assert "accept it with `pin: sha256:" in rows["tools of raw"]["mend"]


def test_what_the_file_allows_and_the_server_does_not_have_is_told(doctor: Doctor) -> None:
    code, rows = doctor(_one(f"command: {COMMAND}, allow: [ecko]"), "--probe", "--allow-commands")
    assert (code, rows["tools of raw"]["outcome"]) == (4, "failed")
    assert rows["tools of raw"]["detail"] == "the server of tools 'raw' does not have 'ecko'"
    assert "its tools: echo, env," in rows["tools of raw"]["mend"]


def test_a_server_that_has_changed_is_told_with_what_is_other(doctor: Doctor, tmp_path: Path) -> None:
    text = _one(f"command: {COMMAND}, allow: [echo]")
    doctor.path.write_text(text)

    way = replace(raw_command(), words=(sys.executable, "-I", "-S", str(RAW)), folder=tmp_path)
    Pins(tmp_path / "state").keep(way, [Offer("echo", "Say it twice.", {}, "another")])
    code, rows = doctor(text, "--probe", "--allow-commands")
    assert (code, rows["tools of raw"]["outcome"]) == (3, "failed")
    assert (
        "(changed: echo; before: Say it twice. (); now: Say it again. (text: string))"
        in rows["tools of raw"]["detail"]
    )
    assert "--accept-tools raw" in rows["tools of raw"]["mend"]


@pytest.mark.parametrize(
    ("mode", "outcome", "detail"),
    [
        ("exits", "failed", "cannot find my configuration"),
        ("stays", "warning", "; it did not leave, and was killed"),
        ("bad-schema", "warning", "the tool 'broken' of the server 'raw' is left out"),
    ],
)
def test_a_program_that_misbehaves_is_told(
    doctor: Doctor, mode: str, outcome: str, detail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if mode == "stays":
        monkeypatch.setattr("agents_sahara.tools.mcp.process._PATIENCE_S", 0.1)
    command = COMMAND.replace("]", f", {mode}]")
    code, rows = doctor(_one(f"command: {command}"), "--probe", "--allow-commands")
    assert (code, rows["tools of raw"]["outcome"]) == (4 if outcome == "failed" else 0, outcome)
    assert detail in rows["tools of raw"]["detail"]


def test_a_server_at_an_address_is_reached_on_this_machine(doctor: Doctor) -> None:
    with over_http(demo().streamable_http_app()) as address:
        code, rows = doctor(_one(f'url: "{address}/mcp", allow: [search]'), "--probe")
    assert (code, rows["tools of raw"]["outcome"]) == (0, "ok")
    assert rows["tools of raw"]["detail"].startswith("1 tool: search, not accepted before; pin: ")
    code, rows = doctor(_one(f"url: {NOBODY}"), "--probe")
    assert (code, rows["tools of raw"]["outcome"]) == (4, "failed")
    code, rows = doctor(_one(f"url: {NOBODY}", ", required: false"), "--probe")
    assert (code, rows["tools of raw"]["outcome"]) == (0, "warning")


def _kept(store: str) -> str:
    return HEAD + f'agents:\n  desk: {{instructions: Help.}}\nsession: {{store: "{store}"}}\n'


def test_a_file_of_conversations_is_looked_at_and_not_made(doctor: Doctor, tmp_path: Path) -> None:
    code, rows = doctor(_kept("sqlite:talk/sessions.db"))
    path = tmp_path / "talk" / "sessions.db"
    assert _said(rows["conversations"]) == ("ok", f"kept in {path}, which the first conversation makes", "")
    assert (code, path.parent.exists()) == (0, False)
    code, rows = doctor(_kept("memory"))
    assert _said(rows["conversations"]) == ("ok", "kept in memory, forgotten when the program ends", "")


@pytest.mark.parametrize(
    ("pragmas", "code", "detail"),
    [
        (f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = 1", 0, ", schema 1"),
        (
            f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = 9",
            3,
            "a later version of agents-sahara (schema 9",
        ),
        ("CREATE TABLE t (x)", 3, "belongs to another program"),
    ],
    ids=["ours", "newer", "foreign"],
)
def test_what_a_file_of_conversations_is_of_is_told(
    doctor: Doctor, tmp_path: Path, pragmas: str, code: int, detail: str
) -> None:
    path = tmp_path / "talk.db"
    with closing(sqlite3.connect(path)) as made, made:
        made.executescript(pragmas)
    made.close()
    before = path.read_bytes()
    ended, rows = doctor(_kept("sqlite:talk.db"))
    assert (ended, rows["conversations"]["outcome"]) == (code, "failed" if code else "ok")
    assert detail in rows["conversations"]["detail"]
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith("talk")] == ["talk.db"]


def test_a_file_that_is_no_database_is_told(doctor: Doctor, tmp_path: Path) -> None:
    (tmp_path / "talk.db").write_bytes(b"no database at all" * 100)
    code, rows = doctor(_kept("sqlite:talk.db"))
    assert (code, rows["conversations"]["outcome"]) == (3, "failed")
    assert "is no SQLite database" in rows["conversations"]["detail"]


@pytest.mark.parametrize("way", ["file", "folder"])
def test_a_place_that_cannot_be_written_is_told(
    doctor: Doctor, tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "talk.db"
    if way == "file":
        path.touch()
    writable = os.access

    def access(place: str | os.PathLike[str], mode: int) -> bool:
        denied = Path(place) == (path if way == "file" else tmp_path) and mode & os.W_OK
        return not denied and writable(place, mode)

    monkeypatch.setattr(os, "access", access)
    code, rows = doctor(_kept("sqlite:talk.db"))
    assert (code, rows["conversations"]["outcome"]) == (3, "failed")
    assert "cannot be written" in rows["conversations"]["detail"]


@pytest.mark.parametrize(
    ("url", "extra"), [("redis://127.0.0.1:1/0", "redis"), ("postgresql://127.0.0.1:1/x", "postgres")]
)
def test_a_store_whose_package_is_missing_is_told(
    doctor: Doctor, url: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents_sahara.sessions.looking.importlib.util.find_spec", lambda _: None)
    code, rows = doctor(_kept(url), "--probe")
    assert (code, rows["conversations"]["outcome"]) == (3, "failed")
    assert f"pip install 'agents-sahara[{extra}]'" in rows["conversations"]["mend"]


def test_a_server_of_conversations_is_reached_only_with_consent(
    doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents_sahara.sessions.looking.importlib.util.find_spec", lambda _: object())
    text = _kept("redis://bot:${PASS_OF_STORE}@talk.example:6380/0")
    monkeypatch.setenv("PASS_OF_STORE", "canary-of-the-store")
    code, rows = doctor(text)
    assert (code, "server of conversations" in rows) == (0, False)
    assert _said(rows["conversations"]) == ("ok", "kept on redis://talk.example:6380/0", "")
    code, rows = doctor(text, "--probe")
    row = rows["server of conversations"]
    assert (code, row["outcome"], row["mend"]) == (3, "skipped", "--allow-host talk.example")
    assert "canary" not in str(rows)
