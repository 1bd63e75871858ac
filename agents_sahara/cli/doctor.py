"""`agents-sahara doctor [TEAM]`: what is configured and what can be reached; the key is never shown."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from agents_sahara.cli.command import Command, add_team_options, team_path, variables
from agents_sahara.cli.console import Console
from agents_sahara.cli.exits import NO_ACCESS, NO_ANSWER, REFUSED


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "team",
        metavar="TEAM",
        type=team_path,
        nargs="?",
        help="a team file whose models are looked up as well",
    )
    parser.add_argument(
        "--probe",
        action="store_true",
        help="ask each model of TEAM for one token (this costs a little)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_team_options(parser)
    parser.add_argument(
        "--allow-host",
        dest="allow_hosts",
        metavar="HOST",
        action="append",
        default=[],
        help="let --probe send its one-token message to this host of TEAM; may be repeated",
    )


def _execute(options: Namespace, console: Console) -> int:
    from agents_sahara.errors import UsageError

    if options.probe and options.team is None:
        raise UsageError(
            "--probe needs a team file: its models are asked", mend="agents-sahara doctor team.yaml --probe"
        )
    from agents_sahara.cli.checkup import Question, examine
    from agents_sahara.cli.checkup_report import exit_code, print_checks

    question = Question(
        team=options.team,
        vars=variables(options.vars),
        profile=options.profile,
        allow_hosts=tuple(options.allow_hosts),
        is_probing=options.probe,
    )
    checks = []
    for check in examine(question):
        checks.append(check)
        if not options.json:
            print_checks([check], console)
    if options.json:
        print_checks(checks, console, as_json=True)
    return exit_code(checks)


DOCTOR = Command(
    name="doctor",
    summary="tell what is configured and what can be reached",
    description=(
        "Look at the key (never shown), the base URL, the way to the gateway and its catalog; with TEAM also at\n"
        "the file and its models. The exit code is that of the first check that fails."
    ),
    examples=("", "team.yaml", "team.yaml --probe --json"),
    exit_codes=(NO_ANSWER, REFUSED, NO_ACCESS),
    add_arguments=_add_arguments,
    execute=_execute,
)
