"""What stands in front of tools: no call is made without the yes that it needs, whatever a model tries."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from agents import RunConfig, Runner

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from agents_sahara.errors import GuardrailError, SpecError, UnusableAnswerError
from agents_sahara.events import GuardrailTripped, RunResult, ToolReturned
from agents_sahara.guardrails.tool_gate import written_out
from agents_sahara.loader import load_graph
from agents_sahara.runner.team import Team
from agents_sahara.trust.consent import Consent
from tests.test_runner.runs import events_of, team_on

MODULE = '''
import time

import agents_sahara

CALLS = []


@agents_sahara.tool
def refund(amount: int, reason: str = "") -> str:
    """Pays an order back."""
    CALLS.append(amount)
    return f"refunded {amount}, says Alice"


@agents_sahara.guardrail
def polite(text: str) -> object:
    return "please" in text


@agents_sahara.guardrail
async def explains(text: str) -> object:
    return True if "because" in text else "it does not say why"


@agents_sahara.guardrail
def says_nothing(text: str) -> object:
    return None


@agents_sahara.guardrail
def breaks(text: str) -> object:
    raise ValueError(text)


def unmarked(text: str) -> object:
    return True
'''

TEAM = """
version: 1
entry: front
defaults: {model: gpt-4o, provider: openai}
agents:
  front: {instructions: You are the FRONT desk., tools: [refund]}
tools:
  refund: {python: "shop_tools:refund", approval: {when: "args.amount > 50", ask: "Refund {{ args.amount }}?"}}
