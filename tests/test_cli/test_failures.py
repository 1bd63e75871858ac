"""Each way to fail has its exit code and its words, as text on stderr or as JSON on stdout; no key is in them."""

from __future__ import annotations

import asyncio
import json
from argparse import Namespace

import jsonschema
import pytest

from agents_sahara.cli.console import Console, LostOutputError
from agents_sahara.cli.run import RUN
from agents_sahara.diagnostics.finding import Finding, Place
from agents_sahara.errors import (
    AccessError,
    BadRequestError,
    CatalogError,
    HostError,
    LimitError,
    NotFoundError,
    RateLimitError,
    SaharaError,
    ServerError,
    SettingsError,
    SpecError,
    ToolsChangedError,
    ToolServerError,
    UnusableAnswerError,
    UsageError,
)
from tests.test_cli.programs import KEY, run_agent
from tests.test_cli.schemas import schema

_FINDING = Finding(
    "unknown-handoff", "error", "no such agent", "did you mean 'a'?", Place("t.yaml", 1, 2, 1, 3)
)

FAILURES: dict[int, list[BaseException]] = {
    1: [
        BadRequestError("m", status=400),
        NotFoundError("m", provider="together", model="x", status=404),
        RateLimitError("m", status=429),
        ServerError("m", status=500),
        UnusableAnswerError("m"),
        LostOutputError("standard output is closed"),
    ],
    2: [UsageError("m", mend="n")],
    3: [
        SpecError([_FINDING], rendered="t.yaml:1:2: error[unknown-handoff]: no such agent\n"),
        ToolsChangedError("m", mend="n", server="docs"),
    ],
    4: [
        SettingsError("m"),
        AccessError("m", status=401),
        HostError("m"),
        CatalogError("m", status=500),
        ToolServerError("m", server="docs"),
    ],
    5: [LimitError("m")],
    70: [
        RuntimeError("secret"),
        RecursionError(),
        MemoryError(),
        AssertionError(),
        OSError(5, "Input/output"),
    ],
    130: [KeyboardInterrupt(), asyncio.CancelledError()],
}
CASES = [(code, error) for code, errors in FAILURES.items() for error in errors]
TELLABLE = [(code, error) for code, error in CASES if not isinstance(error, LostOutputError)]


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """`run-agent` raises what a test puts in here."""
    errors: list[BaseException] = []

    def execute(_: Namespace, __: Console) -> int:
        raise errors[0]

    monkeypatch.setattr("agents_sahara.cli.program.RUN", RUN._replace(execute=execute))
    return errors


