"""The shapes of `guardrails`: what a text must not be, named once, and where each holds."""

from __future__ import annotations

from itertools import combinations, starmap

from agents_sahara.expressions.parsing import MOST_CHARACTERS
from agents_sahara.source import nodes
from agents_sahara.spec.containers import Apart, Field, ListOf, Record
from agents_sahara.spec.shapes import Text, Whole, Written
from agents_sahara.spec.tools.python import REFERENCE
from agents_sahara.spec.values import GuardrailSpec, GuardSpec, GuardsSpec

MOST_PATTERN = 2000
"""Characters of a pattern."""

_KINDS = ("deny_pattern", "allow_pattern", "max_chars", "agent", "python")
_WHEN = "`when` is asked of what an agent said as judge: remove it"

_text = Text()
_pattern = Text(most=MOST_PATTERN)


def _guard(node: nodes.Node, owner: nodes.Scalar | None, text: str) -> GuardSpec:
    return GuardSpec(node=node, owner=owner, name=text)


GUARDRAIL: Record[GuardrailSpec] = Record(
    "guardrail",
    GuardrailSpec,
    (
        Field("deny_pattern", _pattern, "A regular expression; text that it matches anywhere is refused."),
        Field("allow_pattern", _pattern, "A regular expression; text that it matches nowhere is refused."),
        Field("max_chars", Whole(1, 1_000_000), "Longer text is refused."),
        Field("agent", _text, "An agent that judges the text; `when` says which verdict refuses it."),
        Field(
            "python",
            REFERENCE,
            "A function marked with `@agents_sahara.guardrail`, as `module:function`; it says what passes.",
        ),
        Field(
            "when",
            Text(most=MOST_CHARACTERS),
            "A condition on `output`, what the judge answered; where it holds, the text is refused.",
        ),
        Field("reply", _text, "What the user gets instead of an error; `{{ name }}` inserts a variable."),
    ),
    one_of=_KINDS,
    needs={"agent": "when"},
    apart=(
        *starmap(Apart, combinations(_KINDS, 2)),
        *(Apart(kind, "when", _WHEN) for kind in _KINDS if kind != "agent"),
    ),
)

_guards = ListOf(Written(_text, _guard))

GUARDS: Record[GuardsSpec] = Record(
    "guards",
    GuardsSpec,
    (
        Field("input", _guards, "Guardrails for what comes in, in the order in which they are asked."),
        Field("output", _guards, "Guardrails for what goes out, before anyone sees it."),
    ),
)
