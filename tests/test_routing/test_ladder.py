"""How answers that must fit are asked for, what providers refuse and pass over, and the one repair."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from agents_sahara.diagnostics.finding import Place
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Raw, Rule, Say, Tool, Use, When
from agents_sahara.errors import BadRequestError, LimitError, MisfitError, SaharaError
from agents_sahara.events import AttemptFailed, RunEvent, RunFinished, RunResult, TextDelta
from agents_sahara.graph.values import AgentGraph, Endpoint, StructuredOutput
from agents_sahara.retry import RetryPolicy
from agents_sahara.types import Budget, JsonObject
from tests.teams import DEEPSEEK, GPT, edge, graph, node
from tests.test_runner.runs import events_of, team_on

ORDER: JsonObject = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"enum": ["shipped", "lost"]}},
}
LOST = Say('{"status": "lost"}')
REFUSED = Fail(400, {"error": {"message": "Unsupported parameter: 'response_format'."}})
WORDS = "fits this JSON Schema"

WAYS = pytest.mark.parametrize("way", ["run", "stream"])


@pytest.fixture
def gateway() -> Iterator[LocalGateway]:
    with LocalGateway() as running:
        yield running


def orders(schema: JsonObject = ORDER, **fields: Any) -> AgentGraph:
    return graph(replace(node("orders"), output=schema, **fields))


def ask(
    gateway: LocalGateway,
    rules: Iterable[Rule],
    made: AgentGraph,
    way: str = "run",
    runs: int = 1,
    **options: Any,
) -> tuple[list[RunResult | SaharaError], list[Any], list[RunEvent]]:
    """What each run gave, the bodies that were sent, and the events of the last run."""
    gateway.script(rules)
    gave: list[RunResult | SaharaError] = []
    seen: list[RunEvent] = []

    async def go() -> None:
        async with team_on(gateway, made, **options) as team:
            for _ in range(runs):
                if way == "run":
                    try:
                        gave.append(await team.run("Where is it?"))
                    except SaharaError as error:
                        gave.append(error)
                else:
                    seen[:], failure = await events_of(team, "Where is it?")
                    last = seen[-1]
                    gave.extend(
                        [last.result] if isinstance(last, RunFinished) else [failure] if failure else []
                    )

    asyncio.run(go())
    return gave, [call.body for call in gateway.calls], seen


def forms(bodies: list[Any]) -> list[str | None]:
    return [body.get("response_format", {}).get("type") for body in bodies]


def value(gave: RunResult | SaharaError) -> object:
    assert isinstance(gave, RunResult), gave
    return gave.output


@WAYS
def test_the_result_is_the_value_itself(gateway: LocalGateway, way: str) -> None:
    gave, bodies, _ = ask(gateway, [Rule(LOST)], orders(), way)
    assert value(gave[0]) == {"status": "lost"}
    assert bodies[0]["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "final_output", "strict": False, "schema": ORDER},
    }
    assert WORDS not in json.dumps(bodies[0])


def test_a_schema_that_means_the_same_is_sent_as_strict(gateway: LocalGateway) -> None:
    closed = {**ORDER, "properties": {"status": {"type": "string"}}, "additionalProperties": False}
    _, bodies, _ = ask(gateway, [Rule(LOST)], orders(closed))
    assert bodies[0]["response_format"]["json_schema"]["strict"] is True


@WAYS
def test_a_provider_that_refuses_a_way_is_asked_in_the_next_one_and_stays_there(
    gateway: LocalGateway, way: str
) -> None:
    rules = [Rule(REFUSED, times=2), Rule(LOST)]
    gave, bodies, _ = ask(gateway, rules, orders(), way, runs=2, policy=RetryPolicy(attempts=1))
    assert [value(one) for one in gave] == [{"status": "lost"}] * 2
    assert forms(bodies) == ["json_schema", "json_object", None, None]
    system = bodies[2]["messages"][0]
    assert system["role"] == "system"
    assert system["content"].startswith("You are the orders desk.\n\n")
    assert WORDS in system["content"]
    assert json.dumps(ORDER) in system["content"]
    assert isinstance(gave[0], RunResult)
    assert [one.error for one in gave[0].attempts] == ["bad_request", "bad_request", None]


def test_a_refusal_that_names_the_format_only_as_its_param_is_understood(gateway: LocalGateway) -> None:
    refused = Fail(400, {"error": {"message": "Unsupported value.", "param": "response_format"}})
    gave, bodies, _ = ask(gateway, [Rule(refused, times=1), Rule(LOST)], orders())
    assert value(gave[0]) == {"status": "lost"}
    assert forms(bodies) == ["json_schema", "json_object"]


def test_another_refusal_is_an_error(gateway: LocalGateway) -> None:
    gave, bodies, _ = ask(gateway, [Rule(Fail(400, {"error": {"message": "No."}}))], orders())
    assert isinstance(gave[0], BadRequestError)
    assert len(bodies) == 1


def test_what_one_model_refuses_another_of_the_same_provider_is_still_asked(gateway: LocalGateway) -> None:
    made = graph(
        replace(node("a", edge("b")), output=ORDER), replace(node("b", target=DEEPSEEK), output=ORDER)
    )
    rules = [
        Rule(REFUSED, times=1),
        Rule(Use((Tool("transfer_to_b"),)), When(system="the a desk")),
        Rule(LOST),
    ]
    gave, bodies, _ = ask(gateway, rules, made)
    assert value(gave[0]) == {"status": "lost"}
    assert forms(bodies) == ["json_schema", "json_object", "json_schema"]


@pytest.mark.parametrize(
    ("word", "form"), [("schema", "json_schema"), ("object", "json_object"), ("prompt", None)]
)
def test_what_the_file_says_holds_whatever_the_provider_says(
    gateway: LocalGateway, word: StructuredOutput, form: str | None
) -> None:
    made = orders(target=replace(GPT, structured_output=word))
    gave, bodies, _ = ask(gateway, [Rule(LOST)], made)
    assert value(gave[0]) == {"status": "lost"}
    assert forms(bodies) == [form]
    assert (WORDS in json.dumps(bodies[0])) is (word != "schema")
    before = len(bodies)
    gave, bodies, _ = ask(gateway, [Rule(REFUSED)], made)
    assert isinstance(gave[0], BadRequestError)
    assert len(bodies) == before + 1


def test_a_provider_has_its_own_way_where_the_alias_says_none(gateway: LocalGateway) -> None:
    own = Endpoint("openai", None, None, Place("f", 1, 1, 1, 1), structured_output="prompt")
    made = replace(orders(), endpoints={"openai": own})
    assert forms(ask(gateway, [Rule(LOST)], made)[1]) == [None]
    said = orders(target=replace(GPT, structured_output="object"))
    bodies = ask(gateway, [Rule(LOST)], replace(said, endpoints={"openai": own}))[1]
    assert forms(bodies) == [None, "json_object"]


def test_a_schema_that_no_object_fits_is_told_in_words(gateway: LocalGateway) -> None:
    gave, bodies, _ = ask(gateway, [Rule(Say('"lost"'))], orders({"enum": ["shipped", "lost"]}))
    assert value(gave[0]) == "lost"
    assert forms(bodies) == [None]


@WAYS
def test_an_answer_that_does_not_fit_is_repaired_once(gateway: LocalGateway, way: str) -> None:
    gave, bodies, seen = ask(gateway, [Rule(Say('{"status": "sunk"}'), times=1), Rule(LOST)], orders(), way)
    assert value(gave[0]) == {"status": "lost"}
    assert isinstance(gave[0], RunResult)
    assert [one.error for one in gave[0].attempts] == ["misfit", None]
    assert gave[0].usage.failed == 1
    told = bodies[1]["messages"][-2:]
    assert told[0] == {"role": "assistant", "content": '{"status": "sunk"}'}
    assert told[1]["role"] == "user"
    assert '\'status\' is none of ["shipped", "lost"]' in told[1]["content"]
    if way == "stream":
        assert [event.text for event in seen if isinstance(event, TextDelta)] == ['{"status": "lost"}']
        failed = [event for event in seen if isinstance(event, AttemptFailed)]
        assert [(event.attempt.error, event.retry_in_s) for event in failed] == [("misfit", 0.0)]


@WAYS
def test_an_answer_that_does_not_fit_after_the_repair_is_an_error_with_its_text(
    gateway: LocalGateway, way: str
) -> None:
    gave, bodies, seen = ask(
        gateway, [Rule(Say("It is lost."))], orders(), way, policy=RetryPolicy(attempts=1)
    )
    error = gave[0]
    assert isinstance(error, MisfitError)
    assert (error.code, error.exit_code, error.agent, error.provider) == ("misfit", 1, "orders", "openai")
    assert error.partial_text == "It is lost."
    assert "also when it was told so: it is not JSON" in error.message
    assert "It is lost" not in error.message
    assert len(bodies) == 2
    assert error.spent is not None
    assert [one.error for one in error.spent.attempts] == ["misfit", "misfit"]
    assert not any(isinstance(event, TextDelta) for event in seen)


def test_after_its_repair_the_next_member_is_asked_afresh_and_the_first_does_not_rest(
    gateway: LocalGateway,
) -> None:
    rules = [Rule(Say("Lost."), times=2), Rule(LOST)]
    gave, bodies, _ = ask(gateway, rules, orders(backups=(DEEPSEEK,)), runs=2)
    assert [value(one) for one in gave] == [{"status": "lost"}] * 2
    assert [body["model"] for body in bodies] == [GPT.model, GPT.model, DEEPSEEK.model, GPT.model]
    assert [len(body["messages"]) for body in bodies] == [2, 4, 2, 2]


def test_where_nobody_is_left_a_misfit_is_never_asked_for_again(gateway: LocalGateway) -> None:
    rules = [Rule(Say("Lost."))]
    gave, bodies, _ = ask(gateway, rules, orders(backups=(DEEPSEEK,)), policy=RetryPolicy(attempts=9))
    assert isinstance(gave[0], MisfitError)
    assert [body["model"] for body in bodies] == [GPT.model, GPT.model, DEEPSEEK.model]


def test_a_model_that_passes_the_format_over_is_told_in_words_from_then_on(gateway: LocalGateway) -> None:
    _, bodies, _ = ask(gateway, [Rule(Say("Lost."), times=1), Rule(LOST)], orders(), runs=2)
    assert [WORDS in json.dumps(body) for body in bodies] == [False, True, True]
    assert forms(bodies) == ["json_schema"] * 3


def test_a_wrong_value_alone_changes_nothing_for_later_calls(gateway: LocalGateway) -> None:
    _, bodies, _ = ask(gateway, [Rule(Say("{}"), times=1), Rule(LOST)], orders(), runs=2)
    assert [WORDS in json.dumps(body) for body in bodies] == [False, True, False]


def test_the_repair_counts_in_the_budget(gateway: LocalGateway) -> None:
    made = replace(orders(), budget=Budget(model_calls=1))
    gave, bodies, _ = ask(gateway, [Rule(Say("Lost."))], made)
    assert isinstance(gave[0], LimitError)
    assert len(bodies) == 1


def test_the_repair_survives_a_failure_of_the_gateway(gateway: LocalGateway) -> None:
    rules = [Rule(Say("Lost."), times=1), Rule(Fail(503), times=1), Rule(LOST)]
    gave, bodies, _ = ask(gateway, rules, orders())
    assert value(gave[0]) == {"status": "lost"}
    assert [body["messages"][-2] for body in bodies[1:]] == [{"role": "assistant", "content": "Lost."}] * 2


@WAYS
def test_calls_and_handoffs_of_such_an_agent_are_not_judged(gateway: LocalGateway, way: str) -> None:
    made = graph(replace(node("a", edge("b")), output=ORDER), node("b"))
    rules = [
        Rule(Use((Tool("transfer_to_b"),), text="One moment."), When(system="the a desk")),
        Rule(Say("Plain text.")),
    ]
    gave, bodies, _ = ask(gateway, rules, made, way)
    assert value(gave[0]) == "Plain text."
    assert len(bodies) == 2


def test_a_fence_is_taken_off_before_anyone_sees_it(gateway: LocalGateway) -> None:
    gave, _, seen = ask(gateway, [Rule(Say('Here:\n```json\n{"status": "lost"}\n```'))], orders(), "stream")
    assert value(gave[0]) == {"status": "lost"}
    assert [event.text for event in seen if isinstance(event, TextDelta)] == ['{"status": "lost"}']


def test_a_refusal_of_the_model_stays_a_refusal(gateway: LocalGateway) -> None:
    message = {"role": "assistant", "content": None, "refusal": "I will not."}
    body = {"id": "x", "object": "chat.completion", "created": 1, "model": "gpt-4o",
            "choices": [{"index": 0, "finish_reason": "stop", "message": message}]}  # fmt: skip
    gave, bodies, _ = ask(gateway, [Rule(Raw(json.dumps(body)))], orders())
    assert not isinstance(gave[0], RunResult)
    assert "refused to answer" in gave[0].message
    assert len(bodies) == 1


@pytest.mark.parametrize("word", ["auto", "object", "prompt"])
def test_the_simulator_answers_what_fits_in_every_way(gateway: LocalGateway, word: StructuredOutput) -> None:
    schema: JsonObject = {
        "type": "object",
        "required": ["status", "days"],
        "properties": {"status": {"enum": ["shipped", "lost"]}, "days": {"type": "integer", "minimum": 2}},
    }
    gave, bodies, _ = ask(gateway, [], orders(schema, target=replace(GPT, structured_output=word)))
    assert value(gave[0]) == {"status": "shipped", "days": 2}
    assert len(bodies) == 1


def test_many_runs_at_once_learn_together(gateway: LocalGateway) -> None:
    gateway.script([Rule(REFUSED, times=8), Rule(LOST)])

    async def go() -> list[RunResult]:
        async with team_on(gateway, orders()) as team:
            return await asyncio.gather(*(team.run("Where?") for _ in range(8)))

    assert [one.output for one in asyncio.run(go())] == [{"status": "lost"}] * 8
