"""`agents-sahara audit TEAM`: what a file asks of its operator, and who may reach which tool."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from agents_sahara.cli.command import Command, add_team_options, team_path, variables
from agents_sahara.cli.console import Console
from agents_sahara.cli.exits import REFUSED


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("team", metavar="TEAM", type=team_path, help="the team file")
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to tell it (default: text)"
    )
    add_team_options(parser)


def _execute(options: Namespace, console: Console) -> int:
    from agents_sahara.cli.audit_report import as_json, as_text, audited
    from agents_sahara.cli.team_file import read_graph

    report = audited(read_graph(options.team, console, vars=variables(options.vars), profile=options.profile))
    console.write(as_json(report) if options.format == "json" else as_text(report))
    return 0


AUDIT = Command(
    name="audit",
    summary="tell what a file asks for, and who may reach which tool",
    description=(
        "Tell what a team file asks of its operator: Python modules, programs, hosts, variables of the environment;\n"
        "and which tools each agent reaches, by itself or over others, with or without an approval.\n"
        "Nothing is run, sent or imported."
    ),
    examples=("team.yaml", "team.yaml --format json"),
    exit_codes=(REFUSED,),
    add_arguments=_add_arguments,
    execute=_execute,
)
