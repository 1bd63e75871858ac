"""`agents-sahara graph TEAM`: draw who may hand off to whom."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from agents_sahara.cli.command import Command, add_team_options, team_path, variables
from agents_sahara.cli.console import Console
from agents_sahara.cli.exits import REFUSED

FORMATS = ("text", "mermaid", "dot", "svg", "json")


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("team", metavar="TEAM", type=team_path, help="the team file")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to draw it (default: text)")
    add_team_options(parser)


def _execute(options: Namespace, console: Console) -> int:
    from agents_sahara.cli.drawing.table import DRAWINGS
    from agents_sahara.cli.team_file import read_graph

    graph = read_graph(options.team, console, vars=variables(options.vars), profile=options.profile)
    console.write(DRAWINGS[options.format](graph))
    return 0


GRAPH = Command(
    name="graph",
    summary="draw a team: who may hand off to whom",
    description=(
        "Draw the agents of a team and their handoffs. Nothing else is needed: the SVG is laid out here.\n"
        "Handoffs that are switched off, and agents that cannot be reached from the entry, are marked."
    ),
    examples=("team.yaml", "team.yaml --format svg > team.svg", "team.yaml --format json"),
    exit_codes=(REFUSED,),
    add_arguments=_add_arguments,
    execute=_execute,
)
