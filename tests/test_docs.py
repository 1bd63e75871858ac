"""What the documents say is so: commands run, outputs are the real ones, every YAML and Python block works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from agents_sahara.cli.exits import EXIT_CODES
from agents_sahara.cli.main import agents_sahara, run_agent
from agents_sahara.cli.table import COMMANDS
from agents_sahara.diagnostics.finding import Report
from agents_sahara.emulator.gateway import LocalGateway
from agents_sahara.loader import read_team
from agents_sahara.retry import RetryPolicy
from agents_sahara.source.compose import compose
from agents_sahara.types import Budget

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SOUND = [path for path in DOCUMENTS if path.name != "DIAGNOSTICS.md"]
"""Those whose YAML is meant to load; that one shows a broken file for each finding."""
TRIAGE = ROOT / "configs" / "language_triage.yaml"
SLIPS = (("    model: gpt-4o", "    modle: gpt-4o"), ("[spanish, english]", "[spanish, englsh]"))

FENCE = re.compile(
    r"^(?P<indent> *)```(?P<kind>[a-z]+)[^\n]*\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
OUTPUT = re.compile(
    r"^<!-- output: (?P<command>.+?) -->\n```text\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
LINK = re.compile(r"\]\((?P<target>[^)#:\s]*)(?:#(?P<anchor>[^)\s]+))?\)")
HEADING = re.compile(r"^#{1,6} (?P<title>.+)$", re.MULTILINE)


def blocks(document: Path, kind: str) -> list[str]:
    """The fenced blocks of one kind."""
    found = FENCE.finditer(document.read_text("utf-8"))
    return [match["body"] for match in found if match["kind"] == kind]


def shown(command: str) -> str:
    """The output that the README shows for `command`."""
    [body] = [match["body"] for match in OUTPUT.finditer(README) if match["command"].startswith(command)]
    return body


def commands() -> Iterator[tuple[str, str]]:
    """Each line of the documents' shell blocks that calls one of the two programs."""
    for document in DOCUMENTS:
        for line in "".join(blocks(document, "sh")).splitlines():
            for program in ("run-agent", "agents-sahara"):
                before, found, rest = line.partition(f"{program} ")
                if found and not before.strip(" $"):
                    yield program, rest


def on_a_terminal(*words: str) -> str:
    """What a command shows to a person, both streams in their order, with seconds evened out."""
    master, slave = os.openpty()
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1"}
    with subprocess.Popen(
        words, stdin=slave, stdout=slave, stderr=slave, cwd=ROOT, env=environment
    ) as shown_to:
        os.close(slave)
        output = b"".join(iter(lambda: _read(master), b""))
    os.close(master)
    assert shown_to.returncode == 0, output
    return output.decode().replace("\r\n", "\n")


def _read(master: int) -> bytes:
    try:
        return os.read(master, 4096)
    except OSError:  # Linux says EIO where the other side has gone
        return b""


def evened(text: str) -> str:
    """The text with each time taken replaced: it differs from run to run."""
    return re.sub(r"\b\d+\.\d s\b", "0.1 s", text)


def test_the_readme_shows_the_team_that_its_first_command_runs() -> None:
    [team] = blocks(ROOT / "README.md", "yaml")
    assert team == TRIAGE.read_text("utf-8")


def test_the_readme_shows_what_its_first_command_prints() -> None:
    first = blocks(ROOT / "README.md", "sh")[0]
    assert first == (
        "python3 -m venv .venv && .venv/bin/pip install --quiet . && "
        '.venv/bin/run-agent configs/language_triage.yaml --local "Hola, ¿Cómo te llamas?"\n'
    )
    program = (sys.executable, "-m", "agents_sahara", "run")
    printed = on_a_terminal(*program, str(TRIAGE), "--local", "Hola, ¿Cómo te llamas?")
    assert evened(printed) == evened(shown("run-agent"))