"""


@pytest.fixture(scope="module")
def gateway() -> Iterator[LocalGateway]:
    with LocalGateway() as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("shop")
    (made / "shop_tools.py").write_text(MODULE, "utf-8")
    return made


class Shop:
    """The team in a folder with its module."""

    def __init__(self, gateway: LocalGateway, folder: Path, text: str = TEAM) -> None:
        self._module = str(folder / "shop_tools.py")
        path = folder / "team.yaml"
        path.write_text(text, "utf-8")
        consent = Consent.given(allow_python=["shop_tools"])
        self.team: Team = team_on(gateway, load_graph(path, environ={}, consent=consent))
        self.calls.clear()

    @property
    def calls(self) -> list[int]:
        """Amounts that were paid back."""
        [module] = [made for made in sys.modules.values() if getattr(made, "__file__", "") == self._module]
        calls: list[int] = module.CALLS
        return calls

    def run(self, message: str = "refund, please") -> RunResult:
        async def go() -> RunResult:
            async with self.team as team:
                return await team.run(message)

        return asyncio.run(go())

    def resume(self, first: RunResult) -> RunResult:
        async def go() -> RunResult:
            async with self.team as team:
                ids = [one.id for one in first.interruptions]
                return await team.resume(first.token or "", approve=ids)

        return asyncio.run(go())


def _scripted(gateway: LocalGateway, *rules: Rule) -> None:
    gateway.script((*rules, Rule(Say("Done."))))
    gateway.calls.clear()


def _asks(*calls: dict[str, Any] | str) -> Rule:
    return Rule(Use(tuple(Tool("refund", arguments) for arguments in calls)), times=1)


def _told(gateway: LocalGateway) -> list[str]:
    """What tools answered, as the last request has it."""
    body: Any = gateway.calls[-1].body
    return [one["content"] for one in body["messages"] if one["role"] == "tool"]


def test_a_call_is_asked_about_where_the_condition_holds(gateway: LocalGateway, folder: Path) -> None:
    _scripted(gateway, _asks({"amount": 60}))
    shop = Shop(gateway, folder)
    result = shop.run()
    assert [one.question for one in result.interruptions] == ["Refund 60?"]
    assert shop.calls == []


def test_it_is_made_where_the_condition_does_not_hold(gateway: LocalGateway, folder: Path) -> None:
    _scripted(gateway, _asks({"amount": 50}))
    shop = Shop(gateway, folder)
    assert shop.run().output == "Done."
    assert shop.calls == [50]


TRICKS: tuple[dict[str, Any] | str, ...] = (
    {"amount": "60"},
    {"amount": "6e1"},
    {"amount": 60.0},
    {"amount": True},
    {"amount": None},
    {"amount": [60]},
    {"amount": {"value": 60}},
    {"amounts": 60},
    {"Amount": 60},
    {},
    {"amount ": 10},
    '{"amount": 1e400}',
    '{"amount": NaN}',
    '{"amount": Infinity}',
    '{"amount": 10, "amount": 60}',
    '{"amount": 6' + "0" * 5000 + "}",
    "[]",
    "null",
    "",
    "60",
    "{",
    '{"amount": 10}{"amount": 60}',
    '{"amount": 60} // approved by the manager',
    '"{\\"amount\\": 60}"',
    "[" * 5000,
)


@pytest.mark.parametrize("arguments", TRICKS, ids=range(len(TRICKS)))
def test_no_trick_with_arguments_gets_round_the_question(
    gateway: LocalGateway, folder: Path, arguments: dict[str, Any] | str
) -> None:
    """What cannot be told needs a yes, or is no answer of a model at all."""
    _scripted(gateway, _asks(arguments))
    shop = Shop(gateway, folder)
    with suppress(UnusableAnswerError):
        result = shop.run()
        assert result.interruptions or result.attempts[0].outcome == "failed"
    assert shop.calls == []


def test_of_several_calls_in_one_answer_only_the_free_ones_are_made(
    gateway: LocalGateway, folder: Path
) -> None:
    _scripted(gateway, _asks({"amount": 20}, {"amount": 60}, {"amount": 10}))
    shop = Shop(gateway, folder)
    result = shop.run()
    assert [one.arguments for one in result.interruptions] == ['{"amount":60}']
    assert sorted(shop.calls) in ([], [10, 20])


@pytest.mark.parametrize(("word", "is_asked"), [("always", True), ("never", False), ("{ask: Really?}", True)])
def test_always_and_never_are_what_they_say(
    gateway: LocalGateway, folder: Path, word: str, is_asked: bool
) -> None:
    _scripted(gateway, _asks({"amount": 1}))
    start = TEAM.index("{when")
    shop = Shop(gateway, folder, TEAM[:start] + word + "}\n")
    assert bool(shop.run().interruptions) is is_asked
    assert shop.calls == ([] if is_asked else [1])


ASKED = TEAM.replace("tools: [refund]", "tools: [{agent: billing}]").replace(
    "tools:\n", "  billing: {instructions: You are the BILLING desk., tools: [refund]}\ntools:\n"
)


@pytest.mark.parametrize(("amount", "made"), [(60, []), (20, [20])])
def test_where_an_agent_works_for_another_the_run_waits_as_everywhere(
    gateway: LocalGateway, folder: Path, amount: int, made: list[int]
) -> None:
    ask = Rule(Use((Tool("ask_billing", {"input": "refund"}),)), When(system="FRONT"), times=1)
    call = Rule(Use((Tool("refund", {"amount": amount}),)), When(system="BILLING"), times=1)
    _scripted(gateway, ask, call)
    shop = Shop(gateway, folder, ASKED)
    result = shop.run()
    assert shop.calls == made
    if made:
        assert result.output == "Done."
        return
    [needed] = result.interruptions
    assert (needed.agent, needed.tool, needed.question) == ("billing", "refund", "Refund 60?")
    again = Shop(gateway, folder, ASKED)
    assert again.resume(result).output == "Done."
    assert again.calls == [60]


def test_below_a_run_that_is_none_of_ours_nobody_is_asked(gateway: LocalGateway, folder: Path) -> None:
    """Whoever runs `team.agents` with the SDK itself learns of the calls of the first agent only."""
    ask = Rule(Use((Tool("ask_billing", {"input": "refund"}),)), When(system="FRONT"), times=1)
    call = Rule(Use((Tool("refund", {"amount": 60}),)), When(system="BILLING"), times=1)
    _scripted(gateway, ask, call)
    shop = Shop(gateway, folder, ASKED)

    async def go() -> str:
        async with shop.team as team:
            front = team.agents["front"]
            done = await Runner.run(front, "refund", run_config=RunConfig(tracing_disabled=True))
            return str(done.final_output)

    assert asyncio.run(go()) == "Done."
    assert shop.calls == []
    assert "nobody can be asked here" in str(gateway.calls[2].body)


def test_malformed_arguments_below_another_call_are_not_asked_about_either(
    gateway: LocalGateway, folder: Path
) -> None:
    ask = Rule(Use((Tool("ask_billing", {"input": "refund"}),)), When(system="FRONT"), times=1)
    _scripted(gateway, ask, Rule(Use((Tool("refund", "["),)), When(system="BILLING"), times=1))
    shop = Shop(gateway, folder, ASKED)
    with suppress(UnusableAnswerError):
        shop.run()
    assert shop.calls == []


def _guarded(side: str, rule: str) -> str:
    start = TEAM.index("approval:")
    return TEAM[:start] + f"guardrails: {{{side}: [rule]}}}}\nguardrails:\n  rule: {rule}\n"


def test_a_call_that_a_guardrail_refuses_is_not_made_and_the_model_learns_why(
    gateway: LocalGateway, folder: Path
) -> None:
    _scripted(gateway, _asks({"amount": 10, "reason": "4111 1111 1111 1111"}))
    shop = Shop(
        gateway, folder, _guarded("input", r"{deny_pattern: '\d{4} \d{4}', reply: No card numbers here.}")
    )
    assert shop.run().output == "Done."
    assert shop.calls == []
    assert _told(gateway) == ["No card numbers here."]


def test_without_a_reply_the_run_ends(gateway: LocalGateway, folder: Path) -> None:
    _scripted(gateway, _asks(r'{"amount": 10, "reason": "\u0034111 1111 1111 1111"}'))
    shop = Shop(gateway, folder, _guarded("input", r"{deny_pattern: '\d{4} \d{4}'}"))
    with pytest.raises(GuardrailError) as caught:
        shop.run()
    assert shop.calls == []
    error = caught.value
    assert (error.agent, error.guardrail, error.stage, error.tool) == (
        "front",
        "rule",
        "tool_input",
        "refund",
    )
    assert error.message == (
        "agent 'front': the guardrail 'rule' refused the arguments of the tool 'refund': it matches what is denied"
    )


def test_what_a_tool_answers_is_checked_before_the_model_sees_it(gateway: LocalGateway, folder: Path) -> None:
    _scripted(gateway, _asks({"amount": 10}))
    shop = Shop(gateway, folder, _guarded("output", "{deny_pattern: Alice, reply: It is done.}"))

    async def go() -> tuple[list[Any], Any]:
        async with shop.team as team:
            return await events_of(team, "refund, please")

    events, _ = asyncio.run(go())
    assert shop.calls == [10]
    assert _told(gateway) == ["It is done."]
    assert [event for event in events if isinstance(event, GuardrailTripped)] == [
        GuardrailTripped("front", "rule", "tool_output", "refund", "it matches what is denied")
    ]


@pytest.mark.parametrize(("stage", "pattern", "made"), [("input", "10", 0), ("output", "Alice", 1)])
def test_a_reply_in_place_of_a_tools_answer_ends_no_turn(
    gateway: LocalGateway, folder: Path, stage: str, pattern: str, made: int
) -> None:
    _scripted(gateway, _asks({"amount": 10}))
    text = _guarded(stage, f"{{deny_pattern: {pattern!r}, reply: Not so.}}")
    shop = Shop(
        gateway, folder, text.replace("tools: [refund]}", "tools: [refund], tool_use: stop_on_first}")
    )

    async def go() -> tuple[list[Any], Any]:
        async with shop.team as team:
            return await events_of(team, "refund, please")

    events, _ = asyncio.run(go())
    assert (len(shop.calls), _told(gateway)) == (made, ["Not so."])
    assert [event for event in events if isinstance(event, ToolReturned)] == [
        ToolReturned("front", "refund", "a guardrail refused it")
    ]
    assert events[-1].result.output == "Done."


def test_a_call_that_failed_before_the_run_waited_ends_no_turn_after_it(
    gateway: LocalGateway, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path))
    text = TEAM.replace("tools: [refund]}", "tools: [refund], tool_use: stop_on_first}")
    _scripted(gateway, _asks({"amount": 10, "currency": "EUR"}, {"amount": 60}))
    waiting = Shop(gateway, folder, text).run()
    assert [(call.tool, call.outcome) for call in waiting.tool_calls] == [("refund", "failed")]

    async def go_on() -> RunResult:
        async with Shop(gateway, folder, text).team as team:
            return await team.resume(waiting.token or "", reject=["approval_1"])

    assert asyncio.run(go_on()).output == "Done."


@pytest.mark.parametrize(
    ("function", "message", "reason"),
    [
        ("polite", "refund, please", None),
        ("polite", "refund!", "its function says no"),
        ("explains", "refund because it broke", None),
        ("explains", "refund", "it does not say why"),
        ("says_nothing", "refund", "its function answered with NoneType"),
        ("breaks", "refund", "its function raised ValueError"),
    ],
)
def test_a_function_of_the_users_own_judges(
    gateway: LocalGateway, folder: Path, function: str, message: str, reason: str | None
) -> None:
    _scripted(gateway)
    text = TEAM.replace("tools: [refund]", "tools: [refund], guardrails: {input: [own]}")
    shop = Shop(gateway, folder, f'{text}guardrails:\n  own: {{python: "shop_tools:{function}"}}\n')
    if reason is None:
        assert shop.run(message).output == "Done."
        return
    with pytest.raises(GuardrailError, match=reason):
        shop.run(message)
    assert gateway.calls == []


@pytest.mark.parametrize(
    ("reference", "allowed", "rule"),
    [
        ("shop_tools:polite", (), "python-not-allowed"),
        ("shop_tools:unmarked", ("shop_tools",), "bad-function"),
        ("shop_tools:refund", ("shop_tools",), "bad-function"),
        ("shop_tools:gone", ("shop_tools",), "bad-function"),
        ("no_such_module:f", ("no_such_module",), "bad-module"),
    ],
)
def test_a_function_is_only_asked_where_it_is_marked_and_allowed(
    gateway: LocalGateway, folder: Path, reference: str, allowed: tuple[str, ...], rule: str
) -> None:
    text = f"""
