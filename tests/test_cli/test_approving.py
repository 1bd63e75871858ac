"""Approvals at the commands: asked at a terminal, and never waited for elsewhere."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agents_sahara.cli import approving, console
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from tests.test_cli.programs import KEY, command, environment, run_agent
from tests.test_cli.schemas import schema

_REFUSED = "A person refused this call. It was not made. Do not ask for it again; tell the user."

TEAM = """
version: 1
entry: front
defaults: {model: gpt-4o, provider: openai}
agents:
  front: {instructions: You are the FRONT desk., tools: [note]}
  clerk: {instructions: You are the CLERK., description: Keeps notes}
tools:
  note: {agent: clerk, approval: {when: "'secret' in args.input", ask: "Note {{ args.input }}?"}}
"""
ASKS = Rule(Use((Tool("note", {"input": "a secret \u001b[2J\u202e"}),)), When(system="FRONT", turn=1))
NOTES = Rule(Say("noted"), When(system="CLERK"))
TELLS = Rule(Say("All is noted."), When(system="FRONT", turn=2))


@pytest.fixture(scope="module")
def gateway() -> Iterator[LocalGateway]:
    with LocalGateway() as running:
        yield running


@pytest.fixture
def team(tmp_path: Path, gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch) -> str:
    gateway.script((ASKS, NOTES, TELLS))
    gateway.calls.clear()
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path / "state"))
    path = tmp_path / "team.yaml"
    path.write_text(TEAM, "utf-8")
    return str(path)


def _clerk_was_asked(gateway: LocalGateway) -> bool:
    return any("CLERK" in str(call.body) for call in gateway.calls)


@pytest.mark.parametrize("shape", [(), ("--json",), ("--stream-json",)])
def test_where_nobody_can_answer_the_run_ends_and_says_so(
    team: str,
    shape: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    gateway: LocalGateway,
    tmp_path: Path,
) -> None:
    done = run_agent(capsys, team, *shape, "note it")
    assert done.code == 6
    message = "agent 'front': the tool 'note' needs an approval, and there is nobody to ask"
    if shape == ():
        assert done.out == ""
        assert f"error[approval]: {message}" in done.err
    else:
        told = json.loads(done.out.splitlines()[-1] if shape == ("--stream-json",) else done.out)
        jsonschema.validate(told, schema("event" if shape == ("--stream-json",) else "error"))
        error = told["error"]
        assert (error["code"], error["message"], error["agent"]) == ("approval", message, "front")
        assert error["usage"]["requests"] == 1
    assert not _clerk_was_asked(gateway)
    kept = list((tmp_path / "state" / "approvals").iterdir())
    assert [path.suffix for path in kept] == [".used"]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(
    ("typed", "is_made", "is_live"), [(b"y\n", True, True), (b"\n", False, False)], ids=["yes", "enter"]
)
def test_a_person_at_a_terminal_decides(
    team: str, gateway: LocalGateway, typed: bytes, is_made: bool, is_live: bool
) -> None:
    ours, theirs = os.openpty()
    run = subprocess.Popen(
        command("run_agent", team, "note it"),
        stdin=theirs,
        stdout=theirs if is_live else subprocess.DEVNULL,
        stderr=theirs,
        env=environment(SAHARA_API_KEY=KEY, SAHARA_BASE_URL=gateway.base_url),
    )
    os.close(theirs)
    seen = _played(run, ours, typed)
    assert run.wait(timeout=30) == 0, seen
    assert b"front asks to call note" in seen
    assert rb'arguments: {"input":"a secret ' in seen
    assert b"Note a secret [2J? [y/N]" in seen
    assert b"\x1b[2J" not in seen
    assert _clerk_was_asked(gateway) is is_made
    assert (b"All is noted." in seen) is is_live


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_ctrl_c_at_a_question_ends_the_line_and_the_run_that_waited(
    team: str, gateway: LocalGateway, tmp_path: Path
) -> None:
    ours, theirs = os.openpty()
    run = subprocess.Popen(
        command("run_agent", team, "note it"),
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env=environment(SAHARA_API_KEY=KEY, SAHARA_BASE_URL=gateway.base_url),
    )
    os.close(theirs)
    seen = _played(run, ours, None)
    assert run.wait(timeout=30) == 130, seen
    assert re.search(rb"\[y/N\] (\^C)?\r\n(\x1b\[31m)?run-agent: ", seen)
    assert [path.suffix for path in (tmp_path / "state" / "approvals").iterdir()] == [".used"]
    assert not _clerk_was_asked(gateway)


FLOW = """
version: 1
entry: flow
defaults: {model: gpt-4o, provider: openai}
agents:
  front: {instructions: You are the FRONT desk., tools: [note]}
  chief: {instructions: You are the CHIEF., tools: [{agent: front}]}
  clerk: {instructions: You are the CLERK., description: Keeps notes}
