"""What the operator has consented to, for checks that start or reach something; nobody is asked."""

from __future__ import annotations

from collections.abc import Iterable

from agents_sahara.cli.check import Check
from agents_sahara.cli.exits import REFUSED
from agents_sahara.trust.consent import Consent
from agents_sahara.trust.wants import Want


def not_consented(name: str, wants: Iterable[Want], consent: Consent) -> Check | None:
    """The check that is not made, because the operator has not allowed it; None where it may be made."""
    denied = next((want for want in wants if not consent.allows(want)), None)
    if denied is None:
        return None
    is_command = denied.kind == "command"
    mend = "--allow-commands" if is_command else f"--allow-host {denied.what}"
    what = "starts the program" if is_command else "reaches the host"
    return Check(name, "skipped", f"not consented to: it {what} {denied.what!r}", mend, REFUSED)