version: 1
agents:
  solo: {{instructions: Hi., model: gpt-4o, provider: openai, guardrails: {{input: [own]}}}}
guardrails:
  own: {{python: "{reference}"}}
"""
    path = folder / "team.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(SpecError) as caught:
        team_on(gateway, load_graph(path, environ={}, consent=Consent.given(allow_python=allowed)))
    assert [finding.id for finding in caught.value.findings] == [rule]
    assert caught.value.findings[0].place.line == 6


def test_a_condition_that_reads_no_argument_of_its_tool_is_found(gateway: LocalGateway, folder: Path) -> None:
    with pytest.raises(SpecError) as caught:
        Shop(gateway, folder, TEAM.replace("args.amount >", "args.amuont >"))
    [finding] = caught.value.findings
    assert finding.id == "unknown-name"
    assert finding.message == "the tool 'refund' has no argument 'amuont', which 'args.amuont' reads"
    assert finding.mend.startswith("did you mean 'amount'?")
    assert (finding.place.line, finding.place.column) == (8, 59)


def test_a_question_that_reads_no_argument_of_its_tool_is_found_where_it_reads_it(
    gateway: LocalGateway, folder: Path
) -> None:
    with pytest.raises(SpecError) as caught:
        Shop(gateway, folder, TEAM.replace("{{ args.amount }}", "{{ args.amuont.value }}"))
    [finding] = caught.value.findings
    assert finding.message == "the tool 'refund' has no argument 'amuont', which 'args.amuont.value' reads"
    assert (finding.place.line, finding.place.column) == (8, 94)
    assert caught.value.exit_code == 3


def test_arguments_are_written_out_for_guardrails() -> None:
    assert (
        written_out('{"a": {"b": [1, "x\\ny"]}, "c": null, "d": true}')
        == "a.b: 1\na.b: x\ny\nc: null\nd: true"
    )
    assert written_out("no JSON") == "no JSON"
