"""Turn arguments into a namespace, or into a refusal that the door reports."""

from __future__ import annotations

import sys
from argparse import (
    SUPPRESS,
    Action,
    ArgumentError,
    ArgumentParser,
    Namespace,
    RawDescriptionHelpFormatter,
)
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from agents_sahara import __version__
from agents_sahara.cli.command import Command, add_output_options
from agents_sahara.cli.console import Console
from agents_sahara.cli.exits import EXIT_CODES, exit_code_lines

if TYPE_CHECKING:
    from _typeshed import SupportsWrite


class RefusedArgumentsError(Exception):
    """Arguments that the parser does not accept."""

    def __init__(self, program: str, usage: str, message: str, slip: Slip | None = None) -> None:
        super().__init__(message)
        self.program = program
        self.usage = usage
        self.message = message
        self.slip = slip
        """The word that is none of those that may stand there, where it is one word."""


class Slip(NamedTuple):
    """A word that may be mistyped."""

    word: str
    legal: tuple[str, ...]


class _Once(Action):
    """An option with one value, which is refused the second time: argparse would lose the first without a word."""

    def __call__(
        self,
        parser: ArgumentParser,
        namespace: Namespace,
        values: str | Sequence[object] | None,
        option_string: str | None = None,
    ) -> None:
        """Take the value."""
        assert isinstance(parser, _Parser)
        if option_string is not None:
            if self.dest in parser.given:
                raise ArgumentError(self, "it is given twice, and has one value")
            parser.given.add(self.dest)
        setattr(namespace, self.dest, values)


class _Parser(ArgumentParser):
    _slip: Slip | None = None

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.given: set[str] = set()
        """Options with one value that the arguments have so far."""
        for name in (None, "store"):
            self.register("action", name, _Once)

    def error(self, message: str) -> NoReturn:
        slip = self._slip or self._mistyped_option(message)
        raise RefusedArgumentsError(self.prog, self.format_usage().rstrip(), message, slip)

    def _check_value(self, action: Action, value: object) -> None:
        choices = tuple(map(str, action.choices or ()))
        if choices and value not in choices:
            self._slip = Slip(str(value), choices)
        super()._check_value(action, value)

    def _mistyped_option(self, message: str) -> Slip | None:
        _, found, words = message.partition("unrecognized arguments: ")
        if not found or not words.startswith("-"):
            return None
        return Slip(words.split()[0].partition("=")[0], tuple(self._option_string_actions))

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        """Help and version; argparse's own would pass over a stdout that cannot be written."""
        assert file is sys.stdout or file is None
        console = Console(sys.stdout, sys.stderr)
        console.write_own(message)
        console.flush()


def command_parser(command: Command, program: str) -> ArgumentParser:
    """The parser of one command, called `program` in its help."""
    examples = "\n".join(f"  {program} {example}".rstrip() for example in command.examples)
    parser = _parser(
        program,
        description=command.description,
        epilog=f"examples:\n{examples}\n\nexit codes:\n{exit_code_lines(command.exit_codes)}",
    )
    command.add_arguments(parser)
    add_output_options(parser)
    return parser


def parse(parser: ArgumentParser, arguments: Sequence[str]) -> Namespace:
    """Options may stand between the positional arguments, and what stands behind `--` is never an option.

    argparse does each alone: `parse_args` loses an optional MESSAGE behind an option, `parse_intermixed_args`
    forgets the `--` (Python 3.11, checked 2026-11-22). So the words behind it travel under names that no argument
    can have.

    Raises:
        RefusedArgumentsError: the parser does not accept them.
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    behind = {f"\0{number}": word for number, word in enumerate(arguments[end + 1 :])}
    try:
        options = parser.parse_intermixed_args([*arguments[:end], *behind])
    except RefusedArgumentsError as refused:
        for name, word in behind.items():
            refused.message = refused.message.replace(name, word)
        raise
    for name, value in vars(options).items():
        if isinstance(value, list):
            setattr(options, name, [behind.get(word, word) for word in value])
        elif isinstance(value, str):
            setattr(options, name, behind.get(value, value))
    return options


def toolbox_parser(program: str, commands: Iterable[Command]) -> ArgumentParser:
    """The parser of `agents-sahara` itself: help and version, and a refusal of all else."""
    rows = [(command.name, command.summary) for command in commands]
    listing = "\n".join(f"  {name:<10} {summary}" for name, summary in rows)
    parser = _parser(
        program,
        description=f"Run and inspect teams of agents that are YAML files.\n\ncommands:\n{listing}",
        epilog=f"`{program} COMMAND --help` tells more.\n\nexit codes:\n{exit_code_lines(EXIT_CODES)}",
    )
    parser.usage = "%(prog)s COMMAND [ARGUMENTS]"
    parser.add_argument("command", choices=[name for name, _ in rows], metavar="COMMAND", help=SUPPRESS)
    return parser


def _parser(program: str, *, description: str, epilog: str) -> ArgumentParser:
    parser = _Parser(
        prog=program,
        description=description,
        epilog=epilog,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    parser.add_argument("--help", "-h", action="help", help="show this help and exit")
    parser.add_argument(
        "--version", action="version", version=f"%(prog)s {__version__}", help="show the version and exit"
    )
    return parser
