"""docs/reference/CLI.md says what the commands say: every command, option, exit code and schema."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agents_sahara.cli.command import Command
from agents_sahara.cli.exits import EXIT_CODES
from agents_sahara.cli.parser import command_parser
from agents_sahara.cli.table import COMMANDS
from tests.test_cli.test_schemas import NAMES

PAGE = (Path(__file__).parent.parent.parent / "docs" / "reference" / "CLI.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_page_lists_a_command_with_its_summary(command: Command) -> None:
    assert re.search(
        rf"^\| \[`{command.name}`\]\(#[a-z-]+\) \| {re.escape(command.summary)} \|$", PAGE, re.MULTILINE
    )


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_section_of_a_command_names_its_options(command: Command) -> None:
    heading = next(line for line in PAGE.splitlines() if re.match(rf"## .*\b{command.name}\b", line))
    section = PAGE.partition(f"{heading}\n")[2].partition("\n## ")[0]
    everywhere = {"--help", "-h", "--version", "--color"}
    for option in command_parser(command, command.name)._option_string_actions:
        assert option in (PAGE if option in everywhere else section), option


def test_the_page_names_no_option_that_does_not_exist() -> None:
    known = {option for command in COMMANDS for option in command_parser(command, "x")._option_string_actions}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE)) <= known


def test_the_exit_codes_are_those_of_the_help() -> None:
    rows = dict(re.findall(r"^\| (\d+) \| (.+) \|$", PAGE, re.MULTILINE))
    assert rows == {str(code): meaning for code, meaning in EXIT_CODES.items()}


@pytest.mark.parametrize("name", NAMES)
def test_the_page_names_each_schema(name: str) -> None:
    assert f"| `{name}` |" in PAGE
