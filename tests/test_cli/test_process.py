"""The programs as processes: exit codes, terminals, pipes that close, signals, and what they load."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

from agents_sahara.cli.terminal import clean
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.emulator.script import Fail, Rule, Say, Tool, Use, When
from agents_sahara.emulator.wire import Cut, Pace
from tests.test_cli.payloads import PAYLOADS
from tests.test_cli.programs import KEY, TRIAGE, command, environment, spawn
from tests.test_cli.schemas import schema

OWN_SGR = re.compile(r"\x1b\[(?:0|2|31|33)m")
HEAVY = ("agents", "openai", "httpx2", "asyncio", "uvicorn", "starlette", "pydantic", "rich")

_EACH_COMMAND = """
import os, sys
from agents_sahara.cli import main
for argv in sys.argv[1:]:
    before, sys.stdout = sys.stdout, open(os.devnull, "w")
    code = main.agents_sahara(argv.split())
    sys.stdout = before
    print(code, *sys.modules)
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    """Modules in memory after each command; one process, from the lightest command to the heaviest."""
    commands = [
        "--version",
        "--help",
        "run --help",
        "validate --help",
        "schema",
        f"validate {TRIAGE}",
        f"graph {TRIAGE} --format svg",
        "models --local",
        "providers --local",
        "model gpt-4o --provider openai --local",
    ]
    done = subprocess.run(
        [sys.executable, "-c", _EACH_COMMAND, *commands],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=60,
        check=True,
    )
    lines = [line.split() for line in done.stdout.splitlines()]
    assert {line[0] for line in lines} == {"0"}
    return {name.split()[0]: set(line[1:]) for name, line in zip(commands, lines, strict=True)} | {
        "help": set(lines[3][1:])
    }


def _rooms(modules: set[str]) -> set[str]:
    return {name.split(".")[1] for name in modules if name.startswith("agents_sahara.")}


def test_help_and_version_load_the_commands_and_nothing_that_they_work_with(
    loaded: dict[str, set[str]],
) -> None:
    modules = loaded["help"]
    assert _rooms(modules) == {"cli"}
    assert not {"json", "yaml", "dataclasses", "inspect", "logging", "socket", *HEAVY} & modules


def test_commands_without_network_load_neither_the_sdk_nor_the_network(
    loaded: dict[str, set[str]],
) -> None:
    assert not {*HEAVY, "socket", "ssl", "logging"} & loaded["graph"]


def test_discovery_loads_no_sdk(loaded: dict[str, set[str]]) -> None:
    assert not {"agents", "openai"} & loaded["model"]


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "agents_sahara", "--version"],
        capture_output=True,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, b"agents-sahara 0.1.0\n")


def test_the_answer_of_a_process_is_utf_8_also_in_the_plainest_locale() -> None:
    question = "Hola, ¿Cómo te llamas?".encode()
    done = spawn("run_agent", TRIAGE, "--local", "-q", stdin=question, environ=environment(LC_ALL="C"))
    assert (done.returncode, done.stderr) == (
        0,
        b"[simulated] a local simulator gave this answer, not a model\n",
    )
    assert "James" in done.stdout.decode("utf-8")


def test_a_reader_that_has_gone_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(
        command("agents_sahara", "schema"), stdout=writing, stderr=subprocess.PIPE, env=environment()
    ) as process:
        os.close(writing)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (141, b"")


