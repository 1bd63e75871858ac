"""The examples of docs/reference/CLI.md are run as they stand there, and print what stands below them."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents_sahara.cli.table import COMMANDS
from agents_sahara.emulator.gateway import LocalGateway
from tests.test_cli.programs import CONFIGS, KEY, command, environment

PAGE = (Path(__file__).parent.parent.parent / "docs" / "reference" / "CLI.md").read_text(encoding="utf-8")
EXAMPLE = re.compile(
    r"^```sh\n(?P<lines>.*?)^```\n(?:\n```text\n(?P<printed>.*?)^```\n)?", re.MULTILINE | re.DOTALL
)
PROGRAM = re.compile(r"^(?:run-agent|agents-sahara (\S+))", re.MULTILINE)


def _examples() -> Iterator[tuple[str, str | None]]:
    for match in EXAMPLE.finditer(PAGE):
        yield match["lines"], match["printed"]


def _evened(text: str) -> str:
    """What differs from run to run made equal: times, ports, the folder of the record."""
    text = re.sub(r"\b\d+\.\d s\b", "0.1 s", re.sub(r"(127\.0\.0\.1:|port )\d+", r"\g<1>8321", text))
    return re.sub(r"kept in \S+", "kept in FOLDER", text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with `configs`, and both programs beside it."""
    shutil.copytree(CONFIGS, tmp_path / "configs")
    for program, function in (("run-agent", "run_agent"), ("agents-sahara", "agents_sahara")):
        script = tmp_path / "bin" / program
        script.parent.mkdir(exist_ok=True)
        words = command(function)
        script.write_text(f"#!/bin/sh\nexec {words[0]} {words[1]} '{words[2]}' \"$@\"\n", "utf-8")
        script.chmod(0o700)
    return tmp_path


def test_every_command_has_an_example() -> None:
    shown = {name or "run" for lines, _ in _examples() for name in PROGRAM.findall(lines)}
    assert shown == {command.name for command in COMMANDS}


@pytest.mark.parametrize(
    ("lines", "printed"), [example for example in _examples() if "agents-sahara local" not in example[0]]
)
def test_an_example_prints_what_stands_below_it(
    lines: str, printed: str | None, folder: Path, gateway: LocalGateway
) -> None:
    around = environment(SAHARA_BASE_URL=gateway.base_url, SAHARA_API_KEY=KEY, SAHARA_STATE_DIR=str(folder))
    done = subprocess.run(
        ["sh", "-e", "-c", lines],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=around | {"PATH": f"{folder / 'bin'}:{around['PATH']}"},
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    if printed is not None:
        assert _evened(done.stdout) == _evened(printed)
    for file in re.findall(r"(?:>|--record) (\S+)", lines):
        assert (folder / file).stat().st_size > 0


def test_the_example_of_the_server_serves_until_it_is_interrupted() -> None:
    [(lines, printed)] = [example for example in _examples() if "agents-sahara local" in example[0]]
    assert printed is not None
    words = lines.split()
    assert words[0] == "agents-sahara"
    with subprocess.Popen(
        command("agents_sahara", *words[1:]),
        stderr=subprocess.PIPE,
        env=environment(),
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
    assert _evened(first) == _evened(printed)
