"""What the two programs do: from arguments to an exit code.

Nothing escapes from here as a traceback. Loads nothing that `--help` does not need.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from agents_sahara.cli.command import Command
from agents_sahara.cli.console import Console
from agents_sahara.cli.interrupt import hush
from agents_sahara.cli.loading import own_process
from agents_sahara.cli.parser import command_parser, parse, toolbox_parser
from agents_sahara.cli.run import RUN
from agents_sahara.cli.table import COMMANDS


def run_agent(argv: Sequence[str] | None = None) -> int:
    """`run-agent TEAM [MESSAGE]`: run a team and return the exit code."""
    return _guard("run-agent", argv, lambda arguments: _execute(RUN, "run-agent", arguments))


def agents_sahara(argv: Sequence[str] | None = None) -> int:
    """`agents-sahara COMMAND ...`: run one command of the toolbox and return the exit code."""
    return _guard("agents-sahara", argv, _toolbox)


def _toolbox(arguments: list[str]) -> int:
    by_name = {command.name: command for command in COMMANDS}
    if arguments and arguments[0] in by_name:
        return _execute(by_name[arguments[0]], f"agents-sahara {arguments[0]}", arguments[1:])
    toolbox_parser("agents-sahara", COMMANDS).parse_args(arguments)
    return 0


def _execute(command: Command, program: str, arguments: list[str]) -> int:
    options = parse(command_parser(command, program), arguments)
    console = Console(
        sys.stdout,
        sys.stderr,
        color=options.color,
        quiet=getattr(options, "quiet", False),
        verbose=getattr(options, "verbose", False),
    )
    code = command.execute(options, console)
    console.flush()
    return code


def _guard(program: str, argv: Sequence[str] | None, act: Callable[[list[str]], int]) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    if argv is None:
        own_process()
        hush(lambda: _report(KeyboardInterrupt(), program, arguments))
    try:
        code = _with_exit_as_value(act, arguments)
        Console(sys.stdout, sys.stderr).flush()
    except BaseException as error:  # noqa: BLE001  # the door: what comes here is told, never raised
        if argv is None:
            hush()
        return _report(error, program, arguments)
    return code


def _report(error: BaseException, program: str, arguments: list[str]) -> int:
    from agents_sahara.cli.failures import report

    return report(error, program, arguments)


def _with_exit_as_value(act: Callable[[list[str]], int], arguments: list[str]) -> int:
    try:
        return act(arguments)
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 0
