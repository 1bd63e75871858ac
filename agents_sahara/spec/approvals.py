"""The shape of `approval` under a tool: who must say yes before it is called."""

from __future__ import annotations

from agents_sahara.expressions.parsing import MOST_CHARACTERS
from agents_sahara.source import nodes
from agents_sahara.spec.containers import Apart, Either, Field, ListOf, Record
from agents_sahara.spec.shapes import Choice, Text, Written
from agents_sahara.spec.values import ApprovalSpec, ExemptSpec

MOST_QUESTION = 1000
"""Characters of `ask`."""


def _word(node: nodes.Node, owner: nodes.Scalar | None, text: str) -> ApprovalSpec:
    return ApprovalSpec(node=node, owner=owner, word=text)


def _exempt(node: nodes.Node, owner: nodes.Scalar | None, text: str) -> ExemptSpec:
    return ExemptSpec(node=node, owner=owner, name=text)


def _made(**values: object) -> ApprovalSpec:
    """`except` is a word of Python's."""
    exempt = values.pop("except", None)
    return ApprovalSpec(exempt=exempt, **values)  # type: ignore[arg-type]  # each value has its field's shape


APPROVAL: Either[ApprovalSpec] = Either(
    Written(Choice("always", "never"), _word),
    Record(
        "approval",
        _made,
        (
            Field(
                "when",
                Text(most=MOST_CHARACTERS),
                "A condition on `args`; a call is asked about where it holds, and where that cannot be told.",
            ),
            Field(
                "ask",
                Text(most=MOST_QUESTION),
                "What to ask; `{{ args.NAME }}` inserts an argument of the call.",
            ),
            Field(
                "except",
                ListOf(Written(Text(), _exempt)),
                "Of a tool that stands for several: those that need no approval.",
            ),
        ),
        apart=(Apart("when", "except"),),
    ),
)
