"""`run-agent` end to end, against the local gateway over real HTTP."""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
from pathlib import Path

import jsonschema
import pytest

from agents_sahara.cli.terminal import clean
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say, Tool, Use, When
from tests.test_cli.payloads import PAYLOADS
from tests.test_cli.programs import CONFIGS, KEY, TRIAGE, Done, run_agent, toolbox
from tests.test_cli.schemas import schema

QUESTION = "Hola, ¿Cómo te llamas?"

ONE = """\
version: 1
name: one
agents:
  solo: {instructions: Answer., model: gpt-4o, provider: openai}
"""


@pytest.fixture
def online(gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch) -> LocalGateway:
    """A gateway that the environment points to, with a key, as the real one would be."""
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    return gateway


@pytest.fixture
def one(tmp_path: Path) -> str:
    """A team of one agent."""
    path = tmp_path / "one.yaml"
    path.write_text(ONE, encoding="utf-8")
    return str(path)


def test_the_answer_and_nothing_else_is_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    done = run_agent(capsys, TRIAGE, "--local", QUESTION)
    assert done.code == 0
    assert "James" in done.out
    assert done.out.count("\n") == 1
    assert done.out.endswith("\n")
    lines = re.sub(r"\d+\.\d s|\d+ \+ \d+|\d+ tokens in, \d+ out", "N", done.err).splitlines()
    assert lines == [
        "a local simulator answers, not the models: no key is used, nothing leaves this machine",
        "triage -> spanish",
        "triage: gpt-4o on openai, N, N tokens",
        "spanish: deepseek-ai/DeepSeek-V3 on together, N, N tokens",
        "2 requests, N, cost unknown",
        "[simulated] a local simulator gave this answer, not a model",
    ]


def test_run_of_the_toolbox_is_the_same_command(capsys: pytest.CaptureFixture[str]) -> None:
    mine = run_agent(capsys, TRIAGE, "--local", "What is your name?")
    toolboxes = toolbox(capsys, "run", TRIAGE, "--local", "What is your name?")
    assert mine.out == toolboxes.out
    assert "Jesse" in mine.out


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_quiet_leaves_nothing_on_stderr_but_who_answered(
    capsys: pytest.CaptureFixture[str], more: tuple[str, ...]
) -> None:
    done = run_agent(capsys, TRIAGE, "--local", "-q", *more, QUESTION)
    assert (done.code, done.err) == (0, "[simulated] a local simulator gave this answer, not a model\n")


def test_verbose_tells_the_trace_and_every_request(capsys: pytest.CaptureFixture[str]) -> None:
    done = run_agent(capsys, TRIAGE, "--local", "-v", QUESTION)
    assert re.search(r"^trace trace_[0-9a-f]{32}$", done.err, re.MULTILINE)
    assert done.err.count("chat/completions") >= 2


def test_json_is_one_versioned_object(capsys: pytest.CaptureFixture[str]) -> None:
    result = json.loads(run_agent(capsys, TRIAGE, "--local", "--json", QUESTION).out)
    jsonschema.validate(result, schema("result"))
    assert (result["path"], result["last_agent"], result["simulated"]) == (
        ["triage", "spanish"],
        "spanish",
        True,
    )
    assert [(call["provider"], call["model"]) for call in result["attempts"]] == [
        ("openai", "gpt-4o"),
        ("together", "deepseek-ai/DeepSeek-V3"),
    ]


def test_stream_json_is_a_line_for_each_event(capsys: pytest.CaptureFixture[str]) -> None:
    done = run_agent(capsys, TRIAGE, "--local", "--stream-json", QUESTION)
    events = [json.loads(line) for line in done.out.splitlines()]
    for event in events:
        jsonschema.validate(event, schema("event"))
    kinds = [event["type"] for event in events if event["type"] != "text_delta"]
    assert kinds == ["run_started", "agent_started", "handed_off", "agent_started", "run_finished"]
    text = "".join(event["text"] for event in events if event["type"] == "text_delta")
    assert text == events[-1]["result"]["output"]


@pytest.mark.parametrize("argument", [(), ("-",)])
def test_a_piped_message_is_the_message(
    argument: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(f"{QUESTION}\n".encode())))
    done = run_agent(capsys, TRIAGE, *argument, "--local")
    assert done.code == 0
    assert "James" in done.out


