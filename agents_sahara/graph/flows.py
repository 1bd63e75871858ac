"""Workflows as meant: which agents work in which order. Knows nothing of how they are run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from agents_sahara.expressions.expression import Expression
from agents_sahara.types import Json


@dataclass(frozen=True, slots=True)
class Step:
    """An agent works, or a whole workflow."""

    key: str


@dataclass(frozen=True, slots=True)
class InOrder:
    """One step after the other."""

    steps: tuple[Flow, ...]


@dataclass(frozen=True, slots=True)
class SideBySide:
    """All steps at once."""

    steps: tuple[Flow, ...]


@dataclass(frozen=True, slots=True)
class Again:
    """A step that is taken again until the condition holds, and `most` times at most."""

    step: Flow
    until: Expression
    most: int


Flow: TypeAlias = "Step | InOrder | SideBySide | Again"


def steps_of(flow: Flow) -> Iterator[str]:
    """Every key that stands in `flow`, in the order of the file, each time."""
    match flow:
        case Step(key):
            yield key
        case Again(step=inner):
            yield from steps_of(inner)
        case InOrder(steps) | SideBySide(steps):
            for step in steps:
                yield from steps_of(step)


def flow_json(flow: Flow) -> Json:
    """`flow` as the team file would say it."""
    match flow:
        case Step(key):
            return key
        case InOrder(steps):
            return {"sequence": [flow_json(step) for step in steps]}
        case SideBySide(steps):
            return {"parallel": [flow_json(step) for step in steps]}
        case Again(step, until, most):
            inner = flow_json(step)
            body = inner if isinstance(inner, dict) else {"agent": inner}
            return {"loop": {**body, "until": str(until), "max": most}}
