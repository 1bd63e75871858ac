"""Approvals: which calls of a tool a person must allow, and what the person is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from agents_sahara.diagnostics.finding import Place
from agents_sahara.expressions.expression import Expression
from agents_sahara.expressions.inserting import Question, parse_question
from agents_sahara.expressions.nodes import Name
from agents_sahara.expressions.problems import ExpressionError, UndecidedError
from agents_sahara.graph.conditions import condition, report_name
from agents_sahara.graph.surroundings import Surroundings
from agents_sahara.source.within import stretch
from agents_sahara.spec.names import normal
from agents_sahara.spec.values import ApprovalSpec

NAMES = ("args", "tool", "agent")
"""What conditions and questions may read: the arguments, the tool's name for the model, the agent's key."""


@dataclass(frozen=True, slots=True)
class ArgumentRead:
    """An argument of the call that an approval reads."""

    argument: str
    written: str
    """As it stands in the file: `args.amount`, or `args.customer.id`."""
    place: Place


@dataclass(frozen=True, slots=True)
class Approval:
    """Calls of a tool that need a person's yes: all of them, but for what is said here."""

    when: Expression | None = None
    """Only where it holds, or does not tell."""
    question: Question | None = None
    exempt: frozenset[str] = frozenset()
    """Of a tool that stands for several: those that need none."""
    reads: tuple[ArgumentRead, ...] = field(default=(), compare=False, repr=False)
    """What it depends on of a call, and where the file says so."""

    def of(self, *names: str) -> Approval | None:
        """What holds for the one of several tools that has these names; None where it needs no approval."""
        return None if self.exempt.intersection(names) else self

    def is_needed(self, values: Mapping[str, object]) -> bool:
        """Whether a call with these values of `NAMES` needs a yes; what cannot be told needs one."""
        if self.when is None:
            return True
        try:
            return self.when.evaluate(values)
        except UndecidedError:
            return True

    def to_json(self) -> dict[str, str | list[str] | None]:
        """What programs are told of it."""
        when = None if self.when is None else self.when.text
        return {"when": when, "except": sorted(self.exempt)}


def approval(spec: ApprovalSpec | None, around: Surroundings) -> Approval | None:
    """What the file says of a tool's approval; None where no call needs one."""
    if spec is None or spec.word == "never":
        return None
    when = None if spec.when is None else condition(spec.when, spec.place_of("when"), NAMES, around)
    question = _question(spec, around)
    return Approval(
        when=when,
        question=question,
        exempt=frozenset(normal(one.name) for one in spec.exempt or ()),
        reads=(
            *_arguments(() if when is None else when.names(), "when", spec, around),
            *_arguments(() if question is None else question.names(), "ask", spec, around),
        ),
    )


def _arguments(
    names: Iterable[Name], key: str, spec: ApprovalSpec, around: Surroundings
) -> Iterator[ArgumentRead]:
    """Those of `names`, which stand behind `key`, that are arguments of a call."""
    for name in names:
        if name.path[0] == "args" and len(name.path) > 1:
            place, text = spec.place_of(key), str(getattr(spec, key))
            where = stretch(around.files.lines(place.file), place, text, name.start, name.end)
            yield ArgumentRead(name.path[1], str(name), where)


def _question(spec: ApprovalSpec, around: Surroundings) -> Question | None:
    if spec.ask is None:
        return None
    place, text = spec.place_of("ask"), spec.ask
    lines = around.files.lines(place.file)
    try:
        question = parse_question(text)
    except ExpressionError as problem:
        where = stretch(lines, place, text, problem.start, problem.end)
        around.report.add("bad-template", where, problem.message, mend=problem.mend)
        return None
    for name in question.names():
        if name.path[0] not in NAMES:
            report_name(name, 1, NAMES, stretch(lines, place, text, name.start, name.end), around)
    return question