def test_the_readme_shows_what_validate_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = TRIAGE.read_text("utf-8")
    for right, wrong in SLIPS:
        text = text.replace(right, wrong)
    (tmp_path / "my_team.yaml").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    assert agents_sahara(["validate", "my_team.yaml"]) == 3
    assert capsys.readouterr().out.rstrip() == shown("agents-sahara validate").rstrip()


def test_the_readme_and_the_continuous_integration_run_the_same_tests() -> None:
    [command] = [block for block in blocks(ROOT / "README.md", "sh") if "pytest" in block]
    assert command == (
        "python3 -m venv .venv && .venv/bin/pip install --quiet '.[test]' && .venv/bin/python -m pytest\n"
    )
    assert (ROOT / ".ci" / "run").read_text("utf-8").endswith(f"\n{command}")


def test_the_readme_lists_the_exit_codes_as_they_are() -> None:
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", README, re.MULTILINE)
    assert {int(code): meaning for code, meaning in rows} == dict(EXIT_CODES)


def test_the_limits_that_the_readme_names_are_the_defaults() -> None:
    policy = RetryPolicy()
    assert (policy.attempts, policy.deadline_s, Budget().turns) == (3, 120.0, 20)
    assert "three times in all within two minutes" in README
    assert "A run ends after 20 turns" in README


@pytest.mark.parametrize("call", sorted(set(commands())), ids=" ".join)
def test_a_command_in_a_document_exists_with_its_options(
    call: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    program, rest = call
    words = rest.split()
    if program == "run-agent":
        run_agent(["--help"])
    else:
        assert words[0] in {command.name for command in COMMANDS}
        agents_sahara([words[0], "--help"])
    help_text = capsys.readouterr().out
    for option in re.findall(r"(?<=\s)--?[a-z][a-z-]*", f" {rest.partition('#')[0]}"):
        assert re.search(rf"(?<![\w-]){option}(?![\w-])", help_text), option


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    targets = [match["target"] for match in LINK.finditer(document.read_text("utf-8")) if match["target"]]
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_into_a_document_leads_to_a_heading(document: Path) -> None:
    text = document.read_text("utf-8")
    links = [
        (document.parent / match["target"], match["anchor"])
        for match in LINK.finditer(text)
        if match["anchor"]
    ]
    inside = [(document if path == document.parent else path, anchor) for path, anchor in links]
    assert [f"{path.name}#{anchor}" for path, anchor in inside if anchor not in _anchors(path)] == []


def _anchors(document: Path) -> set[str]:
    """What the headings of a document are linked by, on GitHub: small letters, `-` for blanks, no other signs."""
    titles = [match["title"] for match in HEADING.finditer(FENCE.sub("", document.read_text("utf-8")))]
    shown = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title) for title in titles]
    made = [re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") for title in shown]
    return {
        anchor if (n := made[:place].count(anchor)) == 0 else f"{anchor}-{n}"
        for place, anchor in enumerate(made)
    }


@pytest.mark.parametrize("document", SOUND, ids=lambda path: path.name)
def test_every_yaml_block_can_be_read_and_every_team_in_one_loads(document: Path) -> None:
    for block in blocks(document, "yaml"):
        report = Report()
        assert compose(block, document.name, report) is not None, block
        assert report.sorted() == (), block
        content = yaml.safe_load(block)
        if isinstance(content, dict) and {"version", "agents"} <= set(content):
            loaded = read_team(block)
            errors = [finding for finding in loaded.findings if finding.severity == "error"]
            assert errors == [], block


def _python_blocks() -> Iterator[tuple[str, int, str]]:
    for name in ("README.md", "docs/EMBEDDING.md"):
        for number, block in enumerate(blocks(ROOT / name, "python"), 1):
            yield name, number, block


@pytest.mark.parametrize(("name", "number", "block"), list(_python_blocks()), ids=lambda part: str(part)[:24])
def test_every_python_block_runs_as_it_stands(
    name: str, number: int, block: str, gateway: LocalGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("SAHARA_BASE_URL", gateway.base_url)
    monkeypatch.setenv("SAHARA_API_KEY", "any-text-will-do")
    exec(compile(block, f"{name}, Python block {number}", "exec"), {"__name__": "__main__"})
