"""`agents-sahara usage`: tokens and cost over time, from the record that runs leave on this machine."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import UTC, datetime, timedelta

from agents_sahara.cli.command import Command
from agents_sahara.cli.console import Console
from agents_sahara.cli.exits import DONE, NO_ACCESS

_AGE = re.compile(r"([0-9]{1,6})([dhm])").fullmatch
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
"""Nothing was recorded before."""


def _since(text: str) -> datetime:
    """The moment that `7d`, `24h`, `90m` or `2026-11-01` means.

    Raises:
        ArgumentTypeError: it is none of these.
    """
    age = _AGE(text)
    now = datetime.now(UTC)
    if age is not None:
        return max(_FIRST, now - min(int(age[1]) * _UNITS[age[2]], now - _FIRST))
    try:
        return max(_FIRST, datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC))
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no time: write 7d, 24h, 90m, or a date as 2026-11-01") from None


def _add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--since",
        metavar="TIME",
        type=_since,
        default="30d",
        help="how far back: 7d, 24h, 90m, or the date of a day that begins at 00:00 UTC (default: 30d)",
    )
    parser.add_argument(
        "--by",
        choices=("agent", "provider", "model", "team"),
        default="model",
        help="what to add up by (default: model)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _execute(options: Namespace, console: Console) -> int:
    import os

    from agents_sahara.cli.usage_report import Report, print_json, print_table
    from agents_sahara.errors import SettingsError
    from agents_sahara.settings import STATE_NAME, records_usage, state_folder
    from agents_sahara.usage.history import read_history

    state = state_folder(os.environ)
    if state is None:
        raise SettingsError(
            "there is no state folder: the user has no home",
            mend=f"set {STATE_NAME} to a folder",
            where=STATE_NAME,
        )
    folder = state / "usage"
    report = Report(
        str(folder),
        options.since,
        datetime.now(UTC),
        options.by,
        read_history(folder, options.since, options.by),
        is_on=records_usage(os.environ),
    )
    if options.json:
        print_json(report, console)
    else:
        print_table(report, console)
    return DONE


USAGE_REPORT = Command(
    name="usage",
    summary="tell what runs on this machine have used and cost",
    description=(
        "Add up the record that each run leaves on this machine: requests, tokens and cost, but no prompts, answers\n"
        "or keys. It lies in the folder `usage` of SAHARA_STATE_DIR, or of the user's state folder;\n"
        "SAHARA_USAGE_RECORD=off keeps runs from leaving any."
    ),
    examples=("", "--since 7d --by team", "--since 2026-11-01 --json"),
    exit_codes=(NO_ACCESS,),
    add_arguments=_add_arguments,
    execute=_execute,
)
