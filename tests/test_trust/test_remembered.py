"""A yes at a terminal: asked once, kept until the code changes, never asked where nobody sits."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from agents_sahara.cli.consenting import with_yes
from agents_sahara.cli.console import Console
from agents_sahara.diagnostics.finding import Place
from agents_sahara.trust.consent import Consent
from agents_sahara.trust.remembered import RememberedYes, fingerprint
from agents_sahara.trust.wants import Want
from tests.test_tools.teams import ONE_TOOL, write

PLACE = Place("team.yaml", 1, 1, 1, 2)
PYTHON = Want("python", "shop_to_remember", "the tool 'it'", PLACE)
COMMAND = Want("command", "npx", "the tool 'files'", PLACE, detail='["npx", "server"] []')


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SAHARA_STATE_DIR", str(tmp_path / "state"))
    write(tmp_path, ONE_TOOL, shop_to_remember="raise AssertionError('imported')\n")
    return tmp_path


class Terminal(io.TextIOWrapper):
    """A terminal in this process, and what is typed there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.master, slave = os.openpty()
        super().__init__(os.fdopen(slave, "rb+", buffering=0), write_through=True)
        streams = SimpleNamespace(stdin=self, stderr=self)  # pytest puts its own into `sys` before each test
        monkeypatch.setattr("agents_sahara.cli.consenting.sys", streams)

    def types(self, text: str) -> None:
        os.write(self.master, text.encode())


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    made = Terminal(monkeypatch)
    yield made
    made.close()
    os.close(made.master)


def asked(folder: Path, *wants: Want, consent: Consent | None = None) -> Consent | None:
    err = io.StringIO()
    return with_yes(wants, consent or Consent(), folder, Console(None, err))


def test_a_yes_is_asked_once_and_holds_until_the_code_changes(folder: Path, terminal: Terminal) -> None:
    terminal.types("yes\n")
    given = asked(folder, PYTHON)
    assert given is not None
    assert given.allows(PYTHON)
    assert not given.allows(COMMAND)
    assert asked(folder, PYTHON) == given  # nothing was typed: it would wait
    (folder / "sibling.py").write_text("1 / 0\n", encoding="utf-8")
    terminal.types("n\n")
    assert asked(folder, PYTHON) is None


def test_a_yes_to_a_command_is_for_its_arguments_and_variables(folder: Path, terminal: Terminal) -> None:
    terminal.types("y\n")
    assert asked(folder, COMMAND) is not None
    assert asked(folder, COMMAND) is not None
    terminal.types("\n")
    other = Want("command", "npx", "the tool 'files'", PLACE, detail='["npx", "server"] ["HOME"]')
    assert asked(folder, other) is None


def test_nothing_is_asked_where_nobody_sits_but_an_earlier_yes_counts(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert asked(folder, PYTHON) is None
    told = fingerprint(PYTHON, folder)
    assert told is not None
    assert RememberedYes(folder / "state").keep(told, PYTHON)
    assert asked(folder, PYTHON) is not None
    assert asked(folder, PYTHON, consent=Consent(is_untrusted=True)) is None


def test_hosts_are_never_asked_for(folder: Path, terminal: Terminal) -> None:
    terminal.types("y\n")
    assert asked(folder, Want("host", "rates.example", "the tool 'it'", PLACE)) is None


def test_a_file_that_is_broken_or_cannot_be_written_remembers_nothing(folder: Path) -> None:
    state = folder / "state"
    state.mkdir()
    for broken in ("{", "[]", '{"version": 2, "yes": {"a": {}}}', '{"version": 1, "yes": 5}'):
        (state / "consents.json").write_text(broken, encoding="utf-8")
        assert RememberedYes(state).is_empty()
    assert RememberedYes(state).keep("print", PYTHON)
    assert (state / "consents.json").stat().st_mode & 0o777 == 0o600
    assert not RememberedYes(folder / "team.yaml").keep("print", PYTHON)
    assert not RememberedYes(None).keep("print", PYTHON)


def test_code_that_is_not_clear_has_no_fingerprint(folder: Path) -> None:
    assert fingerprint(Want("python", "no_such_module_here", "", PLACE), folder) is None
    assert fingerprint(Want("python", "sys", "", PLACE), folder) is None
    (folder / "colorsys.py").write_text("", encoding="utf-8")
    assert fingerprint(Want("python", "colorsys", "", PLACE), folder) is None
