"""The shapes of `workflows`: agents in a fixed order, one after the other, side by side, or again and again."""

from __future__ import annotations

from itertools import combinations, starmap

from agents_sahara.expressions.parsing import MOST_CHARACTERS
from agents_sahara.source import nodes
from agents_sahara.spec.containers import Apart, Either, Field, ListOf, Record
from agents_sahara.spec.shapes import Drawing, Drawn, Reading, Text, Whole, Written
from agents_sahara.spec.values import FlowSpec, LoopSpec, StepSpec

MOST_STEPS = 50
MOST_ROUNDS = 100
USUAL_ROUNDS = 3

_KINDS = ("sequence", "parallel", "loop")
_BODIES = ("agent", "sequence", "parallel")

_text = Text()


def _step(node: nodes.Node, owner: nodes.Scalar | None, text: str) -> StepSpec:
    return StepSpec(node=node, owner=owner, key=text)


class _Step:
    """One step: the key of an agent or a workflow, or steps of its own. It stands inside of what it is made of."""

    noun = "text or a map"

    def read(
        self, node: nodes.Node, owner: nodes.Scalar | None, reading: Reading
    ) -> StepSpec | FlowSpec | None:
        """The step."""
        return _ANY.read(node, owner, reading)

    def draw(self, drawing: Drawing) -> Drawn:
        """Any of the two."""
        return _ANY.draw(drawing)


_steps = ListOf(_Step(), least=1, most=MOST_STEPS)

LOOP: Record[LoopSpec] = Record(
    "loop",
    LoopSpec,
    (
        Field("agent", _text, "The agent, or the workflow, that works again and again."),
        Field("sequence", _steps, "Steps that are taken one after the other in each round."),
        Field("parallel", _steps, "Steps that are taken side by side in each round."),
        Field(
            "until",
            Text(most=MOST_CHARACTERS),
            "A condition on `output`, what the round gave; where it holds, the loop ends.",
            required=True,
        ),
        Field("max", Whole(1, MOST_ROUNDS), "Rounds at most.", default=USUAL_ROUNDS),
    ),
    one_of=_BODIES,
    apart=tuple(starmap(Apart, combinations(_BODIES, 2))),
)

WORKFLOW: Record[FlowSpec] = Record(
    "workflow",
    FlowSpec,
    (
        Field("sequence", _steps, "Steps that are taken one after the other."),
        Field("parallel", _steps, "Steps that are taken side by side."),
        Field("loop", LOOP, "A step that is taken again until a condition holds."),
    ),
    one_of=_KINDS,
    apart=tuple(starmap(Apart, combinations(_KINDS, 2))),
    item="a step",
)

_ANY: Either[StepSpec | FlowSpec] = Either(Written(_text, _step), WORKFLOW)