@pytest.mark.parametrize("argv", [("schema",), ("--help",)])
def test_a_full_disk_is_told(argv: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command("agents_sahara", *argv),
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert b"standard output cannot be written: No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(("argv", "code"), [((TRIAGE, "--local", "Hola"), 0), (("/no/such.yaml", "Hola"), 3)])
def test_a_full_stderr_changes_neither_answer_nor_exit_code(argv: tuple[str, ...], code: int) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command("run_agent", *argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=full,
            env=environment(),
            timeout=60,
            check=False,
        )
    assert (done.returncode, b"James" in done.stdout) == (code, code == 0)


@pytest.mark.parametrize("shape", ["--json", "--stream-json"])
def test_certificates_that_cannot_be_loaded_end_with_4(shape: str) -> None:
    environ = environment(
        SAHARA_API_KEY=KEY, SAHARA_BASE_URL="https://127.0.0.1:1", SSL_CERT_FILE="/no/such.pem"
    )
    done = spawn("run_agent", TRIAGE, shape, "hello", environ=environ)
    assert done.returncode == 4
    assert json.loads(done.stdout.splitlines()[-1] if shape == "--stream-json" else done.stdout)["error"][
        "message"
    ].startswith("the trusted certificates cannot be loaded")


def test_a_closed_stdout_is_told() -> None:
    line = " ".join(f"'{part}'" for part in command("agents_sahara", "schema"))
    done = subprocess.run(
        ["/bin/sh", "-c", f"{line} >&-"], capture_output=True, env=environment(), timeout=60, check=False
    )
    assert done.returncode == 1
    assert b"standard output is closed" in done.stderr


@contextlib.contextmanager
def _slow_gateway(answer: str) -> Iterator[LocalGateway]:
    with LocalGateway(script=[Rule(Say(answer), pace=Pace(chunk_delay_s=0.05))]) as gateway:
        yield gateway


def _online(gateway: LocalGateway, **more: str) -> dict[str, str]:
    return environment(SAHARA_BASE_URL=gateway.base_url, SAHARA_API_KEY=KEY, **more)


def _stream(gateway: LocalGateway) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command("run_agent", TRIAGE, "--stream-json", "hello"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_online(gateway),
    )


def test_an_interrupt_ends_a_run_at_once_and_cleanly() -> None:
    with _slow_gateway("word " * 2000) as gateway, _stream(gateway) as process:
        assert process.stdout is not None
        lines = [json.loads(process.stdout.readline()) for _ in range(4)]
        assert lines[-1]["type"] == "text_delta"
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        out, err = process.communicate(timeout=30)
        assert time.monotonic() - started < 10
    last = json.loads(out.splitlines()[-1])
    jsonschema.validate(last, schema("event"))
    assert (process.returncode, err, last["error"]["code"]) == (130, b"", "interrupted")


def test_a_reader_that_leaves_a_stream_ends_the_run_quietly() -> None:
    with _slow_gateway("word " * 2000) as gateway, _stream(gateway) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(timeout=30) == 141
        assert process.stderr.read() == b""


class _Screen:
    """A process on a pseudo terminal, and all that it shows there."""

    def __init__(self, *argv: str, environ: dict[str, str], err: int | None = None) -> None:
        self._leader, follower = pty.openpty()
        self._process = subprocess.Popen(
            command("run_agent", *argv),
            stdin=follower,
            stdout=follower,
            stderr=follower if err is None else err,
            env=environ,
        )
        os.close(follower)
        self.shown = ""

    def read_until(self, text: str) -> None:
        """Read until `text` is shown, or until the end."""
        raw = b""
        until = time.monotonic() + 60
        while time.monotonic() < until and select.select([self._leader], [], [], 30)[0]:
            try:
                piece = os.read(self._leader, 65536)
            except OSError:  # Linux says EIO where the other side is closed
                piece = b""
            raw += piece
            if not piece or (text and text.encode() in raw):
                break
        self.shown += raw.decode("utf-8").replace("\r\n", "\n")

    def interrupt(self) -> None:
        """Ctrl-C, while the process still runs."""
        assert self._process.poll() is None
        self._process.send_signal(signal.SIGINT)

    def read_until_end(self) -> int:
        """Read everything; the exit code."""
        self.read_until("")
        os.close(self._leader)
        return self._process.wait(timeout=30)


def test_a_terminal_without_a_message_is_exit_2_with_advice() -> None:
    screen = _Screen(TRIAGE, "--local", environ=environment())
    assert screen.read_until_end() == 2
    assert "error[usage]: no message" in screen.shown
    assert 'in quotes: "Hello"' in screen.shown


def test_a_terminal_shows_who_speaks_and_dims_what_is_not_the_answer() -> None:
    screen = _Screen(TRIAGE, "--local", "Hola, ¿Cómo te llamas?", environ=environment())
    assert screen.read_until_end() == 0
    dimmed = re.findall(r"^\x1b\[2m(.*)\x1b\[0m$", screen.shown, re.MULTILINE)
    assert dimmed[1:3] == ["triage -> spanish", "spanish:"]
    assert dimmed[-1].startswith("[simulated]")
    answers = [line for line in screen.shown.splitlines() if "\x1b" not in line]
    assert len(answers) == 1
    assert "James" in answers[0]


POOL = """
version: 1
name: pooled
models:
  quick:
    pool: [{provider: together, model: deepseek-ai/DeepSeek-V3}, {provider: openai, model: gpt-4o}]
agents:
  desk: {instructions: Answer., model: quick}
"""


def test_a_terminal_tells_a_failed_attempt_once_when_it_happens(tmp_path: Path) -> None:
    path = tmp_path / "pool.yaml"
    path.write_text(POOL, "utf-8")
    with LocalGateway(script=[Rule(Fail(503), When(provider="together"))]) as gateway:
        screen = _Screen(str(path), "hello", environ=_online(gateway, NO_COLOR="1"))
        assert screen.read_until_end() == 0
    about_the_first = [line for line in screen.shown.splitlines() if "together" in line]
    assert [re.sub(r"\d\.\d s", "0.0 s", line)[:64] for line in about_the_first] == [
        "desk: deepseek-ai/DeepSeek-V3 on together failed after 0.0 s: th",
        "desk: moved from deepseek-ai/DeepSeek-V3 on together to gpt-4o o",
    ]
    assert screen.shown.index("moved from") < screen.shown.index("desk:\n")


def test_a_terminal_tells_the_failure_that_ends_a_run_once(tmp_path: Path) -> None:
    path = tmp_path / "pool.yaml"
    path.write_text(POOL, "utf-8")
    with LocalGateway(script=[Rule(Fail(401))]) as gateway:
        screen = _Screen(str(path), "hello", environ=_online(gateway, NO_COLOR="1"))
        assert screen.read_until_end() == 4
    assert screen.shown.count("the key is refused (401)") == 1


def test_text_is_shown_as_it_comes_and_an_interrupt_leaves_it_there() -> None:
    with _slow_gateway("word " * 2000) as gateway:
        screen = _Screen(TRIAGE, "hello", environ=_online(gateway, NO_COLOR="1"))
        screen.read_until("word word")
        screen.interrupt()
        assert screen.read_until_end() == 130
    assert "triage:\nword word" in screen.shown
    assert re.search(r"[word ]\nrun-agent: error\[interrupted\]: interrupted\n$", screen.shown)


def test_no_payload_of_a_model_reaches_the_terminal() -> None:
    """One answer with every payload in it, streamed in small pieces, beside a tool call with hostile names."""
    payloads = [payload for name, (payload, _) in PAYLOADS.items() if "surrogate" not in name]
    answer = "".join(f"<{number}>{payload}\x18\n" for number, payload in enumerate(payloads))
    hostile = "".join(payloads[:30])
    rules = [
        Rule(Use((Tool("nosuch_tool", {"x": hostile}),), text=f"thinking {hostile}"), When(turn=1)),
        Rule(Say(answer)),
    ]
    with LocalGateway(script=rules) as gateway, tempfile.TemporaryFile() as errors:
        screen = _Screen(
            TRIAGE, "-v", "hello", environ=_online(gateway, FORCE_COLOR="1"), err=errors.fileno()
        )
        assert screen.read_until_end() == 0
        errors.seek(0)
        told = errors.read().decode("utf-8")
    expected = clean(answer)
    assert screen.shown.endswith(expected)
    assert screen.shown == clean(screen.shown)
    assert "nosuch_tool" in told
    assert OWN_SGR.sub("", told) == clean(OWN_SGR.sub("", told))
    assert len(payloads) >= 40


def test_a_stream_that_breaks_keeps_what_was_shown_and_fails() -> None:
    rules = [Rule(Say("one two three four five six seven eight"), pace=Pace(cut=Cut(after_chunks=3)))]
    with LocalGateway(script=rules) as gateway:
        screen = _Screen(TRIAGE, "hello", environ=_online(gateway, TERM="dumb"))
        assert screen.read_until_end() == 1
    assert "\x1b" not in screen.shown
    assert re.search(
        r"^triage:\none two.*\n(?:.*\n)*run-agent: .*error\[unusable_answer\]", screen.shown, re.MULTILINE
    )
    assert screen.shown.count("one two") == 1


@pytest.mark.parametrize(("end", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_local_serves_until_it_is_stopped(end: signal.Signals, code: int) -> None:
    with subprocess.Popen(
        command("agents_sahara", "local", "--port", "0"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stderr is not None
        line = process.stderr.readline().decode()
        match = re.search(r"http://127\.0\.0\.1:\d+/api/compute", line)
        assert match is not None
        served = environment(SAHARA_BASE_URL=match[0], SAHARA_API_KEY=KEY)
        done = spawn("agents_sahara", "models", "--json", environ=served)
        process.send_signal(end)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (code, b"")
    assert b"Traceback" not in err
    jsonschema.validate(json.loads(done.stdout), schema("ids"))


@pytest.mark.parametrize(("is_own", "frozen"), [(True, True), (False, False)])
def test_objects_are_kept_out_of_collections_only_in_a_process_of_our_own(is_own: bool, frozen: bool) -> None:
    """An embedder's objects are none of our business."""
    code = (
        "import gc, sys\nfrom agents_sahara.cli.main import agents_sahara\n"
        f"sys.argv[1:] = ['validate', {TRIAGE!r}]\n"
        f"agents_sahara({'' if is_own else 'sys.argv[1:]'})\n"
        "print(gc.get_freeze_count() > 0, gc.isenabled())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == f"{frozen} True"
