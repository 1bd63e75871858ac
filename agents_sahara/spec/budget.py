"""`budget`: what one run may spend, and what happens where it has."""

from __future__ import annotations

from agents_sahara.source import nodes
from agents_sahara.spec.containers import Either, Field, Record
from agents_sahara.spec.durations import Duration
from agents_sahara.spec.models import Money
from agents_sahara.spec.shapes import Choice, Text, Whole, Written
from agents_sahara.spec.values import BudgetSpec, OnExceedSpec

LEAST_USD = 0.000001


def _on_exceed(node: nodes.Node, owner: nodes.Scalar | None, text: str) -> OnExceedSpec:
    return OnExceedSpec(node=node, owner=owner, word=text)


BUDGET: Record[BudgetSpec] = Record(
    "budget",
    BudgetSpec,
    (
        Field("turns", Whole(1, 10_000), "Answers that agents may ask of models.", default=20),
        Field(
            "model_calls",
            Whole(1, 100_000),
            "HTTP requests to models, repeats and failed ones included; three a turn and at least 60 where missing.",
        ),
        Field(
            "tool_calls", Whole(0, 100_000), "Tools that models may ask for; handoffs are none.", default=100
        ),
        Field("tokens", Whole(1, 1_000_000_000), "Input and output together.", default=1_000_000),
        Field("cost_usd", Money(LEAST_USD), "USD; only calls whose price is known count.", default=10),
        Field("time", Duration(), "Time from the start of the run.", default="600s"),
        Field(
            "handoffs_per_edge",
            Whole(1, 10_000),
            "Times that one agent may hand off to the same other agent.",
            default=10,
        ),
        Field(
            "on_exceed",
            Either(
                Written(Choice("stop", "wrap_up", "ask"), _on_exceed),
                Record(
                    "on_exceed",
                    OnExceedSpec,
                    (
                        Field(
                            "handoff", Text(), "Key of the agent that gives the last answer.", required=True
                        ),
                    ),
                ),
            ),
            "What happens at a limit: `stop`, `wrap_up`, `ask`, or `{handoff: AGENT}`.",
            default="stop",
        ),
    ),
)
