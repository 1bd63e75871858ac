"""The two programs as tests call them: in this process, or as a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from agents_sahara.cli import main

CONFIGS = Path(__file__).parent.parent.parent / "configs"
TRIAGE = str(CONFIGS / "language_triage.yaml")

KEY = "sk-canary-7f3a9b2c5d8e1f40"
"""A key that may turn up in no output."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a command gave."""

    code: int
    out: str
    err: str


def call(capsys: pytest.CaptureFixture[str], program: Callable[[list[str]], int], *argv: str) -> Done:
    """Run a program in this process."""
    capsys.readouterr()
    code = program(list(argv))
    captured = capsys.readouterr()
    return Done(code, captured.out, captured.err)


def run_agent(capsys: pytest.CaptureFixture[str], *argv: str) -> Done:
    """`run-agent ...` in this process."""
    return call(capsys, main.run_agent, *argv)


def toolbox(capsys: pytest.CaptureFixture[str], *argv: str) -> Done:
    """`agents-sahara ...` in this process."""
    return call(capsys, main.agents_sahara, *argv)


def environment(**more: str) -> dict[str, str]:
    """What a process of its own gets: no colour, no key, nothing of the developer's machine that matters."""
    kept = {
        name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "SAHARA_STATE_DIR") if name in os.environ
    }
    return kept | {"LC_ALL": "C.UTF-8", "TERM": "xterm"} | more


def command(name: str, *argv: str) -> list[str]:
    """A console script's command line; `name` is a function of `cli.main`."""
    code = f"import sys; from agents_sahara.cli.main import {name}; sys.exit({name}())"
    return [sys.executable, "-c", code, *argv]


def spawn(
    name: str, *argv: str, stdin: bytes = b"", environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a program as a process whose streams are pipes."""
    return subprocess.run(
        command(name, *argv),
        input=stdin,
        capture_output=True,
        env=environment() if environ is None else environ,
        timeout=60,
        check=False,
    )
