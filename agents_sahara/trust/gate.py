"""The one gate: what a team file asks for and was not allowed is a located error, before anything is done.

Every way into the package loads a team through the loader, which asks here; whoever imports, connects or starts
something asks the same consent once more. Default deny; looks nothing up, imports and opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agents_sahara.diagnostics.finding import Report
from agents_sahara.trust.consent import Consent
from agents_sahara.trust.wants import Want, WantKind


@dataclass(frozen=True, slots=True)
class _Refusal:
    """How a refusal of one kind is told."""

    rule: str
    message: str
    mend: str


_REFUSALS: Mapping[WantKind, _Refusal] = {
    "python": _Refusal(
        "python-not-allowed",
        "{asker} runs Python of the module {what!r}, which the operator has not allowed",
        "if you trust it: --allow-python {what}, or load_team(..., allow_python=[{what!r}])",
    ),
    "command": _Refusal(
        "command-not-allowed",
        "{asker} starts the program {what!r}, which the operator has not allowed",
        "if you trust it: --allow-commands, or load_team(..., allow_commands=True)",
    ),
    "host": _Refusal(
        "host-not-allowed",
        "{asker} calls the host {what!r}, which the operator has not allowed",
        "if you trust it: --allow-host {what}, or load_team(..., allow_hosts=[{what!r}])",
    ),
    "server": _Refusal(
        "host-not-allowed",
        "{asker} has its tools from the host {what!r}, which the operator has not allowed",
        "if you trust it: --allow-host {what}, or load_team(..., allow_hosts=[{what!r}])",
    ),
    "endpoint": _Refusal(
        "host-not-allowed",
        "{asker} sends messages to the host {what!r}, which the operator has not allowed",
        "if you trust it: --allow-host {what}, or load_team(..., allow_hosts=[{what!r}])",
    ),
    "store": _Refusal(
        "host-not-allowed",
        "{asker} keeps conversations on the host {what!r}, which the operator has not allowed",
        "if you trust it: --allow-host {what}, or load_team(..., allow_hosts=[{what!r}])",
    ),
}

REFUSALS = frozenset(refusal.rule for refusal in _REFUSALS.values())
"""Rules that the operator's word alone can mend."""

_UNTRUSTED = "this file is run as untrusted, and gets no Python, no programs and no hosts of its own"


def judge(wants: Iterable[Want], consent: Consent, report: Report) -> tuple[Want, ...]:
    """Report each want that was not allowed, and give them all."""
    refused = []
    for want in wants:
        if consent.allows(want):
            continue
        refused.append(want)
        refusal = _REFUSALS[want.kind]
        said = {"asker": want.asker, "what": want.what}
        mend = _UNTRUSTED if consent.is_untrusted else refusal.mend.format_map(said)
        report.add(refusal.rule, want.place, refusal.message.format_map(said), mend=mend)
    return tuple(refused)
