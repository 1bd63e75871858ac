"""Calls of a server's tools: what a model gets whatever the server does, and that the next call finds it there."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Mapping
from typing import Any

import pytest

from agents_sahara.tools.mcp import keeper
from agents_sahara.tools.mcp.answers import answer_text
from agents_sahara.tools.mcp.problems import CallError
from agents_sahara.tools.mcp.servers import Servers
from tests.leftovers import nothing_left
from tests.test_tools.test_mcp.serving import offered, raw_servers

UNKNOWN = "Whether the call was carried out is not known."
LIE = "Invalid structured content returned by tool structured: 'n' is a required property"


async def called(servers: Servers, tool: str, limit_s: float = 20.0, **arguments: object) -> str:
    """What a model would get."""
    offers = await offered(servers)
    try:
        answer = await servers.call("raw", offers[tool], arguments, limit_s)
        return f"error: {answer_text(answer)}" if answer.is_error else answer_text(answer)
    except CallError as error:
        return str(error)


def _one(tool: str, limit_s: float = 20.0, **arguments: object) -> tuple[str, str]:
    """The answer of one call, and of another to the same team after it."""

    async def both() -> tuple[str, str]:
        servers = raw_servers()
        try:
            first = await called(servers, tool, limit_s, **arguments)
            second = await called(servers, "echo", text="still here")
        finally:
            await servers.aclose()
        await nothing_left()
        return first, second

    return asyncio.run(both())


@pytest.mark.parametrize(
    ("tool", "arguments", "answer"),
    [
        ("echo", {"text": "Grüße\nin two lines"}, "Grüße\nin two lines"),
        ("fail", {}, "error: no such order"),
        ("picture", {}, "[a picture, image/png, 3 bytes, which cannot be shown here]\na cat"),
        ("die", {}, f"The server ended while the call was under way. {UNKNOWN}"),
        ("flood", {}, f"The server ended while the call was under way. {UNKNOWN}"),
        ("refuse", {}, "The call failed: Method not found."),
        (
            "structured",
            {},
            f"The tool's answer cannot be used: {LIE}. {UNKNOWN}",
        ),
        (
            "big",
            {"size": 50_000_000},
            f"The call failed: the answer is larger than 16 MiB and was not read. {UNKNOWN}",
        ),
    ],
)
def test_every_call_gets_an_answer_and_so_does_the_next(
    tool: str, arguments: Mapping[str, Any], answer: str
) -> None:
    assert _one(tool, **arguments) == (answer, "still here")


def test_a_call_ends_at_its_limit_and_a_late_answer_is_nobodys() -> None:
    first, second = _one("late", 0.2, seconds=0.4)
    assert first == f"The tool did not answer within 0.2 s. {UNKNOWN}"
    assert second == "still here"


def test_a_server_that_hangs_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "_ANSWERS_WITHIN_S", 0.1)
    first, second = _one("hang", 0.1)
    assert first == f"The tool did not answer within 0.1 s. {UNKNOWN}"
    assert second == "still here"


def test_a_call_that_was_under_way_is_never_made_again() -> None:
    async def numbers() -> tuple[list[str], int]:
        servers = raw_servers()
        answers = [await called(servers, "die"), await called(servers, "echo", text="x")]
        number, _ = servers.restarts("raw")
        await servers.aclose()
        return answers, number

    answers, number = asyncio.run(numbers())
    assert answers == [f"The server ended while the call was under way. {UNKNOWN}", "x"]
    assert number == 2  # a repeated call would have ended the second server too


def test_a_run_that_is_cancelled_leaves_the_server_as_it_is() -> None:
    async def pids() -> tuple[str, str]:
        servers = raw_servers()
        before = await called(servers, "pid")
        waiting = asyncio.create_task(called(servers, "late", seconds=0.3))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        after = await called(servers, "pid")
        await servers.aclose()
        await nothing_left()
        return before, after

    before, after = asyncio.run(pids())
    assert before == after


def test_a_hundred_calls_at_once_go_to_one_server_and_none_gets_anothers_answer() -> None:
    async def all_answers() -> list[str]:
        servers = raw_servers()
        offers = await offered(servers)

        async def one(number: int) -> str:
            return answer_text(await servers.call("raw", offers["echo"], {"text": f"call {number}"}, 20))

        answers = await asyncio.gather(*map(one, range(100)))
        await servers.aclose()
        await nothing_left()
        return answers

    assert asyncio.run(all_answers()) == [f"call {number}" for number in range(100)]


def test_closing_while_calls_are_under_way_ends_them() -> None:
    async def closed() -> list[str]:
        servers = raw_servers()
        await offered(servers)
        calls = [asyncio.create_task(called(servers, "late", seconds=30)) for _ in range(3)]
        await asyncio.sleep(0.05)
        await servers.aclose()
        answers = await asyncio.gather(*calls)
        await servers.aclose()
        await nothing_left()
        return answers

    assert asyncio.run(closed()) == [f"The server ended while the call was under way. {UNKNOWN}"] * 3


def test_a_server_gets_the_variables_that_are_named_and_never_the_gateways_key() -> None:
    environ = {
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "HOME": "/home/x",
        "SECRET": "canary",
        "SAHARA_API_KEY": "key-canary",
        "SAHARA_DEVPORTAL_API_KEY": "key-canary",
    }

    async def known(*variables: str) -> dict[str, str]:
        servers = raw_servers(environ=environ, variables=variables)
        try:
            return dict(json.loads(await called(servers, "env")))
        finally:
            await servers.aclose()

    assert asyncio.run(known()).keys() - {"LC_CTYPE"} == {"PATH", "LANG"}
    named = asyncio.run(known("HOME", "SAHARA_API_KEY", "SAHARA_DEVPORTAL_API_KEY", "NOT_SET"))
    assert named.keys() - {"LC_CTYPE"} == {"PATH", "LANG", "HOME"}


def test_what_a_server_says_on_stderr_goes_to_the_log_bounded_and_without_what_steers_a_terminal(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "agents_sahara.mcp")
    first, _ = _one("complain", lines=1000)
    assert first == "complained"
    lines = [record.getMessage() for record in caplog.records if "line" in record.getMessage()]
    assert len(lines) == 200
    assert lines[0].startswith("raw: line 0  [31myyy")
    assert "raw says more on stderr than is logged" in caplog.text
    assert capfd.readouterr() == ("", "")
