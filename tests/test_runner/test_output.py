"""What a run with an output schema gives to programs and to people."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from agents import ModelBehaviorError, RunConfig, Runner

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, Say
from agents_sahara.errors import MisfitError
from agents_sahara.runner.agents import RunAgents, TeamAgents
from agents_sahara.runner.outcome import answer_of
from agents_sahara.types import JsonObject
from tests.teams import graph, node
from tests.test_cli.programs import run_agent
from tests.test_cli.schemas import schema
from tests.test_runner.runs import team_on

STATUS: JsonObject = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"enum": ["shipped", "lost"]}},
}
MADE = graph(replace(node("orders"), output=STATUS))
TEAM = f"""\
version: 1
agents:
  orders: {{instructions: Answer., model: gpt-4o, provider: openai, output: {{schema: {json.dumps(STATUS)}}}}}
"""


@pytest.fixture
def team_file(tmp_path: Path) -> str:
    path = tmp_path / "team.yaml"
    path.write_text(TEAM, encoding="utf-8")
    return str(path)


def test_the_value_is_printed_as_json(team_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = run_agent(capsys, team_file, "--local", "Where is it?")
    assert (done.code, done.out) == (0, '{\n  "status": "shipped"\n}\n')


def test_json_holds_the_value(team_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = run_agent(capsys, team_file, "--local", "--json", "Where is it?")
    result = json.loads(done.out)
    jsonschema.validate(result, schema("result"))
    assert result["output"] == {"status": "shipped"}
    lines = run_agent(capsys, team_file, "--local", "--stream-json", "Where is it?").out.splitlines()
    assert json.loads(lines[-1])["result"]["output"] == {"status": "shipped"}
    assert [json.loads(line)["text"] for line in lines if "text_delta" in line] == ['{"status": "shipped"}']


def test_an_answer_that_does_not_fit_is_exit_1(
    team_file: str, gateway: LocalGateway, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    monkeypatch.setenv("SAHARA_API_KEY", "sk-canary-7f3a9b2c5d8e1f40")
    gateway.script([Rule(Say("It is lost."))])
    done = run_agent(capsys, team_file, "--json", "Where is it?")
    error = json.loads(done.out)
    jsonschema.validate(error, schema("error"))
    assert (done.code, error["error"]["code"]) == (1, "misfit")
    done = run_agent(capsys, team_file, "Where is it?")
    assert (done.code, done.out) == (1, "")
    assert "does not fit the agent's output schema" in done.err


def test_the_sdk_underneath_gives_the_value_too(gateway: LocalGateway) -> None:
    gateway.script([Rule(Say("Lost."), times=1), Rule(Say('```json\n{"status": "lost"}\n```'))])

    async def go() -> object:
        async with team_on(gateway, MADE) as team:
            agent = team.agents["orders"]
            assert agent.output_type is not None
            config = RunConfig(tracing_disabled=True)
            return (await Runner.run(agent, "Where is it?", run_config=config)).final_output

    assert asyncio.run(go()) == {"status": "lost"}
    assert len(gateway.calls) == 2


def test_what_the_sdk_is_told_of_an_output(gateway: LocalGateway) -> None:
    async def go() -> None:
        async with team_on(gateway, MADE) as team:
            wanted = team.agents["orders"].output_type
            assert not isinstance(wanted, type)
            assert wanted is not None
            assert (wanted.is_plain_text(), wanted.name(), wanted.is_strict_json_schema()) == (
                False,
                "output",
                False,
            )
            assert wanted.json_schema() == STATUS
            assert wanted.validate_json('{"status": "lost"}') == {"status": "lost"}
            with pytest.raises(ModelBehaviorError, match="it lacks 'status'"):
                wanted.validate_json("{}")

    asyncio.run(go())


def test_no_result_holds_a_value_that_nobody_judged(gateway: LocalGateway) -> None:
    """The SDK takes the answer of a tool that ends a run as it is."""

    async def go() -> None:
        async with team_on(gateway, MADE) as team:
            assert isinstance(team.agents, TeamAgents)
            agents = RunAgents(team.agents)
            with pytest.raises(MisfitError, match="it is not JSON"):
                answer_of("shipped", "orders", agents)
            assert answer_of({"status": "lost"}, "orders", agents) == {"status": "lost"}
            assert answer_of('{"status": "lost"}', "orders", agents) == {"status": "lost"}

    asyncio.run(go())
