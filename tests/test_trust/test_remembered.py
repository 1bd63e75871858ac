"""A yes at a terminal: asked once, kept until the code changes, never asked where nobody sits."""

from __future__ import annotations

import io
import os
import py_compile
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import cache_from_source
from pathlib import Path
from py_compile import PycInvalidationMode
from types import SimpleNamespace

import pytest

from agents_sahara.cli.consenting import with_yes
from agents_sahara.cli.console import Console
from agents_sahara.diagnostics.finding import Place
from agents_sahara.loader import read_team
from agents_sahara.tools.modules import load_function
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


def test_a_yes_to_a_command_is_for_its_folder_and_the_files_that_it_names(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        folder.mkdir()
        (folder / "server.py").write_text("serve()\n", encoding="utf-8")
    want = Want("command", "python server.py", "the tool 'files'", PLACE)
    said = fingerprint(want, ours)
    assert said == fingerprint(want, ours)
    assert said != fingerprint(want, theirs)
    (ours / "server.py").write_text("steal()\n", encoding="utf-8")
    assert said != fingerprint(want, ours)


def test_a_team_asks_for_a_command_with_its_variables(tmp_path: Path) -> None:
    def wanted(env: str) -> Want:
        team = f"{ONE_TOOL}  it: {{mcp: {{command: [npx, server], env: [{env}]}}}}\n"
        loaded = read_team(write(tmp_path, team), environ={}, consent=Consent())
        [want] = loaded.refused
        return want

    assert wanted("HOME").detail == "HOME"
    assert not Consent().with_yes(wanted("HOME")).allows(wanted("CLOUD_SECRET, HOME"))
    assert fingerprint(wanted("HOME"), tmp_path) != fingerprint(wanted("CLOUD_SECRET, HOME"), tmp_path)


@pytest.mark.parametrize("name", ["sibling.py", "sibling.pyc", f"sibling{EXTENSION_SUFFIXES[0]}"])
def test_a_yes_ends_with_any_new_code_in_the_folder(name: str, folder: Path) -> None:
    said = fingerprint(PYTHON, folder)
    (folder / name).write_bytes(b"")
    assert said is not None
    assert fingerprint(PYTHON, folder) != said


def test_no_yes_is_for_what_lies_behind_a_link(folder: Path) -> None:
    elsewhere = folder / "state"
    elsewhere.mkdir()
    (folder / "sibling").symlink_to(elsewhere, target_is_directory=True)
    assert fingerprint(PYTHON, folder) is None


def test_what_lies_compiled_beside_a_module_is_not_run(tmp_path: Path) -> None:
    """A compiled file that came with the source may say something else than the source that a person has read."""
    write(
        tmp_path,
        ONE_TOOL,
        shop_read="from agents_sahara import tool\n@tool\ndef act() -> str:\n    return 'read'\n",
    )
    other = tmp_path / "other.py"
    other.write_text("raise AssertionError('compiled')\n", encoding="utf-8")
    compiled = Path(cache_from_source(str(tmp_path / "shop_read.py")))
    py_compile.compile(str(other), str(compiled), invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    assert load_function("shop_read", "act", tmp_path)() == "read"
