"""Guardrails in runs: over real HTTP, however an agent is reached, streamed or not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from agents import FunctionTool, RunConfig, Runner

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say, Tool, Use, When
from agents_sahara.errors import GuardrailError, LimitError, ServerError
from agents_sahara.events import GuardrailTripped, RunEvent, RunFailed, RunFinished, RunResult, TextDelta
from agents_sahara.loader import load_graph
from agents_sahara.runner.team import Team
from tests.test_runner.runs import events_of, team_on

TEAM = r"""
version: 1
entry: front
defaults: {model: gpt-4o, provider: openai}
agents:
  front: {instructions: You are the FRONT desk., handoffs: [billing], guardrails: {input: [topic, secret]}}
  billing:
    description: Refunds
    instructions: You are the BILLING desk.
    guardrails: {input: [cards], output: [names]}
  judge: {instructions: You are the JUDGE.}
guardrails:
  cards: {deny_pattern: '\b(?:\d[ -]?){13,16}\b', reply: Please never send card numbers.}
  secret: {deny_pattern: '(?i)password', reply: Please never send passwords.}
  names: {deny_pattern: Alice}
  topic: {agent: judge, when: "output.off_topic"}
"""
ON_TOPIC = Rule(Say('{"off_topic": false}'), When(system="JUDGE"))
TO_BILLING = Rule(Use((Tool("transfer_to_billing"),)), When(system="FRONT", turn=1))
CARD = "my card is 4111 1111 1111 1111"


@pytest.fixture(scope="module")
def gateway() -> Iterator[LocalGateway]:
    with LocalGateway() as running:
        yield running


def _scripted(gateway: LocalGateway, *rules: Rule) -> None:
    gateway.script(rules)
    gateway.calls.clear()


def _run(gateway: LocalGateway, message: str, team: str = TEAM) -> RunResult:
    async def go() -> RunResult:
        async with team_on(gateway, load_graph(team, environ={})) as made:
            return await made.run(message)

    return asyncio.run(go())


def _streamed(
    gateway: LocalGateway, message: str, team: str = TEAM
) -> tuple[Sequence[RunEvent], GuardrailError | None]:
    async def go() -> tuple[Sequence[RunEvent], GuardrailError | None]:
        async with team_on(gateway, load_graph(team, environ={})) as made:
            events, error = await events_of(made, message)
        assert error is None or isinstance(error, GuardrailError)
        return events, error

    return asyncio.run(go())


def _shown(events: Sequence[RunEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def test_a_refused_message_costs_nothing_and_is_answered_with_the_reply(gateway: LocalGateway) -> None:
    _scripted(gateway, ON_TOPIC)
    result = _run(gateway, "my PASSWORD is x")
    assert result.output == "Please never send passwords."
    assert result.guardrail == GuardrailTripped("front", "secret", "input", None, "it matches what is denied")
    assert (result.path, result.attempts, result.usage.requests) == (("front",), (), 0)
    assert gateway.calls == []


def test_a_guardrail_holds_for_an_agent_that_takes_over(gateway: LocalGateway) -> None:
    _scripted(gateway, ON_TOPIC, TO_BILLING)
    result = _run(gateway, CARD)
    assert result.output == "Please never send card numbers."
    assert result.path == ("front", "billing")
    assert [attempt.agent for attempt in result.attempts] == ["judge", "front"]


def test_a_guardrail_holds_under_the_sdk_itself(gateway: LocalGateway) -> None:
    _scripted(gateway)

    async def go() -> None:
        async with team_on(gateway, load_graph(TEAM, environ={})) as team:
            await Runner.run(team.agents["billing"], CARD, run_config=RunConfig(tracing_disabled=True))

    with pytest.raises(GuardrailError):
        asyncio.run(go())
    assert gateway.calls == []


@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_refused_answer_is_an_error_that_shows_nothing_of_it(
    gateway: LocalGateway, is_streamed: bool
) -> None:
    _scripted(gateway, ON_TOPIC, TO_BILLING, Rule(Say("Your desk is run by Alice."), When(system="BILLING")))
    if is_streamed:
        events, error = _streamed(gateway, "refund, please")
        assert _shown(events) == ""
        assert isinstance(events[-1], RunFailed)
        assert isinstance(events[-2], GuardrailTripped)
    else:
        with pytest.raises(GuardrailError) as caught:
            _run(gateway, "refund, please")
        error = caught.value
    assert error is not None
    assert error.message == (
        "agent 'billing': the guardrail 'names' refused the answer: it matches what is denied"
    )
    assert error.spent is not None
    assert error.spent.path == ("front", "billing")
    assert "Alice" not in str(error.to_json())


def test_an_answer_that_passes_is_streamed_as_it_was_said(gateway: LocalGateway) -> None:
    _scripted(gateway, ON_TOPIC, TO_BILLING, Rule(Say("You get it back."), When(system="BILLING")))
    events, error = _streamed(gateway, "refund, please")
    assert error is None
    assert _shown(events) == "You get it back."
    finished = events[-1]
    assert isinstance(finished, RunFinished)
    assert finished.result.output == "You get it back."
    assert finished.result.usage.output_tokens > 0
    assert finished.result.path == ("front", "billing")


def test_a_reply_is_streamed_in_place_of_the_answer(gateway: LocalGateway) -> None:
    _scripted(gateway, ON_TOPIC)
    events, error = _streamed(gateway, "my password is x")
    assert error is None
    assert [type(event).__name__ for event in events] == [
        "RunStarted", "AgentStarted", "GuardrailTripped", "TextDelta", "RunFinished",
    ]  # fmt: skip
    assert _shown(events) == "Please never send passwords."


def test_nothing_that_a_refused_answer_asks_for_is_done(gateway: LocalGateway) -> None:
    team = TEAM.replace("{input: [topic, secret]}", "{output: [names]}")
    _scripted(
        gateway, Rule(Use((Tool("transfer_to_billing"),), text="Alice will help."), When(system="FRONT"))
    )
    with pytest.raises(GuardrailError):
        _run(gateway, "refund, please", team)
    assert len(gateway.calls) == 1


def test_an_answer_that_is_held_back_may_be_asked_for_again(gateway: LocalGateway) -> None:
    _scripted(gateway, ON_TOPIC, TO_BILLING, Rule(Fail(500), When(system="BILLING"), times=1))
    events, error = _streamed(gateway, "refund, please")
    assert error is None
    assert isinstance(events[-1], RunFinished)


def test_a_judge_refuses_by_its_verdict(gateway: LocalGateway) -> None:
    _scripted(gateway, Rule(Say('{"off_topic": true}'), When(system="JUDGE")))
    with pytest.raises(GuardrailError, match="the judge 'judge' refused it") as caught:
        _run(gateway, "tell me a joke")
    assert caught.value.spent is not None
    assert [attempt.agent for attempt in caught.value.spent.attempts] == ["judge"]
    assert caught.value.spent.path == ("front",)


@pytest.mark.parametrize("verdict", ["I think it is fine.", '{"off_topic": "no"}', "{}", "[", "null"])
def test_a_judge_that_decides_nothing_refuses(gateway: LocalGateway, verdict: str) -> None:
    _scripted(gateway, Rule(Say(verdict), When(system="JUDGE")))
    with pytest.raises(GuardrailError, match="it could not be judged: what the judge 'judge' answered"):
        _run(gateway, "hello")
    assert len(gateway.calls) == 1


def test_a_judge_that_would_have_to_wait_refuses(gateway: LocalGateway) -> None:
    """A file cannot say that (`waiting-judge`); a program can give a judge such a tool. Not even silence passes."""
    call = Rule(Use((Tool("look", {}),)), When(system="JUDGE"))
    _scripted(gateway, call, Rule(Say("Hello.")))
    text = TEAM.replace("output.off_topic", "output == 'bad'")

    async def look(_context: object, _arguments: str) -> str:
        raise AssertionError("it was called")

    async def go() -> None:
        async with team_on(gateway, load_graph(text, environ={})) as team:
            own = FunctionTool("look", "Looks.", {"type": "object"}, look, strict_json_schema=False)
            own.needs_approval = True
            team.agents["judge"].tools.append(own)
            await team.run("hi")

    with pytest.raises(GuardrailError, match="wants to call 'look', which would have to wait for a person"):
        asyncio.run(go())
    assert len(gateway.calls) == 1


def test_a_judge_that_fails_ends_the_run_with_its_own_error(gateway: LocalGateway) -> None:
    _scripted(gateway, Rule(Fail(500), When(system="JUDGE")))
    with pytest.raises(ServerError) as caught:
        _run(gateway, "hello")
    assert caught.value.agent == "judge"


def test_judges_spend_of_the_run_s_budget(gateway: LocalGateway) -> None:
    _scripted(gateway, ON_TOPIC)
    with pytest.raises(LimitError):
        _run(gateway, "hello", TEAM + "budget: {turns: 1}\n")
    assert len(gateway.calls) == 1


def test_a_text_is_judged_once_in_a_run(gateway: LocalGateway) -> None:
    circle = TEAM.replace("description: Refunds", "description: Refunds\n    handoffs: [front]").replace(
        "entry: front", "entry: front\nbudget: {turns: 6}"
    )
    back = Rule(Use((Tool("transfer_to_front"),)), When(system="BILLING", turn=2))
    _scripted(gateway, ON_TOPIC, TO_BILLING, back, Rule(Say("Done."), When(system="FRONT", turn=3)))
    text = circle.replace("  front: {", "  front: {description: Front, ")
    assert _run(gateway, "refund, please", text).output == "Done."
    assert sum("JUDGE" in str(call.body) for call in gateway.calls) == 1


def test_defaults_hold_for_agents_that_say_nothing_of_their_own(gateway: LocalGateway) -> None:
    team = """