workflows:
  flow: {loop: {parallel: [front, chief], until: "output == 'ok'", max: 1}}
tools:
  note: {agent: clerk, approval: always}
"""
"""The same call is asked about twice at once: in a branch, and below a call of another branch."""


def _flow_rules() -> tuple[Rule, ...]:
    note = Rule(Use((Tool("note", {"input": "x"}),)), When(system="FRONT"), times=2)
    ask = Rule(Use((Tool("ask_front", {"input": "x"}),)), When(system="CHIEF"), times=1)
    said = (Rule(Say(f"{key}."), When(system=key.upper())) for key in ("front", "chief", "clerk"))
    return (note, ask, *said)


@pytest.mark.parametrize("is_live", [False, True])
def test_a_workflow_asks_about_all_that_waits_and_goes_on(
    team: str,
    gateway: LocalGateway,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    is_live: bool,
) -> None:
    gateway.script(_flow_rules())
    Path(team).write_text(FLOW, "utf-8")
    said = iter((True, False))

    async def typed(_question: str, _console: object) -> bool:
        return next(said)

    monkeypatch.setattr(approving, "can_answer", lambda: True)
    monkeypatch.setattr(approving, "yes_or_no", typed)
    monkeypatch.setattr(console, "is_terminal", lambda stream: is_live and stream is sys.stdout)
    done = run_agent(capsys, team, "go")
    assert (done.code, done.err.count("front asks to call note")) == (0, 2)
    assert {one["content"] for one in _answers_to("FRONT", gateway)} == {"clerk.", _REFUSED}
    assert "front." in done.out
    assert "chief." in done.out
    assert done.err.count("the loop of front, chief ended after 1 round, as `max` says") == 1


@pytest.mark.parametrize("shape", [(), ("--json",), ("--stream-json",)])
def test_where_nobody_can_answer_a_workflow_ends_as_any_run(
    team: str, gateway: LocalGateway, capsys: pytest.CaptureFixture[str], shape: tuple[str, ...]
) -> None:
    gateway.script(_flow_rules())
    Path(team).write_text(FLOW, "utf-8")
    done = run_agent(capsys, team, *shape, "go")
    assert done.code == 6
    assert "the tool 'note' needs an approval, and there is nobody to ask" in done.out + done.err
    assert not _clerk_was_asked(gateway)


def _answers_to(agent: str, gateway: LocalGateway) -> list[dict[str, Any]]:
    """What tools answered it."""
    bodies: list[Any] = [call.body for call in gateway.calls if call.method == "POST"]
    of_agent = (body["messages"] for body in bodies if agent in str(body["messages"][0]))
    return [one for messages in of_agent for one in messages if one["role"] == "tool"]


def _played(run: subprocess.Popen[bytes], ours: int, typed: bytes | None) -> bytes:
    """What the terminal shows; the question is answered once, or Ctrl-C is pressed at it."""
    seen, is_answered = b"", False
    ends = time.monotonic() + 60
    while run.poll() is None or select.select([ours], [], [], 0)[0]:
        if time.monotonic() > ends:
            run.kill()
        if not select.select([ours], [], [], 0.05)[0]:
            continue
        try:
            seen += os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if b"[y/N]" in seen and not is_answered:
            if typed is None:
                run.send_signal(signal.SIGINT)
            else:
                os.write(ours, typed)
            is_answered = True
    os.close(ours)
    return seen