def test_an_agent_may_be_chosen_and_one_that_is_not_there_is_exit_2(
    capsys: pytest.CaptureFixture[str],
) -> None:
    chosen = json.loads(run_agent(capsys, TRIAGE, "--local", "--agent", "english", "--json", "Hi!").out)
    assert chosen["path"] == ["english"]
    unknown = run_agent(capsys, TRIAGE, "--local", "--agent", "german", "Hi!")
    assert (unknown.code, unknown.out) == (2, "")
    assert "error[usage]: there is no agent 'german' in this team" in unknown.err


def test_variables_and_profiles_reach_the_team(
    online: LocalGateway, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(
        "version: 1\nname: shop\nvars: {shop: Acme}\nagents:\n"
        "  desk: {instructions: 'You work for {{ shop }}.', model: gpt-4o, provider: openai}\n"
        "profiles: {cheap: {agents: {desk: {model: llama3-1-8b, provider: lepton}}}}\n",
        encoding="utf-8",
    )
    run_agent(capsys, str(path), "Hi!", "--var", "shop=Zebra", "--profile", "cheap")
    [call] = online.calls
    assert (call.provider, call.model) == ("lepton", "llama3-1-8b")
    assert "You work for Zebra." in json.dumps(call.body)


def test_the_environment_chooses_gateway_and_key(
    online: LocalGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run_agent(capsys, TRIAGE, "-v", QUESTION)
    assert done.code == 0
    assert [call.provider for call in online.calls] == ["openai", "together"]
    assert {call.headers["authorization"] for call in online.calls} == {f"Bearer {KEY}"}
    assert KEY not in done.out + done.err


FAULTS = {
    400: (1, "bad_request"),
    401: (4, "access_denied"),
    403: (4, "access_denied"),
    404: (1, "not_found"),
}


@pytest.mark.parametrize("status", FAULTS)
@pytest.mark.parametrize("flag", ["--color=never", "--json", "--stream-json"])
def test_what_the_gateway_refuses_has_its_exit_code(
    status: int, flag: str, one: str, online: LocalGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    online.script([Rule(Fail(status, {"error": {"message": f"no \x1b[2J {KEY}"}}))])
    done = run_agent(capsys, one, "Hi!", flag)
    code, name = FAULTS[status]
    assert done.code == code
    if flag == "--color=never":
        assert done.out == ""
        assert f"error[{name}]" in done.err
        assert "\x1b" not in done.err
    else:
        told = json.loads(done.out.splitlines()[-1]) if flag == "--stream-json" else json.loads(done.out)
        assert told["error"]["code"] == name
        assert told["error"]["status"] == status
        jsonschema.validate(told, schema("error" if flag == "--json" else "event"))
    assert KEY not in done.out + done.err


@pytest.mark.parametrize(
    ("catalog", "mend"),
    [
        (Say("unused"), "did you mean 'gpt-4o'? openai serves: gpt-4o"),
        (Fail(500), "`agents-sahara models --provider ...` lists what there is"),
    ],
)
def test_a_model_that_is_not_served_is_told_what_is(
    catalog: Say | Fail, mend: str, tmp_path: Path, online: LocalGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    team = tmp_path / "typo.yaml"
    team.write_text(
        "version: 1\nagents:\n  solo: {instructions: Answer., model: gpt-4oo, provider: openai}\n",
        encoding="utf-8",
    )
    rules = [Rule(Fail(404), When(path="chat/completions"))]
    online.script(rules if isinstance(catalog, Say) else [*rules, Rule(catalog, When(path="models"))])
    done = run_agent(capsys, str(team), "Hi!", "--json")
    assert done.code == 1
    assert mend in json.loads(done.out)["error"]["mend"]


def test_gateway_words_in_an_error_cannot_drive_the_terminal(
    one: str, online: LocalGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "".join(payload for name, (payload, _) in PAYLOADS.items() if "surrogate" not in name)
    online.script([Rule(Fail(400, {"error": {"message": hostile, "code": hostile}}))])
    for flag in ("--color=never", "-v"):
        done = run_agent(capsys, one, "Hi!", flag)
        assert (done.code, done.out) == (1, "")
        assert "error[bad_request]" in done.err
        assert done.err == clean(done.err)


def test_a_failed_stream_ends_with_exactly_one_run_failed(
    one: str, online: LocalGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    online.script([Rule(Fail(404))])
    done = run_agent(capsys, one, "Hi!", "--stream-json")
    kinds = [json.loads(line)["type"] for line in done.out.splitlines()]
    assert kinds == ["run_started", "agent_started", "attempt_failed", "run_failed"]


def test_a_retry_is_told_and_the_answer_comes(
    one: str, online: LocalGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    online.script([Rule(Fail(500), times=1), Rule(Say("at last"))])
    done = run_agent(capsys, one, "Hi!")
    assert (done.code, done.out) == (0, "at last\n")
    assert re.search(r"^solo: gpt-4o on openai failed after \d+\.\d s: server_error$", done.err, re.MULTILINE)


POOL = """\
version: 1
models:
  either:
    pool:
      - {provider: together, model: deepseek-ai/DeepSeek-V3}
      - {provider: openai, model: gpt-4o}
agents:
  solo: {instructions: Answer., model: either}
"""


def test_a_move_to_another_provider_is_told_and_the_answer_comes(
    tmp_path: Path, online: LocalGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    team = tmp_path / "pool.yaml"
    team.write_text(POOL, encoding="utf-8")
    moved = "solo: moved from deepseek-ai/DeepSeek-V3 on together to gpt-4o on openai: server_error"
    for flags in ((), ("--stream-json",)):
        online.script([Rule(Fail(500), When(provider="together")), Rule(Say("at last"))])
        done = run_agent(capsys, str(team), "Hi!", *flags)
        assert done.code == 0
        if flags:
            events = [json.loads(line) for line in done.out.splitlines()]
            assert [event["type"] for event in events[2:4]] == ["attempt_failed", "provider_switched"]
            for event in events:
                jsonschema.validate(event, schema("event"))
        else:
            assert done.out == "at last\n"
            assert moved in done.err.splitlines()


FAILING = """\
version: 1
agents:
  solo: {instructions: Answer., model: gpt-4o, provider: openai, tools: [rates]}
tools:
  rates: {http: {get: "http://127.0.0.1:1/rates"}}
"""


@pytest.mark.parametrize("is_live", [False, True])
def test_a_tool_that_failed_is_told_without_any_flag(
    is_live: bool,
    tmp_path: Path,
    online: LocalGateway,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    team = tmp_path / "failing.yaml"
    team.write_text(FAILING, encoding="utf-8")
    online.script([Rule(Use((Tool("rates"), Tool("no_such"))), When(turn=1)), Rule(Say("No rates today."))])
    if is_live:
        monkeypatch.setattr("agents_sahara.cli.console.is_terminal", lambda stream: stream is sys.stdout)
    done = run_agent(capsys, str(team), "Hi!", "--allow-host", "127.0.0.1")
    assert (done.code, done.out) == (0, "No rates today.\n")
    told = [line for line in done.err.splitlines() if "failed" in line]
    assert sorted(told) == [
        "solo: no_such failed: the agent has no such tool",
        "solo: rates failed: the host cannot be reached: the connection was refused",
    ]


def test_tools_that_failed_are_told_where_the_run_ends_without_an_answer(
    tmp_path: Path, online: LocalGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    team = tmp_path / "failing.yaml"
    team.write_text(FAILING, encoding="utf-8")
    online.script([Rule(Use((Tool("rates"),)))])
    flags = ("--allow-host", "127.0.0.1", "--max-turns", "3")
    done = run_agent(capsys, str(team), "Hi!", *flags)
    assert (done.code, done.out) == (5, "")
    assert "solo: rates failed: the host cannot be reached: the connection was refused (3 times)" in done.err
    told = json.loads(run_agent(capsys, str(team), "Hi!", *flags, "--json").out)
    jsonschema.validate(told, schema("error"))
    assert [call["outcome"] for call in told["error"]["tool_calls"]] == ["failed"] * 3


def test_a_turn_limit_is_exit_5(capsys: pytest.CaptureFixture[str]) -> None:
    done = run_agent(capsys, TRIAGE, "--local", "--max-turns", "1", QUESTION)
    assert (done.code, done.out) == (5, "")
    assert "error[limit]" in done.err


def test_no_key_is_exit_4_and_points_to_local(capsys: pytest.CaptureFixture[str]) -> None:
    done = run_agent(capsys, TRIAGE, QUESTION)
    assert (done.code, done.out) == (4, "")
    assert "SAHARA_API_KEY" in done.err
    assert "--local" in done.err


def test_an_unreachable_host_is_exit_4(
    one: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAHARA_API_KEY", KEY)
    monkeypatch.setenv("SAHARA_BASE_URL", "http://127.0.0.1:9")
    done = run_agent(capsys, one, "Hi!")
    assert done.code == 4
    assert "error[host_unreachable]" in done.err


@pytest.mark.parametrize("message", ["", "  \n"])
def test_an_empty_message_is_exit_2(message: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = run_agent(capsys, TRIAGE, "--local", message)
    assert (done.code, done.out) == (2, "")
    assert "the message is empty" in done.err


def test_a_broken_file_is_exit_3_with_every_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(ONE + "nosuch: 1\nentry: sola\n", encoding="utf-8")
    done = run_agent(capsys, str(path), "--local", "Hi!")
    assert (done.code, done.out) == (3, "")
    assert f"{path}:5:1: error[unknown-key]" in done.err
    assert f"{path}:6:8: error[unknown-entry]" in done.err
    told = json.loads(run_agent(capsys, str(path), "--local", "Hi!", "--json").out)
    jsonschema.validate(told, schema("error"))
    assert [finding["id"] for finding in told["error"]["findings"]] == ["unknown-key", "unknown-entry"]


def test_a_missing_file_is_exit_3(capsys: pytest.CaptureFixture[str]) -> None:
    done = run_agent(capsys, "nosuch.yaml", "--local", "Hi!")
    assert (done.code, done.out) == (3, "")
    assert "error[unreadable-file]" in done.err


def test_a_foreign_host_needs_consent_but_local_keeps_everything_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "foreign.yaml"
    path.write_text(
        "version: 1\nname: foreign\nproviders: {mine: {base_url: 'https://models.example/v1'}}\nagents:\n"
        "  solo: {instructions: Answer., model: tiny, provider: mine}\n",
        encoding="utf-8",
    )
    refused = run_agent(capsys, str(path), "Hi!")
    assert refused.code == 3
    assert "error[host-not-allowed]" in refused.err
    allowed_elsewhere = run_agent(capsys, str(path), "Hi!", "--allow-host", "other.example")
    assert allowed_elsewhere.code == 3
    assert run_agent(capsys, str(path), "--local", "Hi!").code == 0


def test_a_pipe_gets_the_answer_faithfully(
    one: str, online: LocalGateway, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "a\x1b[31mb\u202ec\r\n\x9b2J end"
    online.script([Rule(Say(text))])
    assert run_agent(capsys, one, "Hi!").out == text + "\n"
    assert json.loads(run_agent(capsys, one, "Hi!", "--json").out)["output"] == text
    assert "\x1b" not in run_agent(capsys, one, "Hi!", "--json").out


def test_warnings_of_the_file_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "old.yaml"
    path.write_text(ONE.replace("version: 1\n", ""), encoding="utf-8")
    assert (
        f"1 warning; `agents-sahara validate {path}` tells more"
        in run_agent(capsys, str(path), "--local", "Hi!").err
    )


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_finished_team_answers_without_a_key(
    path: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    copied = Path(shutil.copytree(CONFIGS, tmp_path / "configs")) / path.name
    allowed = ("--allow-python", "shop_tools", "--allow-commands", "--allow-host", "127.0.0.1")
    done: Done = run_agent(capsys, str(copied), "--local", *allowed, "Hello!")
    assert done.code == 0
    assert done.out.strip()


def test_nothing_of_the_environment_turns_local_away_from_this_machine(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "SAHARA_BASE_URL",
        "OPENAI_BASE_URL",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
    ):
        monkeypatch.setenv(name, "http://trap.invalid:1")
    monkeypatch.setenv("SAHARA_API_KEY", "not a key at all")
    assert run_agent(capsys, TRIAGE, "--local", QUESTION).code == 0
