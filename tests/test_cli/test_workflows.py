"""Workflows from the command line, against the local gateway over real HTTP."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say, When
from tests.test_cli.programs import KEY, run_agent, toolbox
from tests.test_cli.schemas import schema

TEAM = """\
version: 1
entry: claim
defaults: {model: gpt-4o, provider: openai}
agents:
  orders: {description: Knows orders, instructions: The orders desk.}
  billing: {description: Knows invoices, instructions: The billing desk.}
workflows:
  claim: {sequence: [orders, billing]}
  back: {sequence: [billing, orders]}
"""
RULES = (
    Rule(Say("Sent."), When(system="orders desk")),
    Rule(Say("Paid."), When(system="billing desk")),
)


@pytest.fixture
def team(tmp_path: Path, gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    gateway.script(RULES)
    path = tmp_path / "team.yaml"
    path.write_text(TEAM, "utf-8")
    return str(path)


def test_the_answer_is_that_of_the_last_step(team: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = run_agent(capsys, team, "Where is it?")
    assert (done.code, done.out) == (0, "Paid.\n")
    assert "orders -> billing" in done.err
    done = run_agent(capsys, team, "Where is it?", "--agent", "back", "--json")
    result = json.loads(done.out)
    jsonschema.validate(result, schema("result"))
    assert (result["output"], result["path"]) == ("Sent.", ["billing", "orders"])


def test_events_name_the_workflow_and_its_agents(team: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = run_agent(capsys, team, "Where is it?", "--stream-json")
    events = [json.loads(line) for line in done.out.splitlines()]
    for event in events:
        jsonschema.validate(event, schema("event"))
    assert events[0]["entry"] == "claim"
    assert [event["agent"] for event in events if event["type"] == "agent_started"] == ["orders", "billing"]


def test_a_step_that_fails_is_the_error_of_the_run(
    team: str, gateway: LocalGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    gateway.script([*RULES[:1], Rule(Fail(404))])
    done = run_agent(capsys, team, "Where is it?", "--json")
    error = json.loads(done.out)
    jsonschema.validate(error, schema("error"))
    assert (done.code, error["error"]["agent"], error["error"]["path"]) == (
        1,
        "billing",
        ["orders", "billing"],
    )


def test_a_team_with_workflows_is_found_good(team: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = toolbox(capsys, "validate", team, "--strict")
    assert done.code == 0, done.out
