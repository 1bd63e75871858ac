"""A budget as the commands show it: lines, exit codes, JSON, and the question at a terminal."""

from __future__ import annotations

import asyncio
import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from agents_sahara.cli import asking
from agents_sahara.cli.console import Console
from tests.test_cli.programs import TRIAGE, command, environment, run_agent, toolbox
from tests.test_cli.schemas import schema

QUESTION = "Hola, ¿Cómo te llamas?"


@pytest.fixture
def team(tmp_path: Path) -> str:
    """The documented example, with the budget that a test puts in front."""
    return str(tmp_path / "team.yaml")


def _write(team: str, budget: str) -> None:
    Path(team).write_text(f"budget: {budget}\n{Path(TRIAGE).read_text('utf-8')}", "utf-8")


def test_a_run_that_is_stopped_tells_the_limit_and_what_was_spent(
    team: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(team, "{turns: 1}")
    done = run_agent(capsys, team, "--local", QUESTION)
    assert (done.code, done.out) == (5, "")
    assert "error[limit]: agent 'spanish': a limit of the run is reached: 1 of 1 turns used" in done.err
    assert "--max-turns" in done.err
    assert "1 request, " in done.err
    assert "cost unknown" in done.err
    quiet = run_agent(capsys, team, "--local", "-q", QUESTION)
    assert quiet.code == 5
    assert "1 request" not in quiet.err


@pytest.mark.parametrize("on_exceed", ["wrap_up", "{handoff: english}"])
def test_a_wrapped_up_answer_is_an_answer_and_says_what_it_is(
    team: str, capsys: pytest.CaptureFixture[str], on_exceed: str
) -> None:
    _write(team, f"{{turns: 1, on_exceed: {on_exceed}}}")
    done = run_agent(capsys, team, "--local", "-q", QUESTION)
    assert done.code == 0
    assert done.out
    assert "[wrapped up] 1 of 1 turns used" in done.err
    told = json.loads(run_agent(capsys, team, "--local", "--json", QUESTION).out)
    jsonschema.validate(told, schema("result"))
    assert (told["budget"]["limit"], told["budget"]["used"]) == ("turns", 1)


@pytest.mark.parametrize(
    "budget",
    [
        "{turns: 1}",
        "{turns: 1, on_exceed: wrap_up}",
        "{turns: 1, on_exceed: ask}",
        "{turns: 1, on_exceed: {handoff: english}}",
        "{tokens: 1, time: 60m}",
    ],
)
def test_each_event_of_a_budget_has_the_promised_shape(
    team: str, capsys: pytest.CaptureFixture[str], budget: str
) -> None:
    _write(team, budget)
    done = run_agent(capsys, team, "--local", "--stream-json", QUESTION)
    events = [json.loads(line) for line in done.out.splitlines()]
    for event in events:
        jsonschema.validate(event, schema("event"))
    assert [event["type"] for event in events].count("budget_reached") == 1
    assert done.code == (0 if events[-1]["type"] == "run_finished" else 5)


def test_an_error_object_tells_what_was_spent(team: str, capsys: pytest.CaptureFixture[str]) -> None:
    _write(team, "{turns: 1, on_exceed: ask}")
    done = run_agent(capsys, team, "--local", "--json", QUESTION)
    assert done.code == 5
    told = json.loads(done.out)
    jsonschema.validate(told, schema("error"))
    error = told["error"]
    assert (error["agent"], error["limit"], error["allowed"], error["used"]) == ("spanish", "turns", 1, 1)
    assert error["usage"]["requests"] == 1
    assert [attempt["outcome"] for attempt in error["attempts"]] == ["answered"]
    assert error["path"] == ["triage", "spanish"]


def test_the_flag_wins_over_the_file(team: str, capsys: pytest.CaptureFixture[str]) -> None:
    _write(team, "{turns: 1}")
    assert run_agent(capsys, team, "--local", "--max-turns", "2", QUESTION).code == 0


def test_the_budget_of_a_team_is_drawn_for_programs(team: str, capsys: pytest.CaptureFixture[str]) -> None:
    _write(team, "{turns: 3, cost_usd: 0.25, time: 90s, on_exceed: {handoff: english}}")
    told = json.loads(toolbox(capsys, "graph", team, "--format", "json").out)
    jsonschema.validate(told, schema("graph"))
    assert told["budget"] == {
        "turns": 3,
        "model_calls": 60,
        "tool_calls": 100,
        "tokens": 1_000_000,
        "cost_usd": "0.25",
        "time": 90.0,
        "handoffs_per_edge": 10,
        "on_exceed": {"handoff": "english"},
    }


def test_nobody_is_asked_where_nobody_can_answer(team: str, capsys: pytest.CaptureFixture[str]) -> None:
    _write(team, "{turns: 1, on_exceed: ask}")
    done = run_agent(capsys, team, "--local", QUESTION)
    assert done.code == 5
    assert "[y/N]" not in done.err
    assert asking.asker(Console(sys.stdout, sys.stderr)) is None


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
@pytest.mark.parametrize(
    ("typed", "code", "is_live"),
    [(b"y\n", 0, True), (b"\n", 5, True), (b"\x04", 5, False)],
    ids=["yes", "enter", "end of file"],
)
def test_a_person_at_a_terminal_is_asked(team: str, typed: bytes, code: int, is_live: bool) -> None:
    _write(team, "{turns: 1, on_exceed: ask}")
    ours, theirs = os.openpty()
    run = subprocess.Popen(
        command("run_agent", team, "--local", QUESTION),
        stdin=theirs,
        stdout=theirs if is_live else subprocess.DEVNULL,
        stderr=theirs,
        env=environment(),
    )
    os.close(theirs)
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
            os.write(ours, typed)
            is_answered = True
    os.close(ours)
    assert run.wait(timeout=30) == code, seen
    assert b"spanish: 1 of 1 turns used. Grant the same once more? [y/N]" in seen


def test_what_is_typed_is_waited_for_without_holding_up_the_run() -> None:
    async def go() -> tuple[str, bool]:
        ours, theirs = os.pipe()
        typing = asyncio.create_task(asking._line(ours))
        await asyncio.sleep(0)
        was_waiting = not typing.done()
        os.write(theirs, b"yes\n")
        text = await typing
        os.close(ours)
        os.close(theirs)
        return text, was_waiting

    assert asyncio.run(go()) == ("yes\n", True)