@pytest.mark.parametrize(("code", "error"), CASES, ids=lambda value: type(value).__name__)
def test_a_failure_is_text_on_stderr_and_nothing_on_stdout(
    code: int, error: BaseException, ending: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    ending.append(error)
    done = run_agent(capsys, "team.yaml", "hi")
    assert (done.code, done.out) == (code, "")
    assert done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(("code", "error"), TELLABLE, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("flag", ["--json", "--stream-json"])
def test_a_failure_is_one_object_on_stdout_for_a_program(
    flag: str,
    code: int,
    error: BaseException,
    ending: list[BaseException],
    capsys: pytest.CaptureFixture[str],
) -> None:
    ending.append(error)
    done = run_agent(capsys, "team.yaml", "hi", flag)
    assert (done.code, done.err) == (code, "")
    told = json.loads(done.out)
    jsonschema.validate(told, schema("error" if flag == "--json" else "event"))
    if isinstance(error, SaharaError):
        assert told["error"] == error.to_json()


def test_an_error_says_what_where_and_how_to_mend_it(
    ending: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    ending.append(
        NotFoundError("not served", mend="see models", provider="together", model="x\x1b[2J\ny", status=404)
    )
    assert run_agent(capsys, "team.yaml", "hi").err == (
        "run-agent: x\\ny on together: error[not_found]: not served\n  mend: see models\n"
    )


def test_a_failed_call_is_named_once_and_its_attempts_are_counted(
    ending: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    error = ServerError(
        "agent 'a': 'm' on 'together': the gateway failed (503)", provider="together", model="m"
    )
    error.attempts = 3
    ending.append(error)
    assert run_agent(capsys, "team.yaml", "hi").err == (
        "run-agent: error[server_error]: agent 'a': 'm' on 'together': the gateway failed (503) (after 3 attempts)\n"
    )


def test_a_broken_file_is_told_with_all_its_findings(
    ending: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    ending.append(FAILURES[3][0])
    assert run_agent(capsys, "team.yaml", "hi").err == "t.yaml:1:2: error[unknown-handoff]: no such agent\n"


def test_a_bug_names_its_place_and_shows_its_traceback_only_to_the_curious(
    ending: list[BaseException], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    ending.append(RuntimeError(f"sent {KEY} by mistake"))
    plain = run_agent(capsys, "team.yaml", "hi")
    curious = run_agent(capsys, "team.yaml", "hi", "-v")
    assert "error[bug]: a bug in agents_sahara: RuntimeError at test_failures.py:" in plain.err
    assert "please report it" in plain.err
    assert len(plain.err.splitlines()) == 2
    assert "Traceback (most recent call last)" in curious.err
    assert "RuntimeError: sent *** by mistake" in curious.err
    assert KEY not in plain.err + curious.err


def test_an_error_that_is_no_bug_shows_no_traceback_to_anybody(
    ending: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    ending.append(AccessError("the key is refused (401)", mend="check the key", status=401))
    assert run_agent(capsys, "team.yaml", "hi", "-v").err == run_agent(capsys, "team.yaml", "hi").err


def test_attempts_that_the_message_counts_are_not_counted_again(
    ending: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    error = BadRequestError("it failed (after 3 attempts: 'm' on 'p': server_error)")
    error.attempts = 3
    ending.append(error)
    assert run_agent(capsys, "team.yaml", "hi").err.count("after 3 attempts") == 1


@pytest.mark.parametrize("flags", [(), ("--json",), ("--stream-json",), ("-v",)])
def test_a_key_that_the_gateway_echoes_is_in_no_output(
    flags: tuple[str, ...],
    ending: list[BaseException],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    error = AccessError(f"Incorrect API key provided: {KEY}", mend=f"not {KEY}", status=401)
    error.__cause__ = RuntimeError(f"Authorization: Bearer {KEY}")
    ending.append(error)
    done = run_agent(capsys, "team.yaml", "hi", *flags)
    assert done.code == 4
    assert "***" in done.out + done.err
    assert KEY not in done.out + done.err


def test_a_secret_that_is_spelled_like_a_field_leaves_the_object_readable(
    ending: list[BaseException], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("A_KEY", "message"), ("B_TOKEN", "access_denied"), ("C_SECRET", '"error":')):
        monkeypatch.setenv(name, value)
    ending.append(AccessError("no message", status=401))
    told = json.loads(run_agent(capsys, "team.yaml", "hi", "--json").out)
    jsonschema.validate(told, schema("error"))
    assert (told["error"]["code"], told["error"]["message"]) == ("access_denied", "no ***")


def test_a_lost_stdout_is_told_on_stderr_even_to_a_program(
    ending: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    ending.append(LostOutputError("standard output is closed"))
    done = run_agent(capsys, "team.yaml", "hi", "--json")
    assert (done.code, done.err) == (1, "run-agent: error[lost_output]: standard output is closed\n")


def test_gateway_text_in_an_error_is_one_harmless_line(
    ending: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    ending.append(ServerError("500: \x1b]52;c;AAAA\x07oops\nrun-agent: all is well\u202e", status=500))
    assert run_agent(capsys, "team.yaml", "hi").err == (
        "run-agent: error[server_error]: 500: oops\\nrun-agent: all is well\n"
    )


def test_an_error_is_red_only_where_colour_is_wanted(
    ending: list[BaseException], capsys: pytest.CaptureFixture[str]
) -> None:
    ending.append(LimitError("m"))
    assert "\x1b[31m" not in run_agent(capsys, "team.yaml", "hi").err
    assert "\x1b[31m" in run_agent(capsys, "team.yaml", "hi", "--color=always").err
    assert "\x1b[31m" in run_agent(capsys, "team.yaml", "hi", "--color", "always").err