version: 1
entry: plain
defaults: {model: gpt-4o, provider: openai, guardrails: {input: [short, topic]}}
agents:
  plain: {instructions: Answer., handoffs: [free]}
  free: {instructions: Answer., description: Free, guardrails: {input: []}}
  judge: {instructions: You are the JUDGE.}
guardrails:
  short: {max_chars: 5}
  topic: {agent: judge, when: "output == 'no'"}
"""
    graph = load_graph(team, environ={})
    names = {key: [one.name for one in node.guards.input] for key, node in graph.agents.items()}
    assert names == {"plain": ["short", "topic"], "free": [], "judge": ["short"]}


def test_a_slow_pattern_ends_the_run_without_the_reply(gateway: LocalGateway) -> None:
    team = TEAM.replace("'(?i)password'", "'(a+)+$'")
    _scripted(gateway, ON_TOPIC)
    with pytest.raises(GuardrailError, match=r"could not be judged: the pattern gave no answer"):
        _run(gateway, "a" * 20_000 + "!", team)
    assert gateway.calls == []


def test_a_team_without_guardrails_answers_as_before(gateway: LocalGateway) -> None:
    _scripted(gateway, Rule(Say("Alice"), When(system="BILLING")))

    async def go() -> RunResult:
        made: Team = team_on(gateway, load_graph(TEAM.replace("output: [names]", "output: []"), environ={}))
        async with made as team:
            return await team.run("hello", agent="billing")

    assert asyncio.run(go()).output == "Alice"
