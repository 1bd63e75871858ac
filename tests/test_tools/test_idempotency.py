"""The key that keeps a service from acting twice: one for each call, whatever ids the provider gives them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from agents import RunConfig, Runner

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from agents_sahara.loader import load_graph
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from agents_sahara.trust.consent import Consent
from tests.test_tools.echo import KEYS, URL
from tests.test_tools.teams import HEAD, ONE_TOOL, Played, play, write

LOCAL = Consent.given(allow_hosts=["127.0.0.1"])

PAY = Use((Tool("pay", {"amount": 5}, id="call_0"),))
"""Some providers number the calls of every answer from `call_0` on."""

TOOLS = f"""
tools:
  pay: {{http: {{post: "{URL}/pay", params: {{amount: {{type: integer}}}}}}}}
"""


def keys(played: Played, before: int) -> list[str | None]:
    assert played.result is not None
    assert [call.outcome for call in played.result.tool_calls] == ["returned"] * (len(KEYS) - before)
    return KEYS[before:]


def test_each_round_of_a_loop_has_a_key_of_its_own(tmp_path: Path) -> None:
    team = f"""{HEAD.replace("entry: desk", "entry: rounds")}
agents:
  desk: {{instructions: Pay., tools: [pay]}}
workflows:
  rounds: {{loop: {{agent: desk, until: "output == 'enough'", max: 3}}}}
{TOOLS}"""
    rules = (Rule(PAY, When(turn=1)), Rule(Say("again")))
    before = len(KEYS)
    found = keys(play(write(tmp_path, team), rules, consent=LOCAL), before)
    assert len(found) == len(set(found)) == 3
    assert None not in found


def test_an_agent_that_is_asked_twice_pays_twice(tmp_path: Path) -> None:
    team = f"""{HEAD}
agents:
  desk: {{instructions: Ask., tools: [{{agent: payer}}]}}
  payer: {{description: Pays, instructions: Pay., tools: [pay]}}
{TOOLS}"""
    ask = Tool("ask_payer", {"input": "Pay 5."})
    rules = (
        Rule(PAY, When(system="Pay", turn=1)),
        Rule(Say("Paid."), When(system="Pay")),
        Rule(Use((ask, ask)), When(system="Ask", turn=1)),
        Rule(Say("Done.")),
    )
    before = len(KEYS)
    played = play(write(tmp_path, team), rules, consent=LOCAL)
    found = KEYS[before:]
    assert len(found) == len(set(found)) == 2
    assert played.result is not None
    assert len(played.result.tool_calls) == 4


def test_runs_of_the_sdk_itself_have_keys_of_their_own(tmp_path: Path) -> None:
    path = write(tmp_path, ONE_TOOL.replace("[it]", "[pay]").replace("tools:\n", "") + TOOLS)
    graph = load_graph(path, environ={}, consent=LOCAL)
    rules = (Rule(PAY, When(turn=1)), Rule(Say("Done.")))
    before = len(KEYS)
    with LocalGateway(script=rules, pairs=graph.pairs()) as gateway:

        async def go() -> None:
            async with Team(graph, Settings.local(gateway.base_url)) as team:
                for _ in range(2):
                    await Runner.run(
                        team.agents["desk"], "Hello", run_config=RunConfig(tracing_disabled=True)
                    )

        asyncio.run(go())
    assert len(set(KEYS[before:])) == 2


@pytest.mark.parametrize("restarts", [False, True])
def test_a_call_that_waited_for_a_person_is_made_once_with_one_key(tmp_path: Path, restarts: bool) -> None:
    """The key follows from the run and the call, which another process finds again."""
    tools = TOOLS.replace("}}}}", '}}}, approval: {when: "args.amount > 1"}}')
    path = write(tmp_path, ONE_TOOL.replace("[it]", "[pay]").replace("tools:\n", "") + tools)
    graph = load_graph(path, environ={}, consent=LOCAL)
    rules = (Rule(PAY, When(turn=1)), Rule(PAY, When(turn=2)), Rule(Say("Done.")))
    with LocalGateway(script=rules, pairs=graph.pairs()) as gateway:

        async def go() -> list[str | None]:
            before = len(KEYS)
            team = Team(graph, Settings.local(gateway.base_url))
            result = await team.run("Hello")
            for _ in range(2):
                if restarts:
                    await team.aclose()
                    team = Team(graph, Settings.local(gateway.base_url))
                assert result.token is not None
                [waiting] = result.interruptions
                result = await team.resume(result.token, approve=[waiting.id])
            await team.aclose()
            assert result.output == "Done."
            return KEYS[before:]

        found = asyncio.run(go())
    assert len(found) == len(set(found)) == 2
