"""Guardrails of a checked team: what each refuses, and which stand somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from agents_sahara.expressions.expression import Expression
from agents_sahara.source.nodes import Spot
from agents_sahara.trust.wants import Want


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A rule for texts: of `deny`, `allow`, `most`, `judge` and `function`, exactly one is there."""

    name: str
    deny: str | None = None
    """A regular expression that must match nowhere."""
    allow: str | None = None
    """A regular expression that must match somewhere."""
    most: int | None = None
    """Characters that a text may have."""
    judge: str | None = None
    """Key of the agent that is asked about a text."""
    when: Expression | None = None
    """Refuses a text by what the judge said of it."""
    function: str | None = None
    """A function of the user's own that is asked, as `module:function`."""
    reply: str | None = None
    """What is said in place of a refused text; None is an error."""
    spot: Spot | None = field(default=None, compare=False, repr=False)
    """Where the file says what it asks."""

    def wants(self) -> Iterator[Want]:
        """What it asks of the operator."""
        if self.function is not None and self.spot is not None:
            module = self.function.partition(":")[0]
            yield Want("python", module, f"the guardrail {self.name!r}", self.spot.place)


@dataclass(frozen=True, slots=True)
class Guards:
    """The guardrails that stand somewhere, in the order in which the file lists them."""

    input: tuple[Guardrail, ...] = ()
    output: tuple[Guardrail, ...] = ()
