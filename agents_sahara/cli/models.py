"""`agents-sahara models`: the ids of the gateway's models."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from agents_sahara.cli.command import Command
from agents_sahara.cli.console import Console
from agents_sahara.cli.discovery import add_discovery_options, open_catalog, print_ids
from agents_sahara.cli.exits import NO_ACCESS


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--provider", metavar="P", help="only the models that this provider serves")
    add_discovery_options(parser)


def _execute(options: Namespace, console: Console) -> int:
    with open_catalog(options, console) as catalog:
        print_ids(catalog.models(options.provider), options, console)
    return 0


MODELS = Command(
    name="models",
    summary="list the models of the gateway",
    description="List the ids of all models, or of those that one provider serves, one a line.",
    examples=("", "--provider together", "--local --json"),
    exit_codes=(NO_ACCESS,),
    add_arguments=_add_arguments,
    execute=_execute,
)
