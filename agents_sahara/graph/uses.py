"""What of a file has a use, for the checks that look for what has none."""

from __future__ import annotations

from dataclasses import dataclass, field

from agents_sahara.diagnostics.finding import Place


@dataclass(frozen=True, slots=True)
class Uses:
    """Names by their kind; filled in while a team is resolved."""

    vars: set[str] = field(default_factory=set)
    aliases: set[str] = field(default_factory=set)
    leading: set[str] = field(default_factory=set)
    """Aliases that are the model of some agent, so that their `fallback` and `sticky` hold there."""
    pooled: set[str] = field(default_factory=set)
    """Those of them whose agents have more than one member."""
    backups: set[Place] = field(default_factory=set)
    """Items of `fallback` lists that give some agent a member."""
    providers: set[str] = field(default_factory=set)
    defaults: set[str] = field(default_factory=set)
    """Keys of `defaults`."""
    guardrails: set[str] = field(default_factory=set)
    tools: set[str] = field(default_factory=set)
    """Entries of `tools` that some agent has."""
    shaped: set[tuple[str | None, str | None]] = field(default_factory=set)
    """Alias, and provider where the alias leaves `structured_output` to it, of agents with an output schema."""

    def __or__(self, other: Uses) -> Uses:
        return Uses(
            self.vars | other.vars,
            self.aliases | other.aliases,
            self.leading | other.leading,
            self.pooled | other.pooled,
            self.backups | other.backups,
            self.providers | other.providers,
            self.defaults | other.defaults,
            self.guardrails | other.guardrails,
            self.tools | other.tools,
            self.shaped | other.shaped,
        )
