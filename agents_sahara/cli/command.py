"""What a command is, and the options that several commands share.

A command file imports at its top only what its `--help` needs; what it works with is imported when it runs, so that
no command pays for another.
"""

from __future__ import annotations

from argparse import Action, ArgumentError, ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

from agents_sahara.cli.console import COLOR_CHOICES, Console

if TYPE_CHECKING:
    from agents_sahara.trust.consent import Consent


class Command(NamedTuple):
    """One command: how it is asked for and what it does."""

    name: str
    summary: str
    """One line, for the list of commands."""
    description: str
    examples: tuple[str, ...]
    """What stands behind the program's name."""
    exit_codes: tuple[int, ...]
    """Those of `exits.EXIT_CODES` that this command can end with, besides 2, 70 and 130."""
    add_arguments: Callable[[ArgumentParser], None]
    execute: Callable[[Namespace, Console], int]
    """Does the work and returns the exit code; raises `SaharaError` for what it cannot do."""


def add_output_options(parser: ArgumentParser) -> None:
    """`--color`, which every command has."""
    parser.add_argument(
        "--color",
        choices=COLOR_CHOICES,
        default="auto",
        help="colour on terminals only (auto, the default; NO_COLOR and FORCE_COLOR count), always, or never",
    )


def add_team_options(parser: ArgumentParser) -> None:
    """`--var` and `--profile`, for commands that read a team file."""
    parser.add_argument(
        "--var",
        dest="vars",
        metavar="NAME=VALUE",
        action=_Assign,
        type=_assignment,
        default=[],
        help="set a variable of the team file; may be repeated",
    )
    parser.add_argument("--profile", metavar="NAME", help="merge this profile over the team file")


def add_consent_options(parser: ArgumentParser) -> None:
    """What the operator allows a team file beyond models."""
    parser.add_argument(
        "--allow-host",
        dest="allow_hosts",
        metavar="HOST",
        action="append",
        default=[],
        help="let the team file send messages to this host; may be repeated",
    )
    parser.add_argument(
        "--allow-python",
        dest="allow_python",
        metavar="MODULE",
        action="append",
        default=[],
        help="let the team file use marked functions of this Python module; may be repeated",
    )
    parser.add_argument(
        "--allow-commands", action="store_true", help="let the team file start the programs that it names"
    )
    parser.add_argument(
        "--accept-tools",
        dest="accept_tools",
        metavar="KEY",
        action="append",
        default=[],
        help="accept the tools of this server as they are now, though they have changed; may be repeated",
    )
    parser.add_argument(
        "--untrusted",
        action="store_true",
        help="run a file from a stranger: no Python, no programs, no environment, no other hosts, lower limits",
    )


def given_consent(options: Namespace, *, is_local: bool) -> Consent:
    """What `add_consent_options` were given."""
    from agents_sahara.trust.consent import Consent

    return Consent.given(
        allow_python=options.allow_python,
        allow_hosts=options.allow_hosts,
        allow_commands=options.allow_commands,
        accept_tools=options.accept_tools,
        trust="untrusted" if options.untrusted else "operator",
        is_local=is_local,
    )


def variables(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The `--var` options by name."""
    return dict(pairs)


def positive(text: str) -> int:
    """The whole number, at least 1, that an option says.

    Raises:
        ArgumentTypeError: `text` is anything else.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
        raise ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def team_path(text: str) -> str:
    """The path of a team file.

    Raises:
        ArgumentTypeError: `text` is empty, as a shell variable that is not set would make it.
    """
    if not text:
        raise ArgumentTypeError("the path is empty")
    return text


def port(text: str) -> int:
    """The TCP port that an option says; 0 takes a free one.

    Raises:
        ArgumentTypeError: `text` is no port.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= 65535):
        raise ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)


class _Assign(Action):
    """Adds a variable; of two values for one name, one would be lost without a word."""

    def __call__(
        self, _: ArgumentParser, namespace: Namespace, values: object, __: str | None = None
    ) -> None:
        name, value = cast("tuple[str, str]", values)
        known: list[tuple[str, str]] = getattr(namespace, self.dest)
        if any(other == name for other, _ in known):
            raise ArgumentError(self, f"{name!r} is set twice")
        setattr(namespace, self.dest, [*known, (name, value)])


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value
