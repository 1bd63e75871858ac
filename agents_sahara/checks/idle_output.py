"""`structured_output` where no answer has a schema."""

from __future__ import annotations

from agents_sahara.checks.case import Case
from agents_sahara.spec.values import AliasSpec, ProviderSpec


def idle_structured_output(case: Case) -> None:
    """How answers with a schema are asked for matters to agents whose answers have one."""
    aliases = {alias for alias, _ in case.uses.shaped}
    providers = {provider for _, provider in case.uses.shaped}
    for name, alias in (case.spec.models or {}).items():
        if name not in aliases and name in case.uses.aliases:
            _doubt(case, f"no agent with an output schema uses the alias {name!r}", alias)
    for name, provider in (case.spec.providers or {}).items():
        if name not in providers and name in case.uses.providers:
            _doubt(
                case, f"no agent with an output schema asks the provider {name!r} in its own way", provider
            )


def _doubt(case: Case, why: str, part: AliasSpec | ProviderSpec) -> None:
    if part.structured_output is None or not case.stands_in_team_file(part.place):
        return
    message = f"{why}, so 'structured_output' does nothing"
    mend = "remove it, or give an agent an `output`"
    case.report.add("idle-structured-output", part.key_place("structured_output"), message, mend=mend)
