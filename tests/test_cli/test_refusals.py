"""What a guardrail refused, as the commands show it: exit code 6 in every shape."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from tests.test_cli.programs import run_agent, toolbox
from tests.test_cli.schemas import schema

TEAM = """
version: 1
agents:
  solo: {instructions: Answer., model: gpt-4o, provider: openai, guardrails: {input: [short]}}
guardrails:
  short: {max_chars: 10}
"""


@pytest.fixture
def team(tmp_path: Path) -> str:
    path = tmp_path / "team.yaml"
    path.write_text(TEAM, "utf-8")
    return str(path)


@pytest.fixture
def replying(tmp_path: Path) -> str:
    path = tmp_path / "replying.yaml"
    path.write_text(TEAM.replace("10}", "10, reply: Too long.}"), "utf-8")
    return str(path)


def test_a_reply_goes_to_stdout_and_the_exit_code_is_6(
    replying: str, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run_agent(capsys, replying, "--local", "-q", "a longer message")
    assert (done.code, done.out) == (6, "Too long.\n")
    assert "[refused] by the guardrail 'short': this is its reply" in done.err
    told = run_agent(capsys, replying, "--local", "--json", "a longer message")
    assert told.code == 6
    result = json.loads(told.out)
    jsonschema.validate(result, schema("result"))
    assert result["guardrail"] == {
        "agent": "solo",
        "guardrail": "short",
        "stage": "input",
        "tool": None,
        "reason": "it has more than 10 characters",
    }
    assert run_agent(capsys, replying, "--local", "hello").code == 0


def test_without_a_reply_it_is_an_error(team: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = run_agent(capsys, team, "--local", "a longer message")
    assert (done.code, done.out) == (6, "")
    assert (
        "error[guardrail]: agent 'solo': the guardrail 'short' refused the message: "
        "it has more than 10 characters" in done.err
    )
    told = run_agent(capsys, team, "--local", "--json", "a longer message")
    assert told.code == 6
    error = json.loads(told.out)
    jsonschema.validate(error, schema("error"))
    assert {error["error"][name] for name in ("code", "guardrail", "stage")} == {
        "guardrail",
        "short",
        "input",
    }


@pytest.mark.parametrize("has_reply", [False, True])
def test_events_tell_it_and_end_with_6(
    team: str, replying: str, has_reply: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run_agent(capsys, replying if has_reply else team, "--local", "--stream-json", "a longer message")
    assert done.code == 6
    events = [json.loads(line) for line in done.out.splitlines()]
    for event in events:
        jsonschema.validate(event, schema("event"))
    kinds = [event["type"] for event in events]
    end = ["text_delta", "run_finished"] if has_reply else ["run_failed"]
    assert kinds == ["run_started", "agent_started", "guardrail_tripped", *end]


def test_the_drawing_for_programs_names_guardrails(team: str, capsys: pytest.CaptureFixture[str]) -> None:
    drawn = json.loads(toolbox(capsys, "graph", team, "--format", "json").out)
    assert drawn["agents"][0]["guardrails"] == {"input": ["short"], "output": []}
