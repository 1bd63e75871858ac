"""Arguments that an approval reads and no call has: such a call could only ever be asked about.

Judged as soon as the parameters of a tool are known: of some kinds from the file alone, of others when their
function is there, or their server has said what it offers.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from agents_sahara.diagnostics.finding import Report
from agents_sahara.diagnostics.suggest import did_you_mean
from agents_sahara.graph.approvals import Approval, ArgumentRead

_MOST_NAMED = 5


class Taker(NamedTuple):
    """One tool of an entry of `tools`."""

    name: str
    approval: Approval | None
    arguments: Collection[str] | None
    """Names of its arguments; None where they are not known."""


def judge_arguments(key: str, takers: Sequence[Taker], report: Report) -> None:
    """Report what approvals of the entry `key` read and its tools do not have."""
    asked = [taker for taker in takers if taker.approval is not None and taker.arguments is not None]
    reads = {read: None for taker in asked if taker.approval is not None for read in taker.approval.reads}
    for read in reads:
        lacking = [
            taker
            for taker in asked
            if taker.approval is not None
            and read in taker.approval.reads
            and read.argument not in (taker.arguments or ())
        ]
        if lacking:
            _report(key, read, lacking, takers, report)


def _report(
    key: str, read: ArgumentRead, lacking: Sequence[Taker], takers: Sequence[Taker], report: Report
) -> None:
    names = [taker.name for taker in lacking]
    if len(takers) == 1:
        who = f"the tool {key!r} has"
    elif len(names) == 1:
        who = f"the tool {names[0]!r} of {key!r} has"
    else:
        who = f"the tools {_some(names)} of {key!r} have"
    known = {name: None for taker in takers for name in taker.arguments or ()}
    mend = did_you_mean(read.argument, known, what="arguments")
    if read.argument in known:
        which = "it needs" if len(names) == 1 else "they need"
        mend = (
            f"{which} an entry with another approval; `operations` or `allow` says what an entry stands for"
        )
    message = f"{who} no argument {read.argument!r}, which {read.written!r} reads"
    report.add("unknown-name", read.place, message, mend=mend)


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:_MOST_NAMED]))
    return f"{shown} and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else shown
