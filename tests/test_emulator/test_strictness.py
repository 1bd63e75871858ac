"""What the strictest providers refuse, one thing at a time."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.refusals import RefusalError
from agents_sahara.emulator.script import Rule, Say
from agents_sahara.emulator.strictness import check_strictly

SYSTEM: dict[str, Any] = {"role": "system", "content": "You are the desk."}
USER: dict[str, Any] = {"role": "user", "content": "Hi"}
SAID: dict[str, Any] = {"role": "assistant", "content": "Hello."}
ANSWER: dict[str, Any] = {"role": "tool", "tool_call_id": "abcdefghi", "content": "42"}


def called(id_: str = "abcdefghi", name: str = "lookup") -> dict[str, Any]:
    function = {"name": name, "arguments": "{}"}
    return {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": id_, "type": "function", "function": function}],
    }


def test_what_all_take_is_taken() -> None:
    check_strictly([SYSTEM, USER, called(), ANSWER, SAID, USER], has_tools=True)
    check_strictly([USER, SAID, USER], has_tools=False)


@pytest.mark.parametrize(
    ("messages", "problem"),
    [
        ([SYSTEM, USER, USER], "must alternate"),
        ([SYSTEM, USER, SAID, SAID, USER], "must alternate"),
        ([SYSTEM, USER, SAID], "last message"),
        ([SYSTEM, SAID, USER], "start with a user"),
        ([SYSTEM, USER, SYSTEM], "at the beginning"),
        ([{**SYSTEM, "role": "developer"}, USER], "Unexpected role 'developer'"),
        ([USER, called(), ANSWER, USER], "Unexpected role 'user' after role 'tool'"),
        ([{**USER, "content": " "}], "is blank"),
        ([{**USER, "content": [{"type": "text", "text": ""}]}], "is blank"),
        ([USER, called(), {**ANSWER, "content": ""}], "is blank"),
        ([USER, called("call_0")], "a length of 9"),
        ([USER, called(name="no.such")], "does not match pattern"),
        ([USER, called(), ANSWER, called(), ANSWER], "must be unique"),
        ([USER, {**SAID, "reasoning_content": "Hm."}, USER], "is unsupported"),
        ([USER, {**SAID, "refusal": "No."}, USER], "is unsupported"),
    ],
)
def test_what_one_of_them_refuses_is_refused(messages: list[dict[str, Any]], problem: str) -> None:
    with pytest.raises(RefusalError, match=problem) as caught:
        check_strictly(messages, has_tools=True)
    assert caught.value.status == 400


def test_tool_messages_without_tools_are_refused() -> None:
    with pytest.raises(RefusalError, match="toolConfig"):
        check_strictly([USER, called(), ANSWER], has_tools=False)


def test_only_the_providers_that_are_named_are_strict() -> None:
    with LocalGateway(
        pairs=[("bedrock", "gpt-4o")], strict=["bedrock"], script=[Rule(Say("Hi."))]
    ) as gateway:
        statuses = [
            httpx2.post(
                f"{gateway.base_url}/chat/completions",
                json={"model": "gpt-4o", "messages": [USER, USER]},
                headers={"Authorization": "Bearer any", "OpenAI-Organization": provider},
            ).status_code
            for provider in ("bedrock", "openai")
        ]
    assert statuses == [400, 200]
