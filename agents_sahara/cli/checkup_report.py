"""Show the checks of `doctor`: lines for people or JSON for programs."""

from __future__ import annotations

from collections.abc import Sequence

from agents_sahara.cli.check import Check
from agents_sahara.cli.console import Console
from agents_sahara.cli.exits import DONE
from agents_sahara.cli.machine import json_text
from agents_sahara.cli.terminal import one_line

VERSION = 1


def print_checks(checks: Sequence[Check], console: Console, *, as_json: bool = False) -> None:
    """Every check, one line each and a second where something is to be mended."""
    if as_json:
        console.write_own(
            json_text(
                {
                    "version": VERSION,
                    "ok": exit_code(checks) == DONE,
                    "checks": [check.to_json() for check in checks],
                }
            )
        )
        return
    for check in checks:
        console.write(f"{check.outcome:<8}{check.name}: {one_line(check.detail)}\n")
        if check.mend:
            console.write(f"        mend: {one_line(check.mend)}\n")
    console.flush()


def exit_code(checks: Sequence[Check]) -> int:
    """That of the first check that failed, or was asked for and not consented to."""
    return next((check.exit_code for check in checks if check.exit_code != DONE), DONE)
