"""Ask the person at the terminal for what a team file wants to run here, once for each thing that does not change.

Only where both standard input and standard error are a terminal; anywhere else a yes that was remembered counts, and
nothing is asked.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from agents_sahara.cli.console import Console, is_terminal
from agents_sahara.settings import state_folder
from agents_sahara.trust.consent import Consent
from agents_sahara.trust.remembered import RememberedYes, code_of, fingerprint
from agents_sahara.trust.wants import Want

_MOST_BYTES = 4096
_YES = ("y", "yes")


def with_yes(
    wants: Sequence[Want], consent: Consent, folder: Path | None, console: Console
) -> Consent | None:
    """`consent` and a person's yes to each of these; None where there is no such yes to one of them."""
    if consent.is_untrusted:
        return None
    remembered = RememberedYes(state_folder(os.environ))
    if remembered.is_empty() and not _is_someone_there():
        return None  # not even the code is read
    for want in dict.fromkeys(wants):
        print_ = fingerprint(want, folder)
        if print_ is None:
            return None
        if not remembered.has(print_):
            if not _says_yes(want, folder, console):
                return None
            if not remembered.keep(print_, want):
                console.warn("the state folder cannot be written, so this yes is not remembered")
        consent = consent.with_yes(want)
    return consent


def with_remembered(wants: Iterable[Want], consent: Consent, folder: Path | None) -> Consent:
    """`consent` and each yes to these that was remembered; nobody is asked."""
    remembered = RememberedYes(state_folder(os.environ))
    if consent.is_untrusted or remembered.is_empty():
        return consent
    for want in wants:
        print_ = None if consent.allows(want) else fingerprint(want, folder)
        if print_ is not None and remembered.has(print_):
            consent = consent.with_yes(want)
    return consent


def _is_someone_there() -> bool:
    return is_terminal(sys.stdin) and is_terminal(sys.stderr)


def _says_yes(want: Want, folder: Path | None, console: Console) -> bool:
    if not _is_someone_there():
        return False
    if want.kind == "python":
        asked = f"runs Python of the module {want.what!r} ({code_of(want.what, folder)})"
    else:
        asked = f"starts the program {want.what!r}" + (
            f" with the variables {want.detail}" if want.detail else ""
        )
    console.ask(f"{want.asker} {asked}. Allow it, as long as it does not change? [y/N] ")
    return os.read(sys.stdin.fileno(), _MOST_BYTES).decode("utf-8", "replace").strip().lower() in _YES
