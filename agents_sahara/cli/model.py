"""`agents-sahara model ID --provider P`: what the gateway knows of one model."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from agents_sahara.cli.command import Command
from agents_sahara.cli.console import Console
from agents_sahara.cli.discovery import add_discovery_options, open_catalog
from agents_sahara.cli.exits import NO_ACCESS


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("id", metavar="ID", help="the model's id, such as deepseek-ai/DeepSeek-V3")
    parser.add_argument("--provider", metavar="P", required=True, help="the compute provider that serves it")
    add_discovery_options(parser)


def _execute(options: Namespace, console: Console) -> int:
    from agents_sahara.cli.machine import json_text
    from agents_sahara.cli.terminal import one_line

    with open_catalog(options, console) as catalog:
        detail = catalog.model_detail(options.id, options.provider)
    if options.json:
        console.write_own(json_text(detail))
        return 0
    for name, value in detail.items():
        text = value if isinstance(value, str) else json_text(value, lines=True).strip()
        console.write(f"{one_line(name)}: {one_line(text, most=5000)}\n")
    return 0


MODEL = Command(
    name="model",
    summary="show what the gateway knows of one model",
    description="Show the details of one model at one provider, one field a line.",
    examples=("deepseek-ai/DeepSeek-V3 --provider together", "gpt-4o --provider openai --json"),
    exit_codes=(NO_ACCESS,),
    add_arguments=_add_arguments,
    execute=_execute,
)
