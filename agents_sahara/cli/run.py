"""`run-agent TEAM [MESSAGE]`: one message to a team, the answer on stdout."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from contextlib import closing
from pathlib import Path

from agents_sahara.cli.command import (
    Command,
    add_consent_options,
    add_team_options,
    given_consent,
    positive,
    team_path,
    variables,
)
from agents_sahara.cli.console import Console
from agents_sahara.cli.exits import GUARDED, LIMIT, NO_ACCESS, NO_ANSWER, REFUSED
from agents_sahara.cli.shape import Shape


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("team", metavar="TEAM", type=team_path, help="the team file")
    parser.add_argument(
        "message", metavar="MESSAGE", nargs="?", help="what to say; - or nothing reads it from a pipe"
    )
    parser.add_argument(
        "--local", action="store_true", help="run against a simulator in this process: no key, no network"
    )
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="print the whole result as one JSON object")
    shape.add_argument("--stream-json", action="store_true", help="print each event as one line of JSON")
    add_team_options(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--session", metavar="ID", help="go on with this stored conversation, or begin it; any text is an id"
    )
    which.add_argument(
        "--continue",
        dest="goes_on",
        action="store_true",
        help="go on with the stored conversation of this team that was used last",
    )
    parser.add_argument(
        "--agent", metavar="KEY", help="start with this agent instead of the entry, or of the last speaker"
    )
    parser.add_argument(
        "--max-turns",
        metavar="N",
        type=positive,
        help="let agents ask models for N answers (default: `turns` of the file's budget, or 20)",
    )
    parser.add_argument(
        "--trace", metavar="FILE", help="append the trace of the run, as lines of JSON, to this file"
    )
    add_consent_options(parser)
    parser.add_argument("-v", "--verbose", action="store_true", help="say more on stderr")
    parser.add_argument(
        "-q", "--quiet", action="store_true", help="nothing on stderr but errors and labels of the answer"
    )


def _execute(options: Namespace, console: Console) -> int:
    from agents_sahara.cli.configured import settings_for
    from agents_sahara.cli.early.leaving import connect, leave
    from agents_sahara.cli.early.telling import settled
    from agents_sahara.cli.loading import without_collection
    from agents_sahara.cli.message import read_message
    from agents_sahara.cli.team_file import read_graph, refuse_swapped
    from agents_sahara.clients.ahead import ahead

    refuse_swapped(options.team, options.message)
    message = read_message(options.message, sys.stdin)
    graph = read_graph(
        options.team,
        console,
        vars=variables(options.vars),
        profile=options.profile,
        consent=given_consent(options, is_local=options.local),
    )
    trace = None if options.trace is None else _trace_place(options.trace)
    settings = None if options.local else settings_for(graph)
    shape: Shape = "lines" if options.stream_json else "object" if options.json else "text"
    early = None
    if settings is not None and not (options.session or options.goes_on):
        is_stream = shape == "lines" or (shape == "text" and console.out_is_terminal)
        early = leave(graph, settings, options.agent, message, is_stream=is_stream)
    if settings is not None and early is None:
        connect(graph, settings, options.agent)
    with closing(ahead), settled(early, graph, settings, console):
        with without_collection():
            from agents_sahara.cli.running import run
            from agents_sahara.cli.talking import Request

        request = Request(message, options.agent, options.max_turns, options.session, options.goes_on, trace)
        return run(graph, request, console, shape=shape, settings=settings, early=early)


def _trace_place(text: str) -> Path:
    from agents_sahara.tracing.lines import place_for  # loads what few runs need

    return place_for(text)


RUN = Command(
    name="run",
    summary="run a team: one message, one answer",
    description=(
        "Send one message to a team of agents and print its answer.\n\n"
        "The answer goes to stdout, and nothing else does. Which agents spoke, which models answered, tokens and\n"
        "cost go to stderr. The key is read from the environment variable SAHARA_API_KEY."
    ),
    examples=(
        'team.yaml "Hola, ¿Cómo te llamas?"',
        'team.yaml --local "no key, no network"',
        "team.yaml --json < question.txt",
        'team.yaml --session anna "And in English?"',
    ),
    exit_codes=(NO_ANSWER, REFUSED, NO_ACCESS, LIMIT, GUARDED),
    add_arguments=_add_arguments,
    execute=_execute,
)
