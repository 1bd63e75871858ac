"""What a team is read against: the operator's variables, environment and consent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agents_sahara.diagnostics.finding import Report
from agents_sahara.graph.files import Files
from agents_sahara.trust.consent import Consent
from agents_sahara.trust.wants import Want


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything outside the file that decides what it means."""

    files: Files
    report: Report
    environ: Mapping[str, str] | None
    """None where the environment is not judged: a profile that was not chosen."""
    given_vars: Mapping[str, str] = field(default_factory=dict)
    """Values from `--var`; they win over the file's."""
    consent: Consent | None = None
    """None where nobody is asked: the team is only looked at."""
    refused: list[Want] = field(default_factory=list)
    """What was not allowed."""
    variables: dict[str, None] = field(default_factory=dict)
    """Names of the environment that the file reads."""
    masks: list[str] = field(default_factory=list)
    """Texts that look like credentials: no excerpt shows them."""

    @property
    def is_untrusted(self) -> bool:
        """Whether the file comes from a stranger."""
        return self.consent is not None and self.consent.is_untrusted
