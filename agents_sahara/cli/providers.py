"""`agents-sahara providers`: the names of the gateway's compute providers."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from agents_sahara.cli.command import Command
from agents_sahara.cli.console import Console
from agents_sahara.cli.discovery import add_discovery_options, open_catalog, print_ids
from agents_sahara.cli.exits import NO_ACCESS


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--model", metavar="M", help="only the providers that serve this model")
    add_discovery_options(parser)


def _execute(options: Namespace, console: Console) -> int:
    with open_catalog(options, console) as catalog:
        print_ids(catalog.providers(options.model), options, console)
    return 0


PROVIDERS = Command(
    name="providers",
    summary="list the compute providers of the gateway",
    description="List all compute providers, or those that serve one model, one a line.",
    examples=("", "--model deepseek-ai/DeepSeek-V3", "--local --json"),
    exit_codes=(NO_ACCESS,),
    add_arguments=_add_arguments,
    execute=_execute,
)
