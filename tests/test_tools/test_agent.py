"""`agent` tools: another agent answers, under the same budget, seeing the question alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say, Tool, Use, When
from agents_sahara.errors import LimitError, SaharaError, ServerError
from agents_sahara.loader import load_graph
from agents_sahara.runner.team import Team
from agents_sahara.settings import Settings
from tests.test_tools.teams import HEAD, Played, play, write

TEAM = (
    HEAD
    + """
agents:
  desk: {instructions: You are the desk., tools: [{agent: judge}], handoffs: [other]}
  judge: {instructions: You judge., description: Judges claims, handoffs: [clerk]}
  clerk: {instructions: You are the clerk., description: Writes}
  other: {instructions: You are the other., description: Others}
"""
)

ASK = Rule(Use((Tool("ask_judge", {"input": "Is 7 odd?"}),)), When(system="desk", turn=1))
DONE = Rule(Say("Done."), When(system="desk"))


def asked(folder: Path, *rules: Rule, budget: str = "", is_streamed: bool = False) -> Played:
    return play(write(folder, TEAM + budget), (ASK, *rules, DONE), is_streamed=is_streamed)


def failing(folder: Path, *rules: Rule, budget: str = "") -> SaharaError:
    with pytest.raises(SaharaError) as caught:
        asked(folder, *rules, budget=budget)
    return caught.value


def test_the_answer_comes_back_and_the_asker_stays_in_control(tmp_path: Path) -> None:
    played = asked(tmp_path, Rule(Say("ok"), When(system="judge")))
    assert played.result is not None
    assert (played.result.output, played.result.path) == ("Done.", ("desk",))
    assert played.told == ["ok"]
    assert played.outcomes == [("ask_judge", "returned", None)]
    assert played.result.usage.requests == 3
    assert sorted(played.result.usage.by_agent) == ["desk", "judge"]


def test_the_agent_that_is_asked_sees_the_question_alone(tmp_path: Path) -> None:
    played = asked(tmp_path, Rule(Say("ok"), When(system="judge")))
    assert played.bodies[1]["messages"] == [
        {"content": "You judge.", "role": "system"},
        {"role": "user", "content": "Is 7 odd?"},
    ]


def test_it_may_hand_off_below_and_events_tell_of_it(tmp_path: Path) -> None:
    rules = (
        Rule(Use((Tool("transfer_to_clerk"),)), When(system="judge")),
        Rule(Say("written"), When(system="clerk")),
    )
    played = asked(tmp_path, *rules, is_streamed=True)
    told = [event.to_json() for event in played.events]
    kinds = [(event["type"], event.get("agent") or event.get("to_agent")) for event in told[:-1]]
    assert [kind for kind in kinds if kind[0] != "text_delta"] == [
        ("run_started", None),
        ("agent_started", "desk"),
        ("tool_called", "desk"),
        ("agent_started", "judge"),
        ("handed_off", "clerk"),
        ("agent_started", "clerk"),
        ("tool_returned", "desk"),
    ]
    assert played.told == ["written"]


def test_a_model_call_without_an_answer_below_ends_the_whole_run(tmp_path: Path) -> None:
    error = failing(tmp_path, Rule(Fail(500), When(system="judge")))
    assert isinstance(error, ServerError)
    assert error.agent == "judge"
    assert error.spent is not None
    assert {attempt.agent for attempt in error.spent.attempts} == {"desk", "judge"}


def test_calls_below_spend_from_the_same_budget(tmp_path: Path) -> None:
    error = failing(tmp_path, Rule(Say("ok"), When(system="judge")), budget="budget: {turns: 2}\n")
    assert isinstance(error, LimitError)
    assert (error.agent, error.used, error.limit) == ("desk", 2, "turns")


def test_the_last_answer_is_that_of_whoever_asked(tmp_path: Path) -> None:
    budget = "budget: {turns: 1, on_exceed: wrap_up}\n"
    played = asked(tmp_path, Rule(Say("never"), When(system="judge")), budget=budget)
    assert played.result is not None
    assert (played.result.output, played.result.last_agent) == ("Done.", "desk")
    assert played.outcomes == [
        ("ask_judge", "failed", "it has no answer, because a limit of the run is reached: turns.")
    ]
    told = [body["messages"][0]["content"].split("\n")[0] for body in played.bodies]
    assert told == ["You are the desk."] * 2


def test_agents_that_ask_each_other_end_at_the_budget(tmp_path: Path) -> None:
    team = HEAD + (
        "agents:\n"
        "  desk: {instructions: You are the desk., description: Asks, tools: [{agent: judge}]}\n"
        "  judge: {instructions: You judge., description: Judges, tools: [{agent: desk}]}\n"
        "budget: {turns: 6}\n"
    )
    rules = (
        Rule(Use((Tool("ask_judge", {"input": "You?"}),)), When(system="desk")),
        Rule(Use((Tool("ask_desk", {"input": "You?"}),)), When(system="judge")),
    )
    with pytest.raises(LimitError) as caught:
        play(write(tmp_path, team), rules)
    assert (caught.value.limit, caught.value.used) == ("turns", 6)


def test_a_question_that_asks_nothing_is_told_to_the_model(tmp_path: Path) -> None:
    nothing = Rule(Use((Tool("ask_judge", {"input": " "}),)), When(system="desk", turn=1))
    played = play(write(tmp_path, TEAM), (nothing, DONE))
    assert played.told == ["The tool ask_judge failed: The arguments do not fit. input: say what to ask."]


def test_runs_at_once_do_not_mix_their_calls(tmp_path: Path) -> None:
    rules = (ASK, Rule(Say("ok"), When(system="judge")), DONE)
    graph = load_graph(write(tmp_path, TEAM), environ={})
    with LocalGateway(script=rules, pairs=graph.pairs()) as gateway:

        async def go() -> list[int]:
            async with Team(graph, Settings.local(gateway.base_url)) as team:
                results = await asyncio.gather(*(team.run("Hello") for _ in range(10)))
                return [len(result.tool_calls) for result in results]

        assert asyncio.run(go()) == [1] * 10
