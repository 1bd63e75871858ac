"""The SDK's agents of a team: made when they are needed, a run's own, and whole for whoever asks from outside."""

from __future__ import annotations

import asyncio

from agents import Agent, Handoff

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.runner.agents import RunAgents, TeamAgents, current_agents
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from tests.teams import triage


def _agents(team: Team) -> TeamAgents:
    assert isinstance(team.agents, TeamAgents)
    return team.agents


def test_agents_that_nobody_asks_are_not_made(gateway: LocalGateway) -> None:
    async def go() -> set[str]:
        async with Team(triage(), Settings.local(gateway.base_url)) as team:
            result = await team.run("Hola, ¿Cómo te llamas?")
            assert result.path == ("triage", "spanish")
            return set(_agents(team)._made)

    assert asyncio.run(go()) == {"triage", "spanish"}


def test_the_agents_of_a_team_are_a_mapping_in_the_order_of_the_file() -> None:
    team = Team(triage(), Settings.local("http://127.0.0.1:9/api/compute"))
    assert list(team.agents) == ["triage", "spanish", "english"]
    assert ("english" in team.agents, "french" in team.agents, len(team.agents)) == (True, False, 3)
    assert team.agents["english"] is team.agents["english"]


def test_each_run_has_agents_of_its_own_that_hand_off_among_themselves() -> None:
    team = _agents(Team(triage(), Settings.local("http://127.0.0.1:9/api/compute")))
    one, other = RunAgents(team), RunAgents(team)
    assert one["triage"] is one["triage"] is not other["triage"]
    assert (one.key_of(one["spanish"]), one["spanish"].name) == ("spanish", "Spanish agent")
    handoff = one["triage"].handoffs[0]
    assert isinstance(handoff, Handoff)

    async def called() -> Agent[object]:
        current_agents.set(one)
        taken: Agent[object] = await handoff.on_invoke_handoff(None, "{}")  # type: ignore[arg-type]
        return taken

    assert asyncio.run(called()) is one["spanish"]


def _targets(team: TeamAgents) -> list[object]:
    """Where the handoffs of the first agent lead, as the SDK asks them when it walks a team."""
    refs = [one._agent_ref for one in team["triage"].handoffs if isinstance(one, Handoff)]
    return [None if ref is None else ref() for ref in refs]


def test_outside_a_run_whoever_walks_the_agents_finds_the_whole_team() -> None:
    """As the SDK does to resume a saved run, or to draw a graph."""
    team = _agents(Team(triage(), Settings.local("http://127.0.0.1:9/api/compute")))
    assert _targets(team) == [team["spanish"], team["english"]]
    current_agents.set(RunAgents(team))
    try:
        assert _targets(team) == [None, None]
    finally:
        current_agents.set(None)
