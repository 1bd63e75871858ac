"""Tools of servers under the SDK's own `Runner`: the same guardrails, approvals and caps as in runs of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from agents import RunConfig, Runner, RunResult
from agents.exceptions import UserError

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Rule, Say, Tool, Use, When
from agents_sahara.errors import GuardrailError, SpecError
from tests.test_tools.test_mcp.test_team import COMMAND, _answers, _one, _own_state, _team

__all__ = ["_own_state"]

PLAIN = RunConfig(tracing_disabled=True)
SECRETS = """
guardrails:
  no_secrets: {deny_pattern: secret, reply: That is not for tools.}
  no_orders: {deny_pattern: order}
"""


def _sdk(text: str, gateway: LocalGateway, *calls: Tool) -> RunResult:
    gateway.script((Rule(Use(calls), When(turn=1)), Rule(Say("Done."))))

    async def go() -> RunResult:
        async with _team(text, gateway) as team:
            return await Runner.run(team.agents["desk"], "Hello", run_config=PLAIN)

    return asyncio.run(go())


def _told(gateway: LocalGateway) -> list[str]:
    return [
        one if isinstance(one, str) else "".join(part["text"] for part in one) for one in _answers(gateway)
    ]


def test_the_tools_are_found_and_called(gateway: LocalGateway) -> None:
    text = _one(f"command: {COMMAND}, allow: [echo, fail], prefix: my_", ", max_chars: 100")
    done = _sdk(text, gateway, Tool("my_echo", arguments={"text": "x" * 500}), Tool("my_fail"))
    assert done.final_output == "Done."
    long, failed = _told(gateway)
    assert long.startswith("xxxx")
    assert len(long) < 200
    assert failed == "The tool my_fail failed: no such order"


@pytest.mark.parametrize(
    ("name", "arguments", "guards", "answer"),
    [
        ("echo", {"text": "the secret"}, "{input: [no_secrets]}", "That is not for tools."),
        ("echo", {"text": "a cat"}, "{input: [no_secrets]}", "a cat"),
        ("echo", {"text": "the secret"}, "{output: [no_secrets]}", "That is not for tools."),
    ],
)
def test_a_guardrail_with_a_reply_stands_in_front_of_them(
    gateway: LocalGateway, name: str, arguments: dict[str, Any], guards: str, answer: str
) -> None:
    _sdk(
        _one(f"command: {COMMAND}, allow: [echo]", f", guardrails: {guards}") + SECRETS,
        gateway,
        Tool(name, arguments=arguments),
    )
    assert _told(gateway) == [answer]


def test_a_guardrail_without_a_reply_ends_the_run(gateway: LocalGateway) -> None:
    text = _one(f"command: {COMMAND}, allow: [fail]", ", guardrails: {output: [no_orders]}") + SECRETS
    with pytest.raises(UserError) as refused:
        _sdk(text, gateway, Tool("fail"))
    causes: list[BaseException | None] = [refused.value]
    while causes[-1] is not None:
        causes.append(causes[-1].__cause__)
    assert any(isinstance(cause, GuardrailError) for cause in causes)


@pytest.mark.parametrize(
    ("approval", "calls", "asked"),
    [
        ("{except: [pid]}", [Tool("echo", arguments={"text": "x"})], ["echo"]),
        ("{except: [pid]}", [Tool("pid")], []),
        ("{except: [echo]}", [Tool("pid"), Tool("echo", arguments={"text": "x"})], ["pid"]),
    ],
)
def test_an_approval_is_asked_for_the_tools_that_need_one(
    gateway: LocalGateway, approval: str, calls: Sequence[Tool], asked: list[str]
) -> None:
    done = _sdk(_one(f"command: {COMMAND}, allow: [pid, echo]", f", approval: {approval}"), gateway, *calls)
    assert [item.tool_name for item in done.interruptions] == asked


def test_an_approval_reads_the_arguments_of_the_call(gateway: LocalGateway) -> None:
    text = _one(f"command: {COMMAND}, allow: [echo]", ", approval: {when: \"args.text == 'big'\"}")
    assert _sdk(text, gateway, Tool("echo", arguments={"text": "small"})).interruptions == []
    assert len(_sdk(text, gateway, Tool("echo", arguments={"text": "big"})).interruptions) == 1


@pytest.mark.parametrize("use", ["stop_on_first", "{stop_at: [raw]}"])
def test_an_answer_can_end_the_turn(gateway: LocalGateway, use: str) -> None:
    text = _one(f"command: {COMMAND}").replace("tools: [raw]", f"tools: [raw], tool_use: {use}")
    assert _sdk(text, gateway, Tool("echo", arguments={"text": "the end"})).final_output == "the end"


def test_an_approval_that_reads_no_argument_is_refused(gateway: LocalGateway) -> None:
    text = _one(f"command: {COMMAND}, allow: [echo]", ", approval: {when: \"args.txt == 'big'\"}")
    with pytest.raises(SpecError, match="has no argument 'txt'"):
        _sdk(text, gateway, Tool("echo", arguments={"text": "small"}))
