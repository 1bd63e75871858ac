"""What the parsers take and what they refuse; refusals are exit 2 and say how to go on."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from agents_sahara import __version__
from agents_sahara.cli.console import Console
from agents_sahara.cli.run import RUN
from agents_sahara.cli.table import COMMANDS
from tests.test_cli.programs import run_agent, toolbox
from tests.test_cli.schemas import schema

HELP = Path(__file__).parent / "help"


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Namespace]:
    """The options that `run-agent` would run with."""
    options: list[Namespace] = []

    def execute(given: Namespace, _: Console) -> int:
        options.append(given)
        return 0

    monkeypatch.setattr("agents_sahara.cli.program.RUN", RUN._replace(execute=execute))
    return options


@pytest.mark.parametrize(
    "argv",
    [
        ("t.yaml", "hi", "--local", "--json"),
        ("t.yaml", "--local", "hi", "--json"),
        ("--local", "t.yaml", "--json", "hi"),
        ("--local", "--json", "t.yaml", "hi"),
        ("--local", "--json", "--", "t.yaml", "hi"),
    ],
)
def test_options_may_stand_anywhere(
    argv: tuple[str, ...], seen: list[Namespace], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_agent(capsys, *argv).code == 0
    [options] = seen
    assert (options.team, options.message, options.local, options.json) == ("t.yaml", "hi", True, True)


def test_a_message_may_begin_with_a_dash_behind_two_dashes(
    seen: list[Namespace], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_agent(capsys, "--local", "t.yaml", "--", "--json").code == 0
    assert run_agent(capsys, "--local", "--", "-t.yaml", "--").code == 0
    assert [(options.team, options.message, options.json) for options in seen] == [
        ("t.yaml", "--json", False),
        ("-t.yaml", "--", False),
    ]


def test_repeatable_options_gather(seen: list[Namespace], capsys: pytest.CaptureFixture[str]) -> None:
    run_agent(capsys, "t.yaml", "hi", "--var", "a=1=2", "--var", "b=", "--allow-host", "x", "--allow-host=y")
    assert (seen[0].vars, seen[0].allow_hosts) == ([("a", "1=2"), ("b", "")], ["x", "y"])


@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("", "hi"),
        ("t.yaml", "two", "messages"),
        ("t.yaml", "hi", "--json", "--stream-json"),
        ("t.yaml", "hi", "--jso"),
        ("t.yaml", "hi", "--var", "novalue"),
        ("t.yaml", "hi", "--var", "=value"),
        ("t.yaml", "hi", "--max-turns", "0"),
        ("t.yaml", "hi", "--max-turns", "-3"),
        ("t.yaml", "hi", "--max-turns", "many"),
        ("t.yaml", "hi", "--max-turns", "²"),
        ("t.yaml", "hi", "--max-turns", "9" * 5000),
        ("t.yaml", "hi", "--color", "blue"),
        ("t.yaml", "hi", "--session"),
        ("t.yaml", "hi", "--session", "1", "--continue"),
        ("t.yaml", "hi", "--session", "a", "--session", "b"),
        ("t.yaml", "--session=a", "hi", "--session=a"),
        ("t.yaml", "hi", "--agent", "a", "--agent", "b"),
        ("t.yaml", "hi", "--max-turns", "1", "--max-turns", "2"),
        ("t.yaml", "hi", "--trace", "a", "--trace", "b"),
        ("t.yaml", "hi", "--profile", "a", "--profile", "b"),
        ("t.yaml", "hi", "--color", "auto", "--color", "auto"),
        ("t.yaml", "hi", "--var", "a=1", "--var", "b=1", "--var", "a=2"),
        ("t.yaml", "hi", "--record", "f"),
        ("t.yaml", "hi", "--replay", "f"),
        ("t.yaml", "hi", "--api-key", "x"),
    ],
)
def test_what_the_parser_does_not_know_is_exit_2(
    argv: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    done = run_agent(capsys, *argv)
    assert (done.code, done.out if "json" not in str(argv) else "") == (2, "")


@pytest.mark.parametrize(
    "argv",
    [
        (),
        ("nosuch",),
        ("chat", "t.yaml"),
        ("--nosuch",),
        ("validate",),
        ("validate", "t.yaml", "--format", "xml"),
        ("graph", "a.yaml", "b.yaml"),
        ("graph", "t.yaml", "--format", "png"),
        ("models", "extra"),
        ("model", "gpt-4o"),
        ("model", "--provider", "openai"),
        ("local", "--port", "70000"),
        ("local", "--port", "x"),
        ("local", "--port", "0", "--port", "0"),
        ("local", "--script", "a", "--script", "b"),
        ("validate", "t.yaml", "--format", "text", "--format", "json"),
        ("graph", "t.yaml", "--format", "dot", "--format", "dot"),
        ("models", "--provider", "openai", "--provider", "lepton"),
        ("model", "gpt-4o", "--provider", "openai", "--provider", "lepton"),
        ("doctor", "--probe", "--model", "a", "--provider", "p", "--model", "b"),
        ("schema", "extra"),
        ("doctor", "--probe"),
        ("doctor", "--record", "f.json"),
        ("doctor", "t.yaml", "--model", "gpt-4o"),
        ("doctor", "--probe", "--record", "f.json", "--provider", "lepton"),
        ("doctor", "--probe", "--record", "f.json", "--model", "llama3-3-70b"),
    ],
)
def test_the_toolbox_refuses_with_exit_2_too(
    argv: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    done = toolbox(capsys, *argv)
    assert (done.code, done.out) == (2, "")
    assert "mend:" in done.err


def test_a_refusal_shows_the_usage_the_reason_and_where_to_read_more(
    capsys: pytest.CaptureFixture[str],
) -> None:
    done = toolbox(capsys, "model", "gpt-4o")
    assert done.err.startswith("usage: agents-sahara model ")
    assert done.err.endswith(
        "agents-sahara: error[usage]: the following arguments are required: --provider\n"
        "  mend: see `agents-sahara model --help`\n"
    )


def test_an_option_that_is_given_twice_loses_neither_value_in_silence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    done = run_agent(capsys, "t.yaml", "hi", "--session", "a", "--session", "b")
    assert done.err.endswith(
        "run-agent: error[usage]: argument --session: it is given twice, and has one value\n"
        "  mend: see `run-agent --help`\n"
    )
    done = run_agent(capsys, "t.yaml", "hi", "--var", "a=1", "--var", "a=1")
    assert "argument --var: 'a' is set twice\n" in done.err
    assert run_agent(capsys, "t.yaml", "--session", "a", "--", "--session").code == 3  # there is no such file


def test_a_message_without_quotes_is_told_to_take_some(capsys: pytest.CaptureFixture[str]) -> None:
    done = run_agent(capsys, "t.yaml", "Hello", "there")
    assert done.code == 2
    assert done.err.endswith(
        "run-agent: error[usage]: unrecognized arguments: there\n"
        "  mend: words that belong together need quotes around them; see `run-agent --help`\n"
    )


@pytest.mark.parametrize(
    ("argv", "mend"),
    [
        (("validat",), "did you mean 'validate'? see `agents-sahara --help`"),
        (("grpah", "team.yaml"), "did you mean 'graph'? see `agents-sahara --help`"),
        (("mod",), "did you mean 'models' or 'model'? see `agents-sahara --help`"),
        (("zzz",), "see `agents-sahara --help`"),
        (("",), "see `agents-sahara --help`"),
        (("validate", "t.yaml", "--strikt"), "did you mean '--strict'? see `agents-sahara validate --help`"),
        (
            ("validate", "t.yaml", "--formt=json"),
            "did you mean '--format'? see `agents-sahara validate --help`",
        ),
        (
            ("validate", "t.yaml", "--format", "jsn"),
            "did you mean 'json'? see `agents-sahara validate --help`",
        ),
        (
            ("graph", "t.yaml", "--format", "mermiad"),
            "did you mean 'mermaid'? see `agents-sahara graph --help`",
        ),
        (("run", "t.yaml", "hi", "--max", "3"), "did you mean '--max-turns'? see `agents-sahara run --help`"),
        (("run", "t.yaml", "hi", "--nothing-like-it"), "see `agents-sahara run --help`"),
        (
            ("run", "t.yaml", "hi", "there", "--", "--jsn"),
            "words that belong together need quotes around them; see `agents-sahara run --help`",
        ),
    ],
)
def test_a_mistyped_word_is_told_what_was_likely_meant(
    argv: tuple[str, ...], mend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    done = toolbox(capsys, *argv)
    assert (done.code, done.err.splitlines()[-1]) == (2, f"  mend: {mend}")


def test_a_message_before_the_team_file_is_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "team.yaml"
    path.write_text("version: 1\n", "utf-8")
    for message in ("Hola, ¿qué tal?", "-", "x" * 5000, "\0"):
        done = run_agent(capsys, message, str(path), "--local")
        assert (done.code, done.out) == (2, "")
        assert done.err == (
            f"run-agent: error[usage]: the team file {str(path)!r} stands behind the message\n"
            f'  mend: the file comes first, then the message in quotes: run-agent {path} "Hello"\n'
        )
    assert run_agent(capsys, str(path), str(path)).code == 3
    assert run_agent(capsys, str(tmp_path / "other.yaml"), str(path)).code == 3
    assert run_agent(capsys, str(tmp_path / "other"), "no.yaml").code == 3


def test_a_refusal_is_json_for_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    done = run_agent(capsys, "--json", "t.yaml", "hi", "--nosuch")
    jsonschema.validate(json.loads(done.out), schema("error"))
    assert (done.code, done.err) == (2, "")


@pytest.mark.parametrize(("program", "name"), [(run_agent, "run-agent"), (toolbox, "agents-sahara")])
def test_the_version_is_one_line(
    program: Callable[..., object], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert vars_of(program(capsys, "--version")) == (0, f"{name} {__version__}\n", "")


def vars_of(done: object) -> tuple[object, ...]:
    return tuple(getattr(done, name) for name in ("code", "out", "err"))


@pytest.mark.parametrize("name", ["run-agent", "agents-sahara", *(command.name for command in COMMANDS)])
def test_the_help_is_the_one_on_record(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To record a changed help: delete the file and run this test once."""
    monkeypatch.setenv("COLUMNS", "100")
    if name == "run-agent":
        done = run_agent(capsys, "--help")
    else:
        done = toolbox(capsys, *([] if name == "agents-sahara" else [name]), "--help")
    assert (done.code, done.err) == (0, "")
    record = HELP / f"{name}.txt"
    if not record.exists():
        record.write_text(done.out, encoding="utf-8")
        pytest.fail(f"{record.name} is recorded now: read it and run again")
    assert done.out == record.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_run_agent_is_a_command_and_each_help_has_examples_and_exit_codes(
    command: object, capsys: pytest.CaptureFixture[str]
) -> None:
    out = toolbox(capsys, str(getattr(command, "name", "")), "--help").out
    assert "\nexamples:\n  agents-sahara " in out
    assert "\nexit codes:\n    0  done\n" in out


def test_no_help_speaks_of_what_is_not_built(capsys: pytest.CaptureFixture[str]) -> None:
    texts = [toolbox(capsys, "--help").out, run_agent(capsys, "--help").out]
    texts += [toolbox(capsys, command.name, "--help").out for command in COMMANDS]
    texts = [text for text in texts if "usage: agents-sahara doctor " not in text]  # its --record is another
    for word in (
        "--record",
        "--replay",
        "chat",
    ):
        assert not [text for text in texts if word in text]
