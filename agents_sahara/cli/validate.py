"""`agents-sahara validate TEAM...`: every finding of all files at once."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

from agents_sahara.cli.command import Command, add_team_options, team_path, variables
from agents_sahara.cli.console import Console
from agents_sahara.cli.exits import DONE, NO_ACCESS, REFUSED

if TYPE_CHECKING:
    from agents_sahara.diagnostics.finding import Finding
    from agents_sahara.loader import Loaded

FORMATS = ("text", "json", "github", "sarif")


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("teams", metavar="TEAM", type=team_path, nargs="+", help="a team file")
    parser.add_argument(
        "--online",
        action="store_true",
        help="ask the catalog too: models and providers that it does not list are errors",
    )
    parser.add_argument("--strict", action="store_true", help="warnings refuse a file as errors do")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="text",
        help="for people, for programs, for GitHub Actions, or for code scanning (default: text)",
    )
    add_team_options(parser)


def _execute(options: Namespace, console: Console) -> int:
    from pathlib import Path

    from agents_sahara.cli.loading import without_collection
    from agents_sahara.errors import SaharaError
    from agents_sahara.loader import read_team

    given = variables(options.vars)
    with without_collection():
        teams = [read_team(Path(team), vars=given, profile=options.profile) for team in options.teams]
    findings = [finding for loaded in teams for finding in loaded.findings]
    if options.online:
        try:
            findings = _ask_catalog(teams, console)
        except SaharaError:
            _finish(findings, teams, options, console)
            raise
    return _finish(findings, teams, options, console)


def _ask_catalog(teams: list[Loaded], console: Console) -> list[Finding]:
    from agents_sahara.catalog.discovery import Catalog
    from agents_sahara.cli.online import with_catalog
    from agents_sahara.settings import Settings

    settings = Settings.from_environ()
    for warning in settings.warnings:
        console.warn(warning)
    with Catalog(settings) as catalog:
        return [finding for loaded in teams for finding in with_catalog(loaded, catalog)]


def _finish(findings: list[Finding], teams: list[Loaded], options: Namespace, console: Console) -> int:
    """Print what was found and say what it means."""
    from agents_sahara.diagnostics.render import render

    once = sorted(dict.fromkeys(findings), key=lambda finding: (finding.place, finding.id))
    texts = {file: text for loaded in teams for file, text in loaded.texts.items()}
    color = console.out_has_color and options.format == "text"
    console.write_own(render(once, format=options.format, texts=texts, files=len(teams), color=color))
    refused = any(finding.severity == "error" or options.strict for finding in once)
    return REFUSED if refused else DONE


VALIDATE = Command(
    name="validate",
    summary="check team files; nothing is run",
    description=(
        "Check team files and report every mistake at once, with its place and how to mend it.\n"
        "Nothing is run, sent or imported; only --online asks the gateway for its catalog."
    ),
    examples=("team.yaml", "configs/*.yaml --strict --format github", "team.yaml --online"),
    exit_codes=(REFUSED, NO_ACCESS),
    add_arguments=_add_arguments,
    execute=_execute,
)
