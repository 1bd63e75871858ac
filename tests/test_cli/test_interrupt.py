"""Ctrl-C at any moment of a program's start: 130, and no traceback."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.test_cli.programs import TRIAGE, environment

_INTERRUPTED_WHERE_IT_LOADS = """
import runpy, signal, sys
program, places = sys.argv.pop(1), sys.argv.pop(1).split(",")

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name in places:
            places.remove(name)
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Finder())
if program == "module":
    runpy.run_module("agents_sahara", run_name="__main__")
import agents_sahara.cli.main
sys.exit(getattr(agents_sahara.cli.main, program)())
"""


@pytest.mark.parametrize("program", ["run_agent", "agents_sahara", "module"])
@pytest.mark.parametrize(
    "places",
    [
        "agents_sahara.cli.interrupt",
        "agents_sahara.cli.program",
        "argparse",
        "agents_sahara.cli.parser",
        "agents_sahara.cli.table",
        "agents_sahara.cli.validate",
    ],
)
def test_ctrl_c_while_python_still_loads_is_quiet(program: str, places: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED_WHERE_IT_LOADS, program, places, "--help"],
        capture_output=True,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


@pytest.mark.parametrize(
    ("places", "err"),
    [
        ("agents_sahara.loader", b"agents-sahara: error[interrupted]: interrupted\n"),
        ("agents_sahara.loader,agents_sahara.cli.failures", b""),
    ],
)
def test_ctrl_c_while_a_command_loads_is_told_once_and_a_second_one_is_quiet(places: str, err: bytes) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED_WHERE_IT_LOADS, "agents_sahara", places, "validate", TRIAGE],
        capture_output=True,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", err)


@pytest.mark.parametrize(
    "place",
    ["asyncio.coroutines", "agents.run", "openai._client", "pydantic.main", "json.decoder", "httpx2._client"],
)
def test_ctrl_c_in_the_middle_of_any_import_ends_a_run_at_once(place: str) -> None:
    words = ("run_agent", place, TRIAGE, "--local", "Hola")
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED_WHERE_IT_LOADS, *words],
        capture_output=True,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (130, b"")
    assert done.stderr in (b"", b"run-agent: error[interrupted]: interrupted\n")


def test_a_program_whose_caller_ignores_ctrl_c_goes_on_ignoring_it() -> None:
    code = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n{_INTERRUPTED_WHERE_IT_LOADS}"
    done = subprocess.run(
        [sys.executable, "-c", code, "agents_sahara", "agents_sahara.cli.table", "--version"],
        capture_output=True,
        env=environment(),
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"agents-sahara 0.1.0\n", b"")
