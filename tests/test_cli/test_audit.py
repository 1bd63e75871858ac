"""`agents-sahara audit`: what a file asks for, and who may reach which tool."""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path

import jsonschema
import pytest

from tests.test_cli.programs import toolbox
from tests.test_cli.schemas import schema

TEAM = """
version: 1
entry: front
vars: {shop: "${SHOP_NAME:-Acme}"}
defaults: {model: gpt-4o, provider: openai}
agents:
  front: {instructions: "Greet at {{ shop }}.", handoffs: [desk]}
  desk: {instructions: Help., description: Helps, tools: [look, {agent: judge}]}
  judge: {instructions: Judge., description: Judges, tools: [pay]}
tools:
  look: {python: "shop_tools:look"}
  pay: {http: {post: "https://pay.example/v1"}, approval: always}
"""


def test_it_tells_wants_variables_and_reach(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "team.yaml"
    path.write_text(TEAM, encoding="utf-8")
    (tmp_path / "shop_tools.py").write_text("raise AssertionError('imported')", encoding="utf-8")
    done = toolbox(capsys, "audit", str(path), "--format", "json")
    assert (done.code, done.err) == (0, "")
    told = json.loads(done.out)
    jsonschema.validate(told, schema("audit"))
    assert [(want["kind"], want["what"], want["line"]) for want in told["wants"]] == [
        ("python", "shop_tools", 11),
        ("host", "pay.example", 12),
    ]
    assert told["variables"] == ["SHOP_NAME"]
    found = {(one["agent"], one["name"], one["approval"], len(one["way"])) for one in told["reach"]}
    assert found == {
        ("front", "look", "never", 2),
        ("front", "ask_judge", "never", 2),
        ("front", "pay", "always", 3),
        ("desk", "look", "never", 1),
        ("desk", "ask_judge", "never", 1),
        ("desk", "pay", "always", 2),
        ("judge", "pay", "always", 1),
    }
    text = toolbox(capsys, "audit", str(path)).out
    assert "imports shop_tools" in text
    assert "front: pay, with an approval  over desk -> judge" in text


def test_a_file_that_asks_for_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    done = toolbox(capsys, "audit", "configs/language_triage.yaml")
    assert done.out == "team language-triage\n  asks for nothing beyond models of the gateway\n"


def test_variables_of_a_program_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "team.yaml"
    path.write_text(
        "version: 1\nagents: {solo: {instructions: A., model: gpt-4o, provider: openai, tools: [files]}}\n"
        "tools: {files: {mcp: {command: [npx, server], env: [CLOUD_SECRET]}}}\n",
        encoding="utf-8",
    )
    told = json.loads(toolbox(capsys, "audit", str(path), "--format", "json").out)
    assert told["variables"] == ["CLOUD_SECRET"]


SERVED = """
version: 1
agents: {solo: {instructions: A., model: gpt-4o, provider: openai, tools: [files, docs]}}
tools:
  files: {mcp: {command: [touch, "started now"], env: [CLOUD_SECRET]}, required: false}
  docs:
    mcp: {url: "https://docs.example/mcp", headers: {X-Key: "${DOCS_KEY}"}, allow: [search]}
"""


def test_servers_of_tools_are_told_and_neither_started_nor_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setenv("DOCS_KEY", "canary")
    path = tmp_path / "team.yaml"
    path.write_text(SERVED, encoding="utf-8")
    done = toolbox(capsys, "audit", str(path), "--format", "json")
    told = json.loads(done.out)
    jsonschema.validate(told, schema("audit"))
    files: dict[str, object] = {
        "tool": "files",
        "command": ["touch", "started now"],
        "env": ["CLOUD_SECRET"],
        "url": None,
    }
    docs: dict[str, object] = {"tool": "docs", "command": None, "env": [], "url": "https://docs.example/mcp"}
    assert told["servers"] == [
        files | {"headers": [], "allow": None, "required": False, "pinned": False},
        docs | {"headers": ["X-Key"], "allow": ["search"], "required": True, "pinned": False},
    ]
    text = toolbox(capsys, "audit", str(path)).out
    assert (
        "  has tools of the server files: touch 'started now'; gives it CLOUD_SECRET; all its tools; "
        "runs go on without it\n"
        "  has tools of the server docs: at https://docs.example/mcp; sends it X-Key; only search\n"
    ) in text
    assert "canary" not in done.out + text
    assert sorted(tmp_path.iterdir()) == [path]
