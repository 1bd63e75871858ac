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
        help="a team file whose models, servers of tools and place of conversations are looked at as well",
    )
    parser.add_argument(
        "--probe",
        action="store_true",
        help="ask each model of TEAM for one token (this costs a little), its servers of tools what they offer,\n"
        "and a server of conversations whether it is there",
    )
    parser.add_argument(
        "--record",
        metavar="FILE",
        help="with --probe: also make good and bad calls of every kind, and write what the gateway sent to this new\n"
        "file, without the key (this costs a little too)",
    )
    parser.add_argument(
        "--model", metavar="ID", help="the model that --record asks (default: TEAM's first, or gpt-4o)"
    )
    parser.add_argument(
        "--provider", metavar="P", help="the provider that --record asks (default: TEAM's first, or openai)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_team_options(parser)
    parser.add_argument(
        "--allow-host",
        dest="allow_hosts",
        metavar="HOST",
        action="append",
        default=[],
        help="let --probe reach this host of TEAM, of models, tools or conversations; may be repeated",
    )
    parser.add_argument(
        "--allow-commands",
        action="store_true",
        help="let --probe start the servers of tools that TEAM names, and end them again",
    )


def _execute(options: Namespace, console: Console) -> int:
    _refuse_what_cannot_be_meant(options)
    from contextlib import nullcontext

    from agents_sahara.cli.checkup import Question, examine
    from agents_sahara.cli.checkup_report import exit_code, print_checks
    from agents_sahara.cli.interrupt import speak
    from agents_sahara.cli.probing.record_file import RecordFile
    from agents_sahara.cli.probing.recording import COST, Asked
    from agents_sahara.trust.consent import Consent

    speak()
    is_recording = options.record is not None
    question = Question(
        team=options.team,
        vars=variables(options.vars),
        profile=options.profile,
        consent=Consent.given(allow_hosts=options.allow_hosts, allow_commands=options.allow_commands),
        is_probing=options.probe,
        asked=Asked(options.model, options.provider) if is_recording else None,
    )
    checks = []
    with RecordFile(options.record) if is_recording else nullcontext() as file:
        for check in examine(question, file):
            checks.append(check)
            if not options.json:
                print_checks([check], console)
            elif check.name == COST:
                console.label(check.detail)
    if options.json:
        print_checks(checks, console, as_json=True)
    return exit_code(checks)


def _refuse_what_cannot_be_meant(options: Namespace) -> None:
    from agents_sahara.errors import UsageError

    if options.record is not None and not options.probe:
        raise UsageError(
            "--record needs --probe: it makes calls that may cost a little",
            mend="agents-sahara doctor --probe --record FILE",
        )
    if options.record is None and (options.model or options.provider):
        raise UsageError(
            "--model and --provider say what --record asks",
            mend="agents-sahara doctor --probe --record FILE --model ID --provider P",
        )
    if options.probe and options.record is None and options.team is None:
        raise UsageError(
            "--probe needs a team file, whose models are asked, or --record",
            mend="agents-sahara doctor team.yaml --probe, or agents-sahara doctor --probe --record FILE",
        )


DOCTOR = Command(
    name="doctor",
    summary="tell what is configured and what can be reached",
    description=(
        "Look at the key (never shown), the base URL, the way to the gateway and its catalog; with TEAM also at\n"
        "the file, its models, its servers of tools and where its conversations are kept. Nothing is started or\n"
        "reached beside the gateway without --probe and consent. The exit code is that of the first check that fails."
    ),
    examples=("", "team.yaml", "team.yaml --probe --json", "--probe --record gateway.json"),
    exit_codes=(NO_ANSWER, REFUSED, NO_ACCESS),
    add_arguments=_add_arguments,
    execute=_execute,
)
