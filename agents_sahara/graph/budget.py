"""`budget` as meant: every limit that the file does not say has its default."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from agents_sahara.graph.agent_names import no_agent
from agents_sahara.graph.surroundings import Surroundings
from agents_sahara.spec.names import normal
from agents_sahara.spec.values import BudgetSpec, OnExceedSpec, TeamSpec
from agents_sahara.types import Budget, OnExceed

_WORDS: dict[str, OnExceed] = {"stop": "stop", "wrap_up": "wrap_up", "ask": "ask"}


def budget(spec: TeamSpec, around: Surroundings) -> Budget:
    """What a run of the team may spend; an agent that is not defined is reported."""
    said = spec.budget
    if said is None:
        return Budget()
    usual = Budget()
    target = _target(spec, said.on_exceed, around)
    return Budget(
        turns=_or(said.turns, usual.turns),
        model_calls=said.model_calls,
        tool_calls=_or(said.tool_calls, usual.tool_calls),
        tokens=_or(said.tokens, usual.tokens),
        cost_usd=usual.cost_usd if said.cost_usd is None else said.cost_usd,
        time_s=usual.time_s if said.time is None else said.time,
        handoffs_per_edge=_or(said.handoffs_per_edge, usual.handoffs_per_edge),
        on_exceed="handoff" if target is not None else _word(said),
        handoff_to=target,
    )


def _or(said: int | None, usual: int) -> int:
    return usual if said is None else said


def _word(said: BudgetSpec) -> OnExceed:
    word = None if said.on_exceed is None else said.on_exceed.word
    return "stop" if word is None else _WORDS[word]


def _target(spec: TeamSpec, said: OnExceedSpec | None, around: Surroundings) -> str | None:
    if said is None or said.handoff is None:
        return None
    target = normal(said.handoff)
    unknown = no_agent(target, spec)
    if unknown is not None:
        message = f"the budget hands off to {target!r}, which {unknown.why}"
        around.report.add("unknown-handoff", said.place_of("handoff"), message, mend=unknown.mend)
        return None
    return target


_UNTRUSTED = Budget(
    turns=10,
    model_calls=30,
    tool_calls=20,
    tokens=100_000,
    cost_usd=Decimal(1),
    time_s=120.0,
    handoffs_per_edge=5,
)
"""What a file from a stranger may spend in one run, whatever it says."""


def lowered(said: Budget) -> Budget:
    """`said`, but no limit above those for files from strangers."""
    most = _UNTRUSTED
    return replace(
        said,
        turns=min(said.turns, most.turns),
        model_calls=min(said.most_model_calls, most.most_model_calls),
        tool_calls=min(said.tool_calls, most.tool_calls),
        tokens=min(said.tokens, most.tokens),
        cost_usd=min(said.cost_usd, most.cost_usd),
        time_s=min(said.time_s, most.time_s),
        handoffs_per_edge=min(said.handoffs_per_edge, most.handoffs_per_edge),
    )
