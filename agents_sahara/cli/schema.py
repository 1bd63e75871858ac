"""`agents-sahara schema`: the JSON Schema of team files, for editors."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from agents_sahara.cli.command import Command
from agents_sahara.cli.console import Console


def _add_arguments(parser: ArgumentParser) -> None:
    """There are none."""


def _execute(_: Namespace, console: Console) -> int:
    from agents_sahara.cli.machine import json_text
    from agents_sahara.spec.schema import team_schema

    console.write(json_text(team_schema()))
    return 0


SCHEMA = Command(
    name="schema",
    summary="print the JSON Schema of team files, for editors",
    description=(
        "Print the JSON Schema (draft-07) of team files.\n\n"
        "An editor with a YAML language server completes and checks a team file that begins with\n"
        "# yaml-language-server: $schema=./team.schema.json"
    ),
    examples=("> team.schema.json",),
    exit_codes=(),
    add_arguments=_add_arguments,
    execute=_execute,
)
